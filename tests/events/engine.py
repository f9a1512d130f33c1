"""The SQL engine of the test warehouse: Sail, a Spark Connect server in this process, on real Delta tables.

What Sail does not do is done around it: parameters in commands become literals, the source of a MERGE is evaluated
first and put down as Parquet, `read_files` reads below the folder, rows are counted by the commit's own metrics, table
properties are dropped, and the change feed is computed from the files that commits add and remove.
"""

from __future__ import annotations

import json
import os
import re
import threading
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet

CATALOG = '[{name="osipi", type="memory", initial_database=["bronze"]}]'
MERGE = re.compile(r"MERGE INTO (\S+) AS t\s+USING (\(.*\)) AS s\s+ON (.*)", re.S)
HISTORY = re.compile(r"DESCRIBE HISTORY (\S+) LIMIT 1")
CHANGES = re.compile(r"(.* FROM )table_changes\('([^']+)', (\d+), (\d+)\)(.*)", re.S)
COPY = re.compile(r"COPY INTO (\S+) FROM '([^']+)' FILEFORMAT = PARQUET COPY_OPTIONS \(.*\)")
READ_FILES = re.compile(r"read_files\('([^']+)', format => 'parquet'\)")
CREATE_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\S+) (.*) TBLPROPERTIES \(.*\)", re.S)


class StatementError(Exception):
    """What the warehouse answers as a failed statement."""


@dataclass(frozen=True)
class Answer:
    table: pa.Table
    modified: int | None = None
    is_staging: bool = False


class Engine:
    def __init__(self, folder: Path) -> None:
        os.environ["SAIL_CATALOG__LIST"] = CATALOG
        os.environ["SAIL_CATALOG__DEFAULT_DATABASE"] = '["bronze"]'
        os.environ["RUST_LOG"] = "error"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pyspark warns of the pandas that it is given
            from pysail.spark import SparkConnectServer
            from pyspark.sql import SparkSession

            self._server = SparkConnectServer("127.0.0.1", 0)
            self._server.start(background=True)
            host, port = self._server.listening_address
            remote = SparkSession.builder.remote(f"sc://{host}:{port}")
            self._spark = remote.config("spark.sql.session.timeZone", "UTC").create()
        self._folder = folder
        self.fed: set[str] = set()  # tables with a change feed
        self.copied: set[tuple[str, str]] = set()  # files that tables have loaded
        self._writing = threading.Lock()  # Sail detects no conflicts

    def stop(self) -> None:
        self._spark.stop()
        self._server.stop()

    def folder_of(self, table: str) -> Path:
        return self._folder.joinpath(*table.replace("`", "").split("."))

    def execute(self, sql: str, values: Mapping[str, str]) -> Answer:
        try:
            if sql.startswith("MERGE"):
                return self._merge(sql, values)
            if found := CREATE_TABLE.fullmatch(sql):
                folder = self.folder_of(found[1])
                if "'delta.enableChangeDataFeed' = 'true'" in sql:
                    self.fed.add(found[1])
                return self._ask(f"CREATE TABLE IF NOT EXISTS {found[1]} {found[2]} LOCATION '{folder}'", {})
            if found := COPY.fullmatch(sql):
                return self._copy(*found.groups())
            if found := HISTORY.fullmatch(sql):
                return Answer(pa.table({"version": [last_version(self.folder_of(found[1]))]}))
            if found := CHANGES.fullmatch(sql):
                return self._changes(found)
            return self._ask(sql, values)
        except StatementError:
            raise
        except Exception as error:
            raise StatementError(str(error)) from error

    def _ask(self, sql: str, values: Mapping[str, str]) -> Answer:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Answer(self._spark.sql(sql, dict(values) or None).toArrow())

    def _changes(self, asked: re.Match[str]) -> Answer:
        before, table, first, last, after = asked.groups()
        if table not in self.fed:
            raise StatementError(f"[DELTA_MISSING_CHANGE_DATA] no change data for the range [{first}, {last}]")
        file = self._folder / f"{uuid4().hex}.parquet"
        pyarrow.parquet.write_table(deletions(self.folder_of(table), range(int(first), int(last) + 1)), file)
        answer = self._ask(f"{before}parquet.`{file}`{after}", {})
        file.unlink()
        return answer

    def _merge(self, sql: str, values: Mapping[str, str]) -> Answer:
        target, source, rest = MERGE.fullmatch(sql).groups()
        source = READ_FILES.sub(lambda found: f"parquet.`{self._folder}{found[1]}`", source)
        file = self._folder / f"{uuid4().hex}.parquet"
        pyarrow.parquet.write_table(self._ask(f"SELECT * FROM {source} AS s", _used(source, values)).table, file)
        for name, value in values.items():
            rest = re.sub(rf":{name}\b", f"'{value}'", rest)
        log = self.folder_of(target) / "_delta_log"
        with self._writing:
            before = set(log.glob("*.json"))
            self._ask(f"MERGE INTO {target} AS t USING (SELECT * FROM parquet.`{file}`) AS s ON {rest}", {})
            counts = _counts(sorted(set(log.glob("*.json")) - before))
        file.unlink()
        columns = {f"num_{key}_rows": pa.array([counts[key]], pa.int64()) for key in counts}
        return Answer(pa.table(columns), counts["affected"])

    def _copy(self, table: str, path: str) -> Answer:
        """A file that a table has loaded is passed over, whatever it holds now."""
        import deltalake

        file = self._folder / path.lstrip("/")
        if not file.exists():
            raise StatementError(f"[PATH_NOT_FOUND] {path}")
        with self._writing:
            fresh = (table, path) not in self.copied
            rows = pyarrow.parquet.read_table(file) if fresh else pa.table({})
            if fresh:
                deltalake.write_deltalake(str(self.folder_of(table)), rows, mode="append")
            self.copied.add((table, path))
        counts = {"num_affected_rows": rows.num_rows, "num_inserted_rows": rows.num_rows}
        return Answer(pa.table({name: [count] for name, count in counts.items()}), rows.num_rows)


