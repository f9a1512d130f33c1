"""What an archive of written values can do, whatever it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from streaming.core.series import Series

#: PI Web API reference, topic update option.
UPDATE_OPTIONS = ("Replace", "Insert", "NoReplace", "ReplaceOnly", "InsertNoCompression", "Remove")


@dataclass(frozen=True, slots=True)
class Change:
    """One value to write: `number` or `text`, with the flags of `streaming.core.series`."""

    ticks: int
    number: float | None = None
    text: str | None = None
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a write did: how many events it added, overwrote and removed, and the last sequence number."""

    added: int = 0
    updated: int = 0
    removed: int = 0
    sequence: int = 0


class Archive(Protocol):
    """Times are ticks; a read gives ascending events, those at one time in the order they were written."""

    def read(
        self,
        points: Sequence[int],
        start: int,
        end: int,
        *,
        outer: bool = False,
        limit: int | None = None,
        reverse: bool = False,
    ) -> dict[int, Series]:
        """The events with start <= time <= end of each point; `outer` adds the nearest on each side.

        `limit` keeps so many per point, counted from `start`, with `reverse` from `end`.
        """

    def newest(self, points: Sequence[int], until: int | None = None) -> dict[int, Series]:
        """The last event of each point, not after `until`; points without events are left out."""

    def write(self, point: int, changes: Sequence[Change], option: str) -> Outcome:
        """All or nothing, durable on return; each accepted change gets a number in the sequence log."""
