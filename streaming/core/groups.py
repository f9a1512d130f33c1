"""Sums and extremes of many slices of one column, in one pass and without a loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streaming.core.series import Mask, Rows, Values

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Groups:
    """k slices of a column, laid out end to end. ``rows`` cuts that layout out of the column: the methods
    take columns already cut so, and ``starts`` counts from there. Slices may be empty."""

    rows: slice | Rows
    starts: Rows
    lengths: Rows

    @classmethod
    def of(cls, first: Rows, last: Rows) -> Groups:
        """The slices [first, last): free where they lie end to end in the column, else each is copied."""
        lengths = last - first
        stops = np.cumsum(lengths)
        if (first[1:] == last[:-1]).all():
            return cls(slice(int(first[0]), int(last[-1])), stops - lengths, lengths)
        return cls(np.arange(stops[-1]) + np.repeat(last - stops, lengths), stops - lengths, lengths)

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
        """The first true row of each group, -1 where there is none."""
        rows = np.append(np.flatnonzero(mask), len(mask))
        found = rows[np.searchsorted(rows, self.starts)]
        return np.where(found < self.starts + self.lengths, found, -1)

    def first_extreme(self, values: Numbers, usual: Mask, *, highest: bool) -> Rows:
        """The first of the lowest or highest usual rows of each group, -1 where there is none."""
        full = self.lengths > 0
        if not full.any():
            return np.full(len(full), -1, dtype=np.intp)
        pick, worst = (np.maximum, -np.inf) if highest else (np.minimum, np.inf)
        special = not usual.all()
        if special:
            values = np.where(usual, values, worst)
        extremes = np.full(len(full), worst)
        extremes[full] = pick.reduceat(values, self.starts[full])
        hits = values == self.spread(extremes)
        if special:
            hits &= usual
        return self.first_true(hits)
