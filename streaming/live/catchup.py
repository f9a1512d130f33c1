"""Reading what a feed has missed, page by page, from where it is stored. Blocking; call it in a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex

import numpy as np
from django.db import transaction
from django.utils import timezone

from piwebapi.core.times import TICKS_PER_SECOND, from_datetime
from piwebapi.models import Counter
from streaming.archive.rows import COLUMNS
from streaming.core.render import fragments
from streaming.core.series import Series
from streaming.models import ValueChange
from streaming.readers import read_all

from . import log
from .feed import Position
from .hub import Clock
from .sources import Source, event_texts

#: Written events in one page (which is one message, usually), others, and the longest time that one page looks through.
PAGE, TIMED_PAGE = 800, 3_000
LONGEST = 3600 * TICKS_PER_SECOND
#: So far back simulated and computed values are read for a client that comes back.
HISTORY = 24 * LONGEST
LIFE = "life of the log "
#: Counter of the number up to which the log has been pruned.
PRUNED = "values_pruned"

Found = tuple[int, bytes]
Timed = tuple[int, int, bytes]


@dataclass(frozen=True)
class Caught:
    """`events`: place of the source and JSON, in their order; `at`: how far they reach; `gap`: from when to when
    (ticks) nothing can be told; `more`: there is more to read."""

    events: list[Found]
    at: Position
    more: bool
    gaps: list[tuple[int, int]] = field(default_factory=list)


def life() -> str:
    """Of this database, made the first time it is asked for."""
    found = Counter.objects.filter(name__startswith=LIFE).order_by("name").first()
    if found is None:
        with transaction.atomic():
            Counter.objects.get_or_create(name=LIFE + token_hex(4))
        found = Counter.objects.filter(name__startswith=LIFE).order_by("name").first()
    assert found is not None
    return found.name.removeprefix(LIFE)


def read_since(sources: Sequence[Source], at: Position, now: Mapping[Clock, int]) -> Caught:
    """The next page past a position: first the log, then the values that go by time."""
    points: dict[int, list[int]] = {}
    for place, source in enumerate(sources):
        if source.point is not None:
            points.setdefault(source.point, []).append(place)
    if points:
        page, number, gaps = _logged(points, sources, at)
        if page or gaps:
            return Caught(page, {**at, "log": number}, True, gaps)
        at = {**at, "log": number}
    for clock in ("sampled", "computed"):
        places = [place for place, source in enumerate(sources) if source.clock == clock]
        if places and at[clock] < now[clock]:
            return _timed(places, sources, at, clock, now[clock])
    return Caught([], {**at, "sampled": max(at["sampled"], now["sampled"]), "computed": now["computed"]}, False)


def _logged(
    points: Mapping[int, list[int]], sources: Sequence[Source], at: Position
) -> tuple[list[Found], int, list[tuple[int, int]]]:
    last = log.last_sequence()
    if gap := _lost(at, last):
        return [], gap[0], [gap[1:]]
    rows = ValueChange.objects.filter(sequence__gt=at["log"], sequence__lte=last).order_by("sequence")
    if len(points) <= log.LISTED:
        rows = rows.filter(point_id__in=list(points))
    found = list(rows.values_list("sequence", "point_id", "action", *COLUMNS)[:PAGE])
    changes = [(place, action, row) for _, point, action, *row in found for place in points.get(point, ())]
    texts = event_texts([(sources[place], log.series(action, tuple(row))) for place, action, row in changes])
    events = [(place, text) for (place, _, _), text in zip(changes, texts, strict=True)]
    return events, found[-1][0] if len(found) == PAGE else last, []


def _lost(at: Position, last: int) -> tuple[int, int, int] | None:
    """Where the log begins when it no longer reaches back to the position, and the times of the gap."""
    if at["log"] > last:  # a marker of another life of the database
        return last, at["sampled"], at["sampled"]
    pruned = Counter.last(PRUNED)
    if pruned <= at["log"]:
        return None
    oldest = ValueChange.objects.order_by("sequence").values_list("at", flat=True).first()
    return pruned, at["sampled"], from_datetime(oldest or timezone.now())


def _timed(places: Sequence[int], sources: Sequence[Source], at: Position, clock: Clock, now: int) -> Caught:
    start, gaps = at[clock], []
    if start < now - HISTORY:
        gaps.append((start, now - HISTORY))
        start = now - HISTORY
    span = min(LONGEST, max(TIMED_PAGE // len(places), 1) * TICKS_PER_SECOND)
    end = min(now, start + span)
    found = read_all([sources[place].stream.reader for place in places], start + 1, end, now=now)
    events = _usual(places, sources, found, start, end)
    events += _others(places, sources, found, start, end)
    events.sort(key=lambda event: event[:2])
    return Caught([event[1:] for event in events], {**at, clock: end}, True, gaps)


def _usual(
    places: Sequence[int], sources: Sequence[Source], found: Sequence[Series], start: int, end: int
) -> list[Timed]:
    """Numbers of the usual kind, all in one step: 1 us an event."""
    parts = [
        (place, series)
        for place, series in zip(places, found, strict=True)
        if sources[place].usual and not series.is_object
    ]
    if not parts:
        return []
    joined = Series.concat(*(series for _, series in parts))
    owners = np.repeat([place for place, _ in parts], [len(series) for _, series in parts])
    inside = (joined.times > start) & (joined.times <= end)
    joined, owned = joined.take(inside), owners[inside].tolist()
    texts = fragments(joined.times, joined.values, joined.flags, [sources[place].unit for place in owned])
    return list(zip(joined.times.tolist(), owned, texts, strict=True))


def _others(
    places: Sequence[int], sources: Sequence[Source], found: Sequence[Series], start: int, end: int
) -> list[Timed]:
    rows = [
        (int(series.times[row]), place, series.take(row))
        for place, series in zip(places, found, strict=True)
        if not sources[place].usual or series.is_object
        for row in range(len(series))
        if start < series.times[row] <= end
    ]
    texts = event_texts([(sources[place], series) for _, place, series in rows])
    return [(time, place, text) for (time, place, _), text in zip(rows, texts, strict=True)]
