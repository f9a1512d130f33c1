"""History of another archive into this one: at its times, a point holds exactly these events afterwards.

What is there already is compared and left alone, so a repetition changes nothing. The log tells what is recent, so that
sockets and registrations for updates hear of it, and of each point at least an event that is newer than all it had;
older history is stored without, as otherwise a backfill would flood them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction

from piwebapi.models import Counter
from streaming.core.series import ANNOTATED, Mask, Series, Times
from streaming.models import ArchivedEvent

from . import archive
from .rows import COLUMNS, COUNTER, Row, rows_of
from .statements import insert
from .tables import unseal

#: more recent events than these are no news but a flood: then only the newest of each point is told
TOLD = 5_000
#: points whose present events are read together
TOGETHER = 500
HOUR = 36_000_000_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """By point, how many events it has more than before; and how many times held others than the wanted ones."""

    more: Mapping[int, int]
    replaced: int = 0


def load(wanted: Mapping[int, Series], recent: int) -> Loaded:
    """Each series ascending, with all events of each of its times. `recent`: events since then (ticks) are told.

    All or nothing. 7 us an event that is new, 0.1 us one that is there.
    """
    wanted = {point: series for point, series in wanted.items() if len(series)}
    with transaction.atomic():
        Counter.take(COUNTER, 0)  # one writer after the other: what was compared stays as it was
        newest = {point: int(series.times[-1]) for point, series in archive.newest(list(wanted)).items()}
        fresh: dict[int, Series] = {}
        wrong: dict[int, Series] = {}
        more: dict[int, int] = {}
        for point, present in _present(wanted, newest):
            missing, other = _differing(wanted[point], present)
            more[point] = len(missing) - len(other)
            fresh |= {point: missing} if len(missing) else {}
            wrong |= {point: other} if len(other) else {}
        if wrong:
            archive.write({point: _times(series) for point, series in wrong.items()}, "Remove")
        since = _told_since(fresh, newest, recent)
        for point, series in wrong.items():  # the log told that they went
            since[point] = min(since[point], int(np.searchsorted(fresh[point].times, series.times[0])))
        _store({point: series.take(slice(0, since[point])) for point, series in fresh.items()})
        told = {point: series.take(slice(since[point], None)) for point, series in fresh.items()}
        if any(map(len, told.values())):
            archive.write({point: series for point, series in told.items() if len(series)}, "InsertNoCompression")
    return Loaded(more, sum(map(len, wrong.values())))


def _times(series: Series) -> Series:
    """Each of its times once."""
    return series.take(np.unique(series.times, return_index=True)[1])


def _present(wanted: Mapping[int, Series], newest: Mapping[int, int]) -> Iterator[tuple[int, Series]]:
    """Of each point the events between the first and the last time that are wanted; windows that are alike are read
    together."""
    alike: dict[tuple[int, int], list[int]] = {}
    for point, series in wanted.items():
        first, last = int(series.times[0]), int(series.times[-1])
        if newest.get(point, first - 1) < first:
            yield point, Series.empty()
        else:
            alike.setdefault((first // HOUR, last // HOUR), []).append(point)
    for points in alike.values():
        for start in range(0, len(points), TOGETHER):
            part = points[start : start + TOGETHER]
            low, high = min(wanted[one].times[0] for one in part), max(wanted[one].times[-1] for one in part)
            yield from archive.read(part, int(low), int(high)).items()


def _differing(wanted: Series, present: Series) -> tuple[Series, Series]:
    """What has to be added, and the events that stand in its place now. Whether an event is annotated is of no account:
    that is told here."""
    there = present.take(np.isin(present.times, wanted.times))
    there = Series(there.times, there.values, there.flags & np.uint8(0xFF ^ ANNOTATED))
    if not len(there):
        return wanted, there
    known = np.isin(wanted.times, there.times)
    common = wanted.take(known)
    if _equal(common, there):
        return wanted.take(~known), there.take(slice(0, 0))
    groups = _by_time(there)
    moved = [time for time, rows in _by_time(common).items() if groups[time] != rows]
    times: Times = np.array(moved, np.int64)
    changed: Mask = np.isin(wanted.times, times)
    return wanted.take(changed | ~known), there.take(np.isin(there.times, times))


def _equal(one: Series, other: Series) -> bool:
    if one.is_object or other.is_object:
        return rows_of(one) == rows_of(other)
    columns = ((getattr(one, name), getattr(other, name)) for name in ("times", "values", "flags"))
    return all(np.array_equal(*pair) for pair in columns)


def _by_time(series: Series) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows_of(series):
        found.setdefault(row[0], []).append(row)
    return found


def _told_since(fresh: Mapping[int, Series], newest: Mapping[int, int], recent: int) -> dict[int, int]:
    """The row of each series from which on the log tells it."""
    since = {point: int(np.searchsorted(series.times, recent)) for point, series in fresh.items()}
    if sum(len(fresh[point]) - row for point, row in since.items()) > TOLD:
        since = {point: len(series) for point, series in fresh.items()}
    for point, series in fresh.items():
        last = int(series.times[-1])
        if last > newest.get(point, last - 1):
            since[point] = min(since[point], int(np.searchsorted(series.times, last)))
    return since


def _store(silent: Mapping[int, Series]) -> None:
    unseal(silent)
    rows: Sequence[tuple[int | float | str | None, ...]] = [
        (point, *row) for point, series in silent.items() for row in rows_of(series)
    ]
    insert(ArchivedEvent, ("point", *COLUMNS), rows)
