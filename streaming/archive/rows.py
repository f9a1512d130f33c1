"""Events as rows of a table, and back to columns.

A row keeps numbers, codes of states and of system states in `number`. `text` keeps texts; a moment is ``@`` and
its ticks, since a double is too coarse for them, and a text that begins with ``@`` gets another one.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from streaming.core.series import BAD, Series

#: the counter of the sequence log
COUNTER = "values"
COLUMNS = ("ticks", "number", "text", "flags")

Row = tuple[int, float | None, str | None, int]


def rows_of(series: Series) -> list[Row]:
    times, flags = series.times.tolist(), series.flags.tolist()
    if not series.is_object:
        return list(zip(times, series.values.tolist(), [None] * len(times), flags, strict=True))
    rows: list[Row] = []
    for ticks, value, flag in zip(times, series.values, flags, strict=True):
        if flag & BAD:
            rows.append((ticks, float(value), None, flag))
        elif isinstance(value, str):
            rows.append((ticks, None, f"@{value}" if value.startswith("@") else value, flag))
        else:
            rows.append((ticks, None, f"@{int(value)}", flag))
    return rows


def series_of(rows: Iterable[Row]) -> Series:
    """Texts and moments make an object column."""
    rows = list(rows)
    if not rows:
        return Series.empty()
    times, numbers, texts, flags = zip(*rows, strict=True)
    bits = np.array(flags, dtype=np.uint8)
    if any(text is not None for text in texts):
        values = np.empty(len(rows), dtype=np.object_)
        for place, (number, text) in enumerate(zip(numbers, texts, strict=True)):
            values[place] = int(number or 0) if text is None else _told(text)
    else:
        values = np.array([np.nan if number is None else number for number in numbers], dtype=np.float64)
    return Series(np.array(times, dtype=np.int64), values, bits)


def _told(text: str) -> str | int:
    if not text.startswith("@"):
        return text
    return text[1:] if text.startswith("@@") else int(text[1:])
