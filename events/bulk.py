"""Changing many event frames at once: each takes its own number of the counter ``eventframes``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet
from django.utils import timezone

from events import services
from events.models import EventFrame, EventFrameTombstone
from events.numbering import take
from piwebapi.core.chunks import chunks
from piwebapi.core.errors import BadRequest
from piwebapi.services import objects

AT_ONCE = 500
MOST_CLOSED = 200


def acknowledge(frames: QuerySet[EventFrame], by: str, now: int) -> int:
    """Those that can be acknowledged and are not yet; gives their number."""
    first, due = _numbered(frames.filter(can_be_acknowledged=True, acknowledged_at=None))
    for frame in due:
        frame.acknowledged_by, frame.acknowledged_at = by, now
    return _save(due, first, "acknowledged_by", "acknowledged_at")


def close(frames: QuerySet[EventFrame], now: int) -> int:
    """Ends the open ones now, one by one, since the values of each are captured; locked ones stay as they are. Gives
    their number."""
    due = list(frames.filter(end=None, is_locked=False)[: MOST_CLOSED + 1])
    if len(due) > MOST_CLOSED:
        raise BadRequest(f"At most {MOST_CLOSED} event frames can be closed at once.")
    for frame in due:
        services.update(frame, now=now, end=now)
    return len(due)


def _numbered(frames: QuerySet[EventFrame]) -> tuple[int, list[EventFrame]]:
    """The first of enough numbers, and the frames. Taking numbers shuts other writers of event frames out, so the
    frames are read after it; numbers that are left over do no harm."""
    return take(frames.count() + 1), list(frames.select_related(None))


def _save(frames: Sequence[EventFrame], first: int, *columns: str) -> int:
    modified = timezone.now()
    for position, frame in enumerate(frames):
        frame.changed, frame.modified = first + position, modified
    EventFrame.objects.bulk_update(frames, [*columns, "changed", "modified"], batch_size=AT_ONCE)
    return len(frames)


def touch(frames: QuerySet[EventFrame]) -> int:
    """Numbers for frames that something else has changed."""
    first, chosen = _numbered(frames)
    return _save(chosen, first)


def delete(frames: QuerySet[EventFrame]) -> None:
    """With their children; each leaves a tombstone for those who follow the changes."""
    chosen = list(frames.select_related("database__server"))
    doomed = {frame.pk: frame for frame in chosen}
    level: Iterable[EventFrame] = chosen
    while level:
        level = [child for child in _children(level) if child.pk not in doomed]
        doomed |= {frame.pk: frame for frame in level}
    first = take(len(doomed)) if doomed else 0
    EventFrameTombstone.objects.bulk_create(
        [
            EventFrameTombstone(
                frame_id=row.pk, web_id=row.web_id("I"), name=row.name, start=row.start, changed=first + position
            )
            for position, row in enumerate(doomed.values())
        ],
        batch_size=AT_ONCE,
    )
    for ids in chunks(list(doomed)):
        objects.delete(EventFrame.objects.filter(pk__in=ids))


def _children(parents: Iterable[EventFrame]) -> list[EventFrame]:
    rows = EventFrame.objects.select_related("database__server")
    return [row for ids in chunks([frame.pk for frame in parents]) for row in rows.filter(parent__in=ids)]
