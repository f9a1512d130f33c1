"""The log of changes: event frames and tombstones in the order of the counter ``eventframes``.

The counter's numbers become visible in their order, so a reader of "all above N" misses nothing; of a frame only its
last change is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from events.models import EventFrame, EventFrameTombstone


@dataclass(frozen=True)
class Chunk:
    """Changes up to the number `upto`."""

    frames: Sequence[EventFrame]
    tombstones: Sequence[EventFrameTombstone]
    upto: int

    @property
    def size(self) -> int:
        return len(self.frames) + len(self.tombstones)

    @property
    def deleted(self) -> list[UUID]:
        return [tombstone.frame_id for tombstone in self.tombstones]


def waiting(mark: int) -> int:
    frames, tombstones = (model.objects.filter(changed__gt=mark) for model in (EventFrame, EventFrameTombstone))
    return frames.count() + tombstones.count()


def is_waiting(mark: int) -> bool:
    return any(model.objects.filter(changed__gt=mark).exists() for model in (EventFrame, EventFrameTombstone))


def next_chunk(frames: QuerySet[EventFrame], mark: int, size: int) -> Chunk | None:
    """The next `size` changes at most. Tombstones are read after the frames, so that a frame deleted in between is
    seen as deleted. Two queries, and what `frames` prefetches."""
    changed = list(frames.filter(changed__gt=mark).order_by("changed")[:size])
    gone = list(EventFrameTombstone.objects.filter(changed__gt=mark).order_by("changed")[:size])
    if not changed and not gone:
        return None
    # A full list tells nothing of what follows it.
    ends = [rows[-1].changed for rows in (changed, gone) if len(rows) == size]
    upto = min(ends) if ends else max(row.changed for row in [*changed, *gone])
    last: dict[UUID, EventFrame | EventFrameTombstone] = {}
    for key, row in [*((row.pk, row) for row in changed), *((row.frame_id, row) for row in gone)]:
        if row.changed <= upto and (key not in last or row.changed > last[key].changed):
            last[key] = row
    return Chunk(
        frames=[row for row in last.values() if isinstance(row, EventFrame)],
        tombstones=[row for row in last.values() if isinstance(row, EventFrameTombstone)],
        upto=upto,
    )
