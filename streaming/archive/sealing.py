"""Housekeeping of the archive: settled events into blocks, old entries out of the sequence log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from django.db import transaction
from django.db.models import Count, Max

from piwebapi.models import Counter
from streaming.core.series import Series
from streaming.models import ArchivedBlock, ArchivedEvent, ValueChange

from .blocks import SIZE, pack
from .rows import COLUMNS, COUNTER, series_of
from .statements import delete

#: so many of the newest events of a point stay rows, since they are the ones that change
FRESH = 256
#: the counter that tells up to where the log was pruned
PRUNED = "values_pruned"
#: longer than a registration for updates lives without being used
KEPT = timedelta(hours=48)


def seal(most_points: int = 1_000) -> int:
    """Packs the older events of points that have enough of them. Returns how many events were packed."""
    crowded = (
        ArchivedEvent.objects.values_list("point_id")
        .annotate(rows=Count("id"))
        .filter(rows__gte=SIZE + FRESH)
        .order_by("-rows")[:most_points]
    )
    return sum(seal_point(point) for point, _ in list(crowded))


def seal_point(point: int) -> int:
    """One transaction per 64 blocks, so that writers do not wait long."""
    packed = 0
    while count := _seal_some(point, 64 * SIZE):
        packed += count
    return packed


@transaction.atomic
def _seal_some(point: int, most: int) -> int:
    Counter.take(COUNTER, 0)  # as a writer does
    rows = ArchivedEvent.objects.filter(point_id=point).order_by("ticks", "id")
    found = list(rows.values_list("id", *COLUMNS)[: most + FRESH])
    if len(found) < SIZE + FRESH:
        return 0
    series = series_of([tuple(row[1:]) for row in found])
    blocks, gone = [], []
    for first, last in _runs(point, series):
        part = series.take(slice(first, last))
        times = int(part.times[0]), int(part.times[-1])
        blocks.append(ArchivedBlock(point_id=point, first=times[0], last=times[1], count=len(part), payload=pack(part)))
        gone += [row[0] for row in found[first:last]]
    ArchivedBlock.objects.bulk_create(blocks)
    delete(ArchivedEvent, gone)
    return len(gone)


def _runs(point: int, series: Series) -> Iterator[tuple[int, int]]:
    """Slices of full blocks. Events of one time stay together, and none encloses a block that is there."""
    times = series.times
    ends = ArchivedBlock.objects.filter(point_id=point, first__range=(int(times[0]), int(times[-1])))
    cuts = np.searchsorted(times, np.sort(np.array(ends.values_list("first", flat=True), np.int64)))
    for low, high in pairwise([0, *cuts.tolist(), len(times) - FRESH]):
        while high - low >= SIZE:
            end = int(np.searchsorted(times, times[low + SIZE - 1], side="right"))
            if end > high:
                break
            yield low, end
            low = end


def prune(now: datetime) -> int:
    """Forgets changes that no client may ask for any more. Returns how many."""
    last = ValueChange.objects.filter(at__lt=now - KEPT).aggregate(last=Max("sequence"))["last"]
    if last is None:
        return 0
    with transaction.atomic():
        Counter.objects.update_or_create(name=PRUNED, defaults={"value": last})
        count, _ = ValueChange.objects.filter(sequence__lte=last).delete()
    return count
