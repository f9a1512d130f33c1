"""Values as a PI Web API writes them, as columns. Pure: no I/O, no clock.

Times are microseconds since 1970 UTC, which is what the lake holds; `rest` has the seventh digit, for an archive. A
number, a numeric text and a digital state have a value; a system state (a bad value) has none; other texts are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Microseconds = NDArray[np.int64]
TICKS = 10
PLAIN = {float, int, bool}


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Equal lengths. `values` is NaN where a row has none; `refused` rows are for no table. `rest`: ticks (100 ns)
    beyond the microsecond. `raw`: the values as they came, where not all of them are numbers."""

    times: Microseconds
    values: NDArray[np.float64]
    good: NDArray[np.bool_]
    questionable: NDArray[np.bool_]
    substituted: NDArray[np.bool_]
    refused: NDArray[np.bool_]
    rest: NDArray[np.int64]
    raw: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        return len(self.times)

    def take(self, rows: Any) -> Events:
        columns = (getattr(self, name) for name in self.__slots__)
        chosen: Any = [None if column is None else column[rows] for column in columns]
        return Events(*chosen)


def events_of(items: Sequence[dict[str, Any]]) -> Events:
    """ValueError for something that is no list of timed values. About 0.4 us a value."""
    try:
        nanoseconds = moments([item["Timestamp"] for item in items])
        raw = [item["Value"] for item in items]
        good = np.array([item["Good"] for item in items], dtype=np.bool_)
        doubtful = np.array([item.get("Questionable", False) for item in items], dtype=np.bool_)
        replaced = np.array([item.get("Substituted", False) for item in items], dtype=np.bool_)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a value lacks {error}") from None
    values, refused = numbers(raw, good)
    times = nanoseconds // 1000
    odd = None if set(map(type, raw)) <= PLAIN else np.fromiter(raw, np.object_, len(raw))
    return Events(times, values, good, doubtful, replaced, refused, (nanoseconds - times * 1000) // 100, odd)


def microseconds(texts: Sequence[str]) -> Microseconds:
    """ISO 8601 with Z; digits beyond the sixth are cut off."""
    return moments(texts) // 1000


def moments(texts: Sequence[str]) -> NDArray[np.int64]:
    """Nanoseconds since 1970 UTC."""
    try:
        stamps = pa.array(texts, pa.string()).cast(pa.timestamp("ns", "UTC"))
    except (pa.ArrowException, TypeError) as error:
        raise ValueError(f"a timestamp cannot be read: {error}") from None
    nanoseconds: NDArray[np.int64] = stamps.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return nanoseconds


def numbers(raw: Sequence[Any], good: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values, and which rows are refused."""
    if set(map(type, raw)) <= PLAIN:
        return np.array(raw, dtype=np.float64), np.zeros(len(raw), np.bool_)
    values, refused = np.full(len(raw), np.nan), np.zeros(len(raw), np.bool_)
    for row, value in enumerate(raw):
        if isinstance(value, int | float):
            values[row] = value
        elif isinstance(value, dict):
            if good[row] and isinstance(value.get("Value"), int | float) and not value.get("IsSystem"):
                values[row] = value["Value"]
        elif value is not None:
            values[row] = _read(value) if isinstance(value, str) else np.nan
            refused[row] = bool(good[row]) and bool(np.isnan(values[row]))
    return values, refused


def _read(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def iso(moment: int) -> str:
    """Microseconds as the vendor writes them."""
    return f"{np.datetime64(moment, 'us')}Z"
