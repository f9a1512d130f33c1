"""Values as a PI Web API writes them, as columns. Pure: no I/O, no clock.

Times are microseconds since 1970 UTC, which is what the lake holds. A number, a numeric text and a digital state have a
value; a system state (a bad value) has none; any other text is refused.
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


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Equal lengths. `values` is NaN where a row has none; `refused` rows are for no table."""

    times: Microseconds
    values: NDArray[np.float64]
    good: NDArray[np.bool_]
    questionable: NDArray[np.bool_]
    substituted: NDArray[np.bool_]
    refused: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.times)

    def take(self, rows: Any) -> Events:
        return Events(*(getattr(self, name)[rows] for name in self.__slots__))


def events_of(items: Sequence[dict[str, Any]]) -> Events:
    """ValueError for something that is no list of timed values. About 0.4 us a value."""
    try:
        times = microseconds([item["Timestamp"] for item in items])
        raw = [item["Value"] for item in items]
        good = np.array([item["Good"] for item in items], dtype=np.bool_)
        doubtful = np.array([item.get("Questionable", False) for item in items], dtype=np.bool_)
        replaced = np.array([item.get("Substituted", False) for item in items], dtype=np.bool_)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a value lacks {error}") from None
    values, refused = numbers(raw, good)
    return Events(times, values, good, doubtful, replaced, refused)


def microseconds(texts: Sequence[str]) -> Microseconds:
    """ISO 8601 with Z; digits beyond the sixth are cut off."""
    try:
        moments = pa.array(texts, pa.string()).cast(pa.timestamp("ns", "UTC"))
    except (pa.ArrowException, TypeError) as error:
        raise ValueError(f"a timestamp cannot be read: {error}") from None
    nanoseconds: NDArray[np.int64] = moments.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return nanoseconds // 1000


def numbers(raw: Sequence[Any], good: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values, and which rows are refused."""
    kinds = set(map(type, raw))
    if kinds <= {float, int, bool}:
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
