"""The local clock over columns of times.

Cost: two look-ups of the zone per UTC day that occurs; only times on a day with a clock change are looked up
one by one.
"""

from __future__ import annotations

from datetime import tzinfo

import numpy as np

from piwebapi.core.ticks import MAX_TICKS, MIN_TICKS, to_wall
from streaming.core.series import DAY, Times


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
    nearby = min(max(ticks, MIN_TICKS + 2 * DAY), MAX_TICKS - 2 * DAY)
    return to_wall(nearby, zone)[0] - nearby
