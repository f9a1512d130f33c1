"""What an expression needs to know of the world around it: the one seam of this package.

The engine does no I/O. It asks an `Environment` for columns, and asks for whole columns at once, so that one
implementation can fetch the history of a stream once for 100,000 evaluation times.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from streaming.core.series import Series, Times


class Environment(Protocol):
    """Names are passed as they are written between the quotes (or as a formula spells its variables)."""

    @property
    def times(self) -> Times:
        """The n evaluation times. ``'*'`` in an expression means these, not the wall clock."""

    @property
    def zone(self) -> tzinfo:
        """The time zone of Hour(), Bod() and the like."""

    def knows(self, name: str) -> bool:
        """Is this name a tag or an attribute? Asked first; a name that is none may be a time."""

    def value(self, name: str, times: Times) -> Series:
        """What the stream reads at these times (interpolated, or carried where it steps), row by row.

        The times come in any order and may repeat; the answer has the same rows. A time without a value
        is BAD with a state code (248 No Data). Digital streams hold state codes.
        """

    def states(self, name: str) -> Mapping[int, str] | None:
        """The state table of a digital stream, or None for any other stream."""

    def stepped(self, name: str) -> bool:
        """Does the value hold until the next event, instead of running straight to it?"""

    def history(self, name: str, start: int, end: int) -> Series:
        """The recorded events from start to end, ascending, with a value exactly at each bound.

        The bounds are filled as by boundaryType=Interpolated; empty when there is nothing at all.
        """

    def neighbours(self, name: str, times: Times, forward: bool) -> Series:
        """For each time the nearest recorded event strictly after it (or before it): its time and value.

        Where there is none: the asked time itself, BAD, with a state code.
        """

    def aggregate(
        self, name: str, summary: str, basis: str, starts: Times, ends: Times
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """One summary per pair start < end: values, and codes (0 good, else the state code).

        ``summary`` and ``basis`` are the vendor's words: Average, Minimum, Maximum, Total (value-units x
        days), Count, PercentGood; TimeWeighted, EventWeighted.
        """

    def time(self, text: str, at: int) -> int:
        """The ticks of a PI time string, its ``*`` and its offsets counted from ``at``.

        ApiError (BadRequest) when it is not a time.
        """
