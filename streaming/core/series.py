"""Time series as three columns: when, what, how good.

``times`` are ticks (int64, 100 ns since 1970 UTC), ascending; events may share a time and then stand
in the order of insertion. ``values`` are float64 (numbers, and digital states as their codes) or objects
(strings, booleans, ticks of a date, arrays). ``flags`` is a bit set per event. A BAD event holds no
measurement: its value is the code of a SYSTEM digital state (`streaming.core.states`), a float in a float64
column and an int in an object column, or, in object columns only, a string or ``{"Errors": [...]}``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from piwebapi.core.ticks import TICKS_PER_DAY, TICKS_PER_SECOND
from streaming.core.states import CALC_FAILED

Times = NDArray[np.int64]
Values = NDArray[Any]
Flags = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]

SECOND = TICKS_PER_SECOND
DAY = TICKS_PER_DAY

#: the largest integer up to which a double tells each from the next
EXACT = 2**53

BAD = 1
QUESTIONABLE = 2
SUBSTITUTED = 4
ANNOTATED = 8


def distinct(times: Times) -> Times:
    """Each once, ascending. Ascending runs are merged in linear time; `np.unique` would hash them, which takes
    a hundred times as long."""
    ordered = np.sort(times, kind="stable")
    again = ordered[1:] == ordered[:-1]
    return ordered[np.append(True, ~again)] if again.any() else ordered


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Equal lengths are checked, order is not: the kernels need ascending times, `reversed` undoes that."""

    times: Times
    values: Values
    flags: Flags

    def __post_init__(self) -> None:
        if not len(self.times) == len(self.values) == len(self.flags):
            raise ValueError("the columns of a series have different lengths")

    @classmethod
    def empty(cls, object: bool = False) -> Series:  # noqa: A002  the name of the column type
        values: Values = np.empty(0, dtype=np.object_ if object else np.float64)
        return cls(np.empty(0, dtype=np.int64), values, np.empty(0, dtype=np.uint8))

    @classmethod
    def of(cls, times: Sequence[int], values: Sequence[object], flags: Sequence[int] | int = 0) -> Series:
        """From plain lists: numbers become float64, anything else, integers too large for that included, an object
        column."""
        numeric = all(isinstance(value, float) or (type(value) is int and abs(value) <= EXACT) for value in values)
        column: Values = np.empty(len(values), dtype=np.float64 if numeric else np.object_)
        column[:] = values  # not np.array(values): that would unfold lists into a matrix
        bits = np.full(len(values), flags) if isinstance(flags, int) else np.array(flags)
        return cls(np.array(times, dtype=np.int64), column, bits.astype(np.uint8))

    @classmethod
    def concat(cls, *parts: Series) -> Series:
        """One after the other. Float and object parts together become objects."""
        if not parts:
            return cls.empty()
        if any(part.is_object for part in parts):
            parts = tuple(part.as_objects() for part in parts)
        return cls(
            np.concatenate([part.times for part in parts]),
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.flags for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.times)

    @property
    def is_object(self) -> bool:
        return self.values.dtype == np.object_

    @property
    def good(self) -> Mask:
        good: Mask = (self.flags & BAD) == 0
        return good

    def take(self, rows: int | slice | Rows | Mask) -> Series:
        """The chosen events. A slice costs nothing (views); a single index keeps a series of one."""
        if isinstance(rows, int):
            rows = slice(rows, rows + 1 or None)
        return Series(self.times[rows], self.values[rows], self.flags[rows])

    def reversed(self) -> Series:
        return self.take(slice(None, None, -1))

    def as_numbers(self) -> Series:
        """The same events for computing, where an object column holds integers; a bad value that is no code fails."""
        if not self.is_object:
            return self
        values = [value if isinstance(value, int | float) else CALC_FAILED for value in self.values]
        return Series(self.times, np.array(values, np.float64), self.flags)

    def as_objects(self) -> Series:
        """The same events with Python objects as values; the codes of bad events become ints."""
        if self.is_object:
            return self
        values = self.values.astype(np.object_)
        bad = ~self.good
        values[bad] = [int(code) for code in values[bad]]
        return Series(self.times, values, self.flags)
