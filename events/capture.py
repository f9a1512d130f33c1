"""Captured values: what the attributes with data references held when an event frame was over.

A captured attribute answers from its own column from then on (`streaming.streams`); a frame that is opened
again reads its sources again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from events.models import EventFrame, EventFrameAttribute
from piwebapi.core.times import format_ticks
from streaming.core.series import BAD, Series
from streaming.streams import Stream, streams_of

RELATED = ("unit", "enumeration_set", "point__server", "point__digital_set", "template")


def capture(frame: EventFrame, now: int) -> None:
    """Stores the values at the end of the frame, or at `now` (ticks) while it is open. The frame itself is for the
    caller to save.

    Three queries and those of the data references.
    """
    rows = list(frame.attributes.exclude(data_reference="").select_related(*RELATED))
    frame.values_captured = False  # so that the sources are read, not an earlier capture
    at = now if frame.end is None else min(frame.end, now)
    for row in rows:
        row.frame = frame
    for row, stream in zip(rows, streams_of(rows), strict=True):
        row.value, row.value_ticks = plain(stream, stream.at(np.array([at], np.int64), now)), at
    EventFrameAttribute.objects.bulk_update(rows, ["value", "value_ticks"])
    frame.values_captured = True


def plain(stream: Stream, series: Series) -> Any:
    """One value as JSON holds it; None for a bad one."""
    if not len(series) or series.flags[0] & BAD:
        return None
    value = series.values[0]
    if isinstance(value, np.generic):
        value = value.item()
    kinds: dict[str, Any] = {
        "Int32": int,
        "Digital": int,
        "Boolean": bool,
        "DateTime": lambda at: format_ticks(int(at)),
    }
    convert = kinds.get(stream.fmt.type)
    return convert(value) if convert and isinstance(value, int | float) else value
