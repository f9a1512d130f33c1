"""Reading the sequence log: what has been written past a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from piwebapi.models import Counter
from streaming.archive.rows import COLUMNS, COUNTER, Row, series_of
from streaming.core.series import BAD, Series
from streaming.core.states import NO_DATA
from streaming.models import ValueChange

from .hub import Tag
from .sources import Source, current_values, event_texts

PAGE = 5_000
#: More wanted points than this, and the log is read whole: no database likes longer lists.
LISTED = 500


REMOVED: int = ValueChange.Action.DELETE  # type: ignore[assignment]


@dataclass(frozen=True)
class Event:
    """A change as the sockets are told: `text` is its timed value, `removed` one that is there no more."""

    tag: Tag
    number: int
    time: int
    text: bytes
    removed: bool = False


@dataclass(frozen=True)
class Page:
    """`until`: the log has been looked through up to here. `current`: what is newest where events were removed."""

    until: int
    events: list[Event] = field(default_factory=list)
    current: list[tuple[Tag, tuple[int, bytes] | None]] = field(default_factory=list)
    full: bool = False


def last_sequence() -> int:
    return Counter.last(COUNTER)


def values_until(sources: Sequence[Source], now: int) -> tuple[list[tuple[int, bytes] | None], int]:
    """Current values, and a number of the log up to which they are no newer."""
    values = current_values(sources, now)
    written = any(source.point is not None for source in sources)
    return values, last_sequence() if written else 0


def read_page(after: int, wanted: Mapping[int, Iterable[Tag]], now: int) -> Page:
    """Two queries, whatever the number of points; numbers are committed in their order, so none is skipped."""
    last = last_sequence()
    if last <= after or not wanted:
        return Page(last)
    rows = ValueChange.objects.filter(sequence__gt=after, sequence__lte=last).order_by("sequence")
    if len(wanted) <= LISTED:
        rows = rows.filter(point_id__in=list(wanted))
    found = list(rows.values_list("sequence", "point_id", "action", *COLUMNS)[:PAGE])
    full = len(found) == PAGE
    changes = [
        (tag, sequence, action, row) for sequence, point, action, *row in found for tag in tuple(wanted.get(point, ()))
    ]
    texts = event_texts([(tag.detail, series(action, tuple(row))) for tag, _, action, row in changes])
    events = [
        Event(tag, int(sequence), row[0], text, action == REMOVED)
        for (tag, sequence, action, row), text in zip(changes, texts, strict=True)
    ]
    again = list({event.tag: None for event in events if event.removed})
    current = zip(again, current_values([tag.detail for tag in again], now), strict=True) if again else ()
    return Page(found[-1][0] if full else last, events, list(current), full)


def series(action: int, row: Row) -> Series:
    """A removed event is told as bad, at its time, with No Data (PI Web API reference, topic channels)."""
    if action == REMOVED:
        return Series.of([row[0]], [float(NO_DATA)], BAD)
    return series_of([row])
