"""Sums and extremes of many slices of one column, in one pass and without a loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streaming.core.series import Mask, Rows, Values

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Groups:
    """k slices [first, last) of a column, laid out one after the other: ``rows`` picks that layout from the
    column, and all arguments below have the layout's length. Slices may be empty and may overlap."""

    rows: slice | Rows
    starts: Rows
    lengths: Rows

    @classmethod
    def of(cls, first: Rows, last: Rows) -> Groups:
        lengths = np.maximum(last - first, 0)
        stops = np.cumsum(lengths)
        starts = stops - lengths
        if (first[1:] == first[0] + starts[1:]).all():  # neighbours: no copy
            return cls(slice(int(first[0]), int(first[0] + stops[-1])), starts, lengths)
        return cls(np.arange(stops[-1]) + np.repeat(first - starts, lengths), starts, lengths)

    def sums(self, values: Values) -> Numbers:
        """Of every group; 0 for an empty one."""
        sums = np.zeros(len(self.starts))
        full = self.lengths > 0
        if full.any():
            sums[full] = np.add.reduceat(values, self.starts[full], dtype=np.float64)
        return sums

    def spread(self, values: Values) -> Values:
        """Each group's value at each of its rows."""
        return np.repeat(values, self.lengths)

    def first_true(self, mask: Mask) -> Rows:
        """The first true row of each group, as a place in the layout; -1 where there is none."""
        rows = np.append(np.flatnonzero(mask), len(mask))
        found = rows[np.searchsorted(rows, self.starts)]
        return np.where(found < self.starts + self.lengths, found, -1)

    def first_lowest(self, values: Numbers, usual: Mask) -> Rows:
        """The first of the lowest usual rows of each group; -1 where there is none."""
        full = self.lengths > 0
        if not full.any():
            return np.full(len(full), -1, dtype=np.intp)
        values = np.where(usual, values, np.inf)
        lowest = np.full(len(full), np.inf)
        lowest[full] = np.minimum.reduceat(values, self.starts[full])
        return self.first_true((values == self.spread(lowest)) & usual)
