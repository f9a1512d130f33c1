"""The local clock over columns of times.

Cost: two look-ups of the zone per UTC day that occurs; only times on a day with a clock change are looked up
one by one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np

from streaming.core.series import DAY, SECOND, Times

YEAR_1 = -62_135_596_800 * SECOND
YEAR_10000 = 253_402_300_800 * SECOND
"""The ticks that a calendar can name: from the one, up to but not including the other."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local_offsets(times: Times, zone: tzinfo) -> Times:
    """How far the local clock is ahead of UTC at each time, in ticks."""
    days, which = np.unique(times // DAY, return_inverse=True)
    at_start = np.array([_offset(day * DAY, zone) for day in days.tolist()], dtype=np.int64)
    at_end = np.array([_offset(day * DAY + DAY - 1, zone) for day in days.tolist()], dtype=np.int64)
    offsets: Times = at_start[which]
    changing = (at_start != at_end)[which]
    if changing.any():
        offsets[changing] = [_offset(ticks, zone) for ticks in times[changing].tolist()]
    return offsets


def _offset(ticks: int, zone: tzinfo) -> int:
    """At the two ends of the calendar the offset of a nearby day: the local clock would leave it."""
    nearby = min(max(ticks, YEAR_1 + 2 * DAY), YEAR_10000 - 2 * DAY)
    offset = (_EPOCH + timedelta(microseconds=nearby // 10)).astimezone(zone).utcoffset() or timedelta()
    return round(offset.total_seconds() * SECOND)
