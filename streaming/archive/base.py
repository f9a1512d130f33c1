"""What an archive of written values can do, whatever it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from streaming.core.series import Series

#: PI Web API reference, topic update option.
UPDATE_OPTIONS = ("Replace", "Insert", "NoReplace", "ReplaceOnly", "InsertNoCompression", "Remove")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a write did: how many events it added, overwrote and removed, and the last sequence number."""

    added: int = 0
    updated: int = 0
    removed: int = 0
    sequence: int = 0


class Archive(Protocol):
    """Times are ticks; a read gives ascending events, those at one time in the order they were written.

    Object columns hold texts, ints (the ticks of a moment) and, with the flag BAD, codes of system states.
    """

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

        `limit` keeps so many per point, counted from `start`, with `reverse` from `end`; where it cuts, no
        neighbour is told.
        """

    def newest(self, points: Sequence[int]) -> dict[int, Series]:
        """The last event of each point; points without events are left out."""

    def write(self, changes: Mapping[int, Series], option: str, needless: Mapping[int, int] | None = None) -> Outcome:
        """The changes of each point, in their order and not sorted. All or nothing, durable on return; each
        accepted change gets a number in the sequence log.

        `needless`: the time of a point's newest event that compression leaves out; the log does not tell that.
        """

    def mark(self, point: int, ticks: int, annotated: bool) -> bool:
        """Gives the last event at a time the flag ANNOTATED, or takes it from all there; the log tells a change.
        Whether there is an event."""
