"""A table of ingestion in Unity Catalog. With a volume, rows that are certainly new come by COPY INTO from a file of
their own, which loads a file once however often it is sent; all other writes are a MERGE on the keys, from a file too
where they are many. Without a volume everything is a MERGE in batches that fit one parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from events.ingestion.lake.shaped import ShapedTable
from events.ingestion.lake.table import Stored
from events.ingestion.tables import TableShape, keys_of
from events.lakehouse import statements
from events.lakehouse.databricks import DatabricksGateway
from events.lakehouse.rows import iso, packed
from events.lakehouse.volume import Volume, as_parquet
from events.lakehouse.warehouse import DatabricksConfig

#: of one statement
MOST_ROWS = 4_000
#: of one file
FILE_ROWS = 250_000
FAILFAST = "map('mode', 'FAILFAST')"


class WarehouseTable(ShapedTable[DatabricksGateway]):
    def __init__(self, config: DatabricksConfig, shape: TableShape) -> None:
        super().__init__(DatabricksGateway(config), shape)
        self.table = config.table

    def ensure(self) -> None:
        found = self._gateway.columns()
        if found is None:
            self._gateway.execute(statements.create_schema(self.table))
            columns = ", ".join(f"{column.name} {column.sql}" for column in self.shape.columns)
            parts = f"PARTITIONED BY ({self.shape.partition}) " if self.shape.partition else ""
            self._gateway.execute(
                f"CREATE TABLE IF NOT EXISTS {self.table.quoted} ({columns}) USING DELTA {parts}"
                "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'false')"
            )
            found = list(self.shape.names)
        self.columns = found
        self._fitted(self.shape.arrow.empty_table())

    def store(self, new: pa.Table, maybe: pa.Table, *, app: str, number: int) -> Stored:
        volume = self._gateway.volume
        if volume is None or not new.num_rows:
            return self.upsert(pa.concat_tables([new, maybe]))
        stored = self.upsert(maybe)
        file = file_of(volume, app, number)
        self._gateway.send(statements.put(file), as_parquet(self._fitted(new)))
        self._copy(file)
        self._gateway.remove(file_of(volume, app, number - 1))  # that one has been settled
        return stored + Stored(new.num_rows)

    def _copy(self, file: str) -> None:
        """A file that was loaded before is passed over."""
        sql = f"COPY INTO {self.table.quoted} FROM '{file}' FILEFORMAT = PARQUET COPY_OPTIONS ('mergeSchema' = 'false')"
        self._gateway.merge(sql, {})

    def upsert(self, rows: pa.Table) -> Stored:
        source = self._fitted(rows)
        done = Stored()
        if not source.num_rows:
            return done
        if self._gateway.volume and source.num_rows > MOST_ROWS:
            return self._upsert_files(self._gateway.volume, source)
        sql = self._statement(source, self._of_batch(source))
        items = (orjson.dumps(record, default=_plain) for record in source.to_pylist(maps_as_pydicts="strict"))
        for batch in _batches(items):
            told = self._gateway.merge(sql, {"batch": batch} | self._between(source))
            done += Stored(told["inserted"], told["updated"])
        return done

    def _upsert_files(self, volume: Volume, source: pa.Table) -> Stored:
        done = Stored()
        for start in range(0, source.num_rows, FILE_ROWS):
            part = source.slice(start, FILE_ROWS)
            told = self._gateway.merge_file(
                volume,
                part,
                lambda file: self._statement(source, statements.of_file(file, *source.column_names)),
                self._between(part),
            )
            done += Stored(told["inserted"], told["updated"])
        return done

    def _types(self) -> dict[str, str]:
        own = {column.name: column.sql for column in self.shape.columns}
        return own | {other: own[mine] for mine, other in self.shape.also}

    def _of_batch(self, source: pa.Table) -> str:
        sql, names = self._types(), source.column_names
        struct = ",".join(f"{name}:{_sent(sql[name])}" for name in names)
        picked = ", ".join(f"CAST(r.{n} AS {sql[n]}) AS {n}" if _sent(sql[n]) != sql[n] else f"r.{n}" for n in names)
        return f"SELECT {picked} FROM (SELECT explode(from_json(:batch, 'ARRAY<STRUCT<{struct}>>', {FAILFAST})) AS r)"

    def _statement(self, source: pa.Table, rows: str) -> str:
        """A matched row is written only where it differs: the second time, nothing is."""
        sql, names = self._types(), source.column_names
        moved = [n for n in names if n not in self.shape.keys]
        plain = [n for n in moved if "<" not in sql[n] and n not in ("ingestion_timestamp", "received_timestamp")]
        maps = [f"to_json(t.{n}) IS DISTINCT FROM to_json(s.{n})" for n in moved if "<" in sql[n]]
        differs = " OR ".join([*(f"NOT (t.{n} <=> s.{n})" for n in plain), *maps])
        on = " AND ".join(f"t.{key} = s.{key}" for key in self.shape.keys)
        if self.shape.partition in names:
            on += f" AND t.{self.shape.partition} BETWEEN CAST(:lo AS DATE) AND CAST(:hi AS DATE)"
        return (
            f"MERGE INTO {self.table.quoted} AS t\nUSING ({rows}) AS s\nON {on}\n"
            f"WHEN MATCHED AND ({differs}) THEN UPDATE SET {', '.join(f't.{n} = s.{n}' for n in moved)}\n"
            f"WHEN NOT MATCHED THEN INSERT ({', '.join(names)}) VALUES ({', '.join(f's.{n}' for n in names)})"
        )

    def _between(self, source: pa.Table) -> dict[str, str]:
        if self.shape.partition not in source.column_names:
            return {}
        span = pc.min_max(source[self.shape.partition]).as_py()
        return {"lo": span["min"].isoformat(), "hi": span["max"].isoformat()}

    def remove(self, tags: Sequence[str], moments: Sequence[int]) -> int:
        items = (orjson.dumps(record, default=_plain) for record in keys_of(tags, moments).to_pylist())
        sql = (
            f"MERGE INTO {self.table.quoted} AS t\n"
            "USING (SELECT r.tag_webid, CAST(r.timestamp AS TIMESTAMP) AS timestamp FROM (SELECT explode("
            f"from_json(:batch, 'ARRAY<STRUCT<tag_webid:STRING,timestamp:STRING>>', {FAILFAST})) AS r)) AS s\n"
            "ON t.tag_webid = s.tag_webid AND t.timestamp = s.timestamp\n"
            "WHEN MATCHED THEN DELETE"
        )
        return sum(self._gateway.merge(sql, {"batch": batch})["affected"] for batch in _batches(items))

    def retain(self, key: str, values: Sequence[str]) -> int:
        kept = set(values)
        held = self.query(f"SELECT {key} FROM {{table}}")[key].to_pylist()
        sql = (
            f"MERGE INTO {self.table.quoted} AS t\nUSING (SELECT explode(from_json(:ids, 'ARRAY<STRING>', "
            f"{FAILFAST})) AS gone) AS s\nON t.{key} = s.gone\nWHEN MATCHED THEN DELETE"
        )
        gone = _batches(orjson.dumps(one) for one in held if one not in kept)
        return sum(self._gateway.merge(sql, {"ids": batch})["affected"] for batch in gone)

    def holds(self, app: str, number: int) -> bool | None:
        """A file that was sent is loaded now, or had been. Without one nobody knows: the rows may have been merged, or
        copied from a volume that is set no more."""
        volume = self._gateway.volume
        if volume is None:
            return None
        file = file_of(volume, app, number)
        listed = self._gateway.records(statements.listing(volume.path))
        if file.rpartition("/")[2] not in {str(record["name"]) for record in listed}:
            return None
        self._copy(file)
        return True

    def query(self, sql: str, values: Mapping[str, str] | None = None) -> pa.Table:
        return self._gateway.query(sql.format(table=self.table.quoted), values)

    def compact(self) -> None:
        """Left to the workspace: predictive optimisation, or OPTIMIZE in a job of its own."""


def file_of(volume: Volume, app: str, number: int) -> str:
    """Unique to the commit, so COPY INTO loads it once. Nobody else deletes files of such names."""
    return f"{volume.path}/series-{sha256(app.encode()).hexdigest()[:32]}-{number}.parquet"


def _batches(items: Iterable[bytes]) -> Iterator[str]:
    """JSON lists of the items, each of which fits one parameter."""
    for batch in packed(items, most_bytes=statements.MAX_PARAMETER_BYTES, most_items=MOST_ROWS):
        yield f"[{b','.join(batch).decode()}]"


def _sent(sql: str) -> str:
    """How a type travels in JSON."""
    return "STRING" if sql in ("TIMESTAMP", "DATE") else sql


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
