"""One evaluation: the environment, and what was already read from it."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from piwebapi.core.errors import ApiError, BadRequest
from streaming.core.expressions.columns import FAILED, Codes, Column, Kind, from_series, number
from streaming.core.expressions.environment import Environment
from streaming.core.expressions.zones import local_offsets
from streaming.core.series import DAY, SECOND, Times

_RELATIVE = re.compile(r"\s*[+-]")


def is_relative(text: str) -> bool:
    return _RELATIVE.match(text) is not None


class Context:
    """Reads each stream once per evaluation, however often the expression names it."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.times: Times = environment.times
        self._read: dict[str, Column] = {}

    def check(self, name: str) -> None:
        """BadRequest for a tag that is not there."""
        if not self.environment.knows(name):
            raise BadRequest(f"The expression names '{name}', which was not found.")

    def variable(self, name: str) -> Column:
        """A quoted name where a value is expected: a stream, a time, or (``'+3h'``) a period in seconds."""
        if self.environment.knows(name):
            return self.value(name)
        moments = self.resolve(name, self.times)
        if is_relative(name):
            return number((moments - self.times) / SECOND)
        return Column(Kind.TIME, moments)

    def value(self, name: str) -> Column:
        if name not in self._read:
            self._read[name] = self._column(name, self.times)
        return self._read[name]

    def value_at(self, name: str, moment: Column) -> Column:
        """The stream at other times than the evaluation times; rows without a time fail."""
        column = self._column(name, self.ticks(moment))
        if not (moment.bad != 0).any():
            return column
        bad: Codes = np.where(moment.bad != 0, FAILED, column.bad)
        return Column(column.kind, column.values, bad, column.states, column.flags)

    def ticks(self, moment: Column) -> Times:
        """One time per evaluation time; rows without one hold the evaluation time."""
        moments: Times = np.where(moment.bad != 0, self.times, moment.values)
        return moments

    def _column(self, name: str, times: Times) -> Column:
        return from_series(self.environment.value(name, times), self.environment.states(name))

    def resolve(self, text: str, at: Times) -> Times:
        """A PI time string, counted from each of these times. BadRequest when it is no time.

        Cost: two look-ups per local day that occurs, since within a day a time string either stands still
        (``t+8h``) or moves along (``*-1d``); one by one on days with a clock change, here or there.
        """
        if text.strip() == "*":
            return at
        bases, which = np.unique(at, return_inverse=True)
        offsets = local_offsets(bases, self.environment.zone)
        days = np.flatnonzero(np.diff((bases + offsets) // DAY)) + 1
        moments: Times = np.empty_like(bases)
        for begin, end in pairwise((0, *days.tolist(), len(bases))):
            whole_day = slice(begin, end)
            moments[whole_day] = self._within_a_day(text, bases[whole_day], offsets[whole_day])
        return moments[which]

    def _within_a_day(self, text: str, bases: Times, offsets: Times) -> Times | list[int]:
        if not len(bases):
            return bases
        first, last = self._moment(text, bases[0]), self._moment(text, bases[-1])
        if offsets[0] == offsets[-1]:
            if first == last:
                return np.full_like(bases, first)
            if last - first == bases[-1] - bases[0]:
                moved: Times = bases + (first - bases[0])
                return moved
        return [self._moment(text, base) for base in bases]

    def _moment(self, text: str, at: np.int64) -> int:
        try:
            return self.environment.time(text, int(at))
        except ApiError as error:
            raise BadRequest(f"The expression names '{text}', which was not found and is not a time.") from error