def _used(sql: str, values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if re.search(rf":{name}\b", sql)}


def _counts(commits: list[Path]) -> dict[str, int]:
    """Sail's own answer counts rewritten rows as changed; the metrics in the log do not."""
    counts = dict.fromkeys(("affected", "updated", "deleted", "inserted"), 0)
    for commit in commits:
        for line in commit.read_text().splitlines():
            metrics = json.loads(line).get("commitInfo", {}).get("operationMetrics", {})
            for key in ("updated", "deleted", "inserted"):
                counts[key] += int(metrics.get(f"numTargetRows{key.capitalize()}", 0))
    counts["affected"] = sum(counts.values())
    return counts


def last_version(folder: Path) -> int:
    return max(int(commit.stem) for commit in (folder / "_delta_log").glob("*.json"))


def deletions(folder: Path, versions: range) -> pa.Table:
    """The rows that each commit took away and did not write again."""
    found: list[tuple[str, int]] = []
    for version in versions:
        commit = folder / "_delta_log" / f"{version:020}.json"
        if not commit.exists():
            raise StatementError(f"[DELTA_VERSION_NOT_FOUND] Cannot time travel Delta table to version {version}.")
        rows: Counter[str] = Counter()
        for line in commit.read_text().splitlines():
            for action, sign in (("remove", 1), ("add", -1)):
                if action in (entry := json.loads(line)):
                    file = pyarrow.parquet.ParquetFile(folder / unquote(entry[action]["path"]))
                    for web_id in file.read(["webid"])["webid"].to_pylist():
                        rows[web_id] += sign
        found += [(web_id, version) for web_id, number in rows.items() if number > 0]
    columns = {"webid": [one for one, _ in found], "_commit_version": [version for _, version in found]}
    schema = pa.schema({"webid": pa.string(), "_commit_version": pa.int64(), "_change_type": pa.string()})
    return pa.table(columns | {"_change_type": ["delete"] * len(found)}, schema=schema)
