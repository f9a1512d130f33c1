"""A table of ingestion as a local Delta table. The commit itself remembers (app, number), so an append that was cut
off after its commit is not made again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from events.ingestion.lake.shaped import ShapedTable
from events.ingestion.lake.table import Stored
from events.ingestion.tables import TableShape, fitted, keys_of
from events.lakehouse.delta import DeltaGateway, quoted
from events.lakehouse.schema import TableName

#: small files are joined whenever the version passes a multiple of it
COMPACT_EVERY = 60
COMPARED = ("value", "quality_good", "quality_questionable", "quality_substituted")


class DeltaTable(ShapedTable[DeltaGateway]):
    def __init__(self, lake: Path, table: TableName, shape: TableShape) -> None:
        super().__init__(DeltaGateway(lake, table), shape)
        self.path = self._gateway.path

    def ensure(self) -> None:
        import deltalake

        def ensure() -> None:
            if not deltalake.DeltaTable.is_deltatable(str(self.path)):
                self.path.mkdir(parents=True, exist_ok=True)
                parts = [self.shape.partition] if self.shape.partition else None
                deltalake.DeltaTable.create(str(self.path), self.shape.arrow, mode="ignore", partition_by=parts)

        self._gateway.done(ensure)
        self.columns = self._gateway.columns()
        self._fitted(self.shape.arrow.empty_table())

    def store(self, new: pa.Table, maybe: pa.Table, *, app: str, number: int) -> Stored:
        absent, changed = self._compared(maybe) if maybe.num_rows else (maybe, maybe)
        if changed.num_rows:
            self.upsert(changed)
        rows = pa.concat_tables([new, absent])
        if rows.num_rows:
            self._append(rows, app, number)
        return Stored(rows.num_rows, changed.num_rows, Counter(absent["tag_webid"].to_pylist()))

    def _append(self, rows: pa.Table, app: str, number: int) -> None:
        import deltalake

        source = self._fitted(rows)

        def append() -> None:
            table = self._gateway.open()
            known = table.transaction_version(app)
            if known is not None and known >= number:
                return
            mark = deltalake.CommitProperties(app_transactions=[deltalake.Transaction(app, number)])
            deltalake.write_deltalake(table, source, mode="append", commit_properties=mark)

        with self._tidied():
            self._gateway.done(append)

    def _compared(self, rows: pa.Table) -> tuple[pa.Table, pa.Table]:
        """Of rows that may be there: those that are not, and those that are with other values."""
        keys = list(self.shape.keys)
        there = self._held(rows)
        if not there.num_rows:
            return rows, rows.slice(0, 0)
        absent = rows.join(there.select(keys), keys, join_type="left anti").select(self.shape.names)
        renamed = [name if name in keys else f"held_{name}" for name in there.column_names]
        both = rows.join(there.rename_columns(renamed), keys, join_type="inner")
        differs = pa.array([False] * both.num_rows, pa.bool_())
        for name in there.column_names:
            if name not in keys:
                differs = pc.or_(differs, _differ(both[name], both[f"held_{name}"]))
        return absent.cast(self.shape.arrow), both.filter(differs).select(self.shape.names).cast(self.shape.arrow)

    def _held(self, rows: pa.Table) -> pa.Table:
        """What the table holds of the streams and days of these rows."""
        names = fitted(self.shape.arrow.empty_table().select(self.shape.names), self.shape, self.columns).column_names
        ours = dict(zip(names, self._ours(names), strict=True))
        picked = {name for name, mine in ours.items() if mine in (*self.shape.keys, *COMPARED)}
        tags = ", ".join(quoted(tag) for tag in pc.unique(rows["tag_webid"]).to_pylist())
        span = pc.min_max(rows["timestamp"]).as_py()
        low, high = (moment.isoformat() for moment in (span["min"], span["max"]))
        sql = (
            f"SELECT {', '.join(sorted(picked))} FROM {{table}} WHERE tag_webid IN ({tags}) "
            f"AND timestamp BETWEEN CAST('{low}' AS TIMESTAMP) AND CAST('{high}' AS TIMESTAMP)"
        )
        if self.shape.partition in self.columns:
            sql += f" AND {self.shape.partition} IN ({_days(rows[self.shape.partition])})"
        found = self.query(sql)
        renamed = found.rename_columns([ours[name] for name in found.column_names])
        return pa.table({name: renamed[name].cast(self.shape.arrow.field(name).type) for name in renamed.column_names})

    def _ours(self, names: Sequence[str]) -> list[str]:
        others = {other: mine for mine, other in self.shape.also}
        return [name if name in self.shape.names else others[name.lower()] for name in names]

    def upsert(self, rows: pa.Table) -> Stored:
        source = self._fitted(rows)
        on = " AND ".join(f"t.{key} = s.{key}" for key in self.shape.keys)
        if self.shape.partition in source.column_names:
            on += f" AND t.{self.shape.partition} IN ({_days(source[self.shape.partition])})"
        with self._tidied():
            told = self._gateway.merge(
                source, on, lambda merger: merger.when_matched_update_all().when_not_matched_insert_all()
            )
        return Stored(told["num_target_rows_inserted"], told["num_target_rows_updated"])

    def remove(self, tags: Sequence[str], moments: Sequence[int]) -> int:
        gone = keys_of(tags, moments)
        on = "t.tag_webid = s.tag_webid AND t.timestamp = s.timestamp"
        if self.shape.partition in self.columns:
            on += f" AND t.{self.shape.partition} IN ({_days(gone['timestamp'].cast(pa.date32()))})"
        with self._tidied():
            return self._gateway.delete_matched(gone, on)

    def retain(self, key: str, values: Sequence[str]) -> int:
        kept = set(values)
        held = self.query(f"SELECT {key} FROM {{table}}")
        gone = pa.table({key: pa.array([one for one in held[key].to_pylist() if one not in kept], pa.string())})
        return self._gateway.delete_matched(gone, f"t.{key} = s.{key}") if gone.num_rows else 0

    def holds(self, app: str, number: int) -> bool:
        known = self._gateway.done(lambda: self._gateway.open().transaction_version(app))
        return known is not None and number <= int(known)

    def query(self, sql: str, values: Mapping[str, str] | None = None) -> pa.Table:
        return self._gateway.query(sql.format(table="frames"), values)

    @contextmanager
    def _tidied(self) -> Iterator[None]:
        before = self._gateway.done(lambda: self._gateway.open().version())
        yield
        if self._gateway.done(lambda: self._gateway.open().version()) // COMPACT_EVERY > before // COMPACT_EVERY:
            self.compact()

    def compact(self) -> None:
        """Joins small files; files that no version of the last seven days needs are deleted."""

        def compact() -> None:
            table = self._gateway.open()
            table.optimize.compact()
            table.vacuum(dry_run=False)

        self._gateway.done(compact)


def _differ(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    """Two nulls are alike."""
    return pc.or_(pc.fill_null(pc.not_equal(one, other), False), pc.xor(pc.is_null(one), pc.is_null(other)))


def _days(column: pa.ChunkedArray) -> str:
    days: list[date] = sorted(pc.unique(column).to_pylist())
    return ", ".join(f"DATE '{day}'" for day in days)
