"""What the synchronisation asks of a lakehouse table of event frames."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from .rows import FrameRow, StoredRow


class GatewayError(Exception):
    """`sentence` is for people and holds no secret. `permanent`: somebody has to change something before a
    further attempt can succeed; otherwise the next run may."""

    def __init__(self, sentence: str, *, permanent: bool) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Written:
    """Rows of the table that an upsert touched. Where the table holds a web id twice, both are updated."""

    inserted: int = 0
    updated: int = 0

    @property
    def rows(self) -> int:
        return self.inserted + self.updated

    def __add__(self, other: Written) -> Written:
        return Written(self.inserted + other.inserted, self.updated + other.updated)


class Gateway(Protocol):
    """Every write is idempotent: repeated after an unknown outcome, it changes nothing further.

    All methods raise GatewayError and nothing else. One object serves one thread.
    """

    #: a stable key of the table, under which its state is kept
    name: str
    #: with how many rows one upsert works best
    batch_rows: int
    #: an upper bound of the time between two calls of `keep`: a lease must last longer
    patience: timedelta
    #: called before each attempt; may end the work by an exception of its own
    keep: Callable[[], None]
    #: whether a statement wakes something that costs money: then a run that has nothing to do sends none
    metered: bool

    def describe(self) -> str:
        """Which table, and where, for people."""

    def ensure_table(self) -> bool:
        """Creates the table where there is none, and says so. Missing columns are a permanent error."""

    def clock(self) -> datetime:
        """Now, by the clock that stamps rows: watermarks of readers compare these stamps."""

    def upsert(
        self,
        rows: Sequence[FrameRow],
        *,
        ingested: datetime,
        known: Mapping[str, date] | None = None,
        seen: Mapping[str, datetime] | None = None,
    ) -> Written:
        """`known` tells the partitions in which rows lie that are in the table already (by web id).

        Only these and the rows' own partitions are searched: a row that lies elsewhere is inserted again. A row that
        stands in `seen` is passed over when the table's has been ingested later: somebody has changed it meanwhile.
        """

    def refusal(self, row: FrameRow) -> str:
        """Why the table can never take this row; empty when it can."""

    def version(self) -> int | None:
        """A number that grows with every change of the table; None where the table tells none."""

    def deleted(self, since: int, upto: int) -> Collection[str] | None:
        """Web ids of which a row was deleted after the version `since`, up to `upto`, by the table's change feed; such
        a web id may still have a row. None where there is no feed, or none that reaches so far back."""

    def present(self, web_ids: Collection[str]) -> Collection[str]:
        """Those of them that have a row."""

    def delete(self, where: Mapping[str, date]) -> int:
        """Deletes web ids in their partitions; those not there are passed over. How many rows went."""

    def read_since(self, watermark: datetime | None, *, size: int = 5000) -> Iterator[Sequence[StoredRow]]:
        """Rows ingested at or after the watermark, oldest first; per web id the newest only, since other
        writers append. Rows without a web id or a start are no event frames and do not appear."""

    def read_between(self, first: date, last: date, *, size: int = 5000) -> Iterator[Sequence[StoredRow]]:
        """The same of the partitions first..last."""

    def partitions(self) -> Mapping[date, int]:
        """How many rows each partition holds."""

    def places(self, first: date | None = None, last: date | None = None) -> Iterator[tuple[str, date]]:
        """(web id, partition date), each pair once, of the partitions first..last."""

    def row_count(self) -> int: ...

    def recent(self, limit: int) -> Sequence[StoredRow]:
        """The rows that were written last, newest first."""

    def close(self) -> None: ...


def checked(written: Written, *, least: int, table: str) -> Written:
    """A batch that the engine could not read counts as zero rows and success: too few rows are an error."""
    if written.rows < least:
        raise GatewayError(
            f"{least} rows were sent to {table}, but it reports {written.rows} as written.", permanent=False
        )
    return written
