"""When a condition begins to hold, and when it is over: for many elements at once. Pure.

A condition at a time is 1 (holds), 0 (does not) or -1 (cannot be known, as with a bad value). What cannot be known
changes nothing: neither begins nor ends. The same times cut into other windows give the same episodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streaming.core.series import Times

#: no time
NEVER = -(2**62)
Truth = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Episode:
    """`row` is that of the element; without an end it goes on."""

    row: int
    start: int
    end: int | None = None


@dataclass(slots=True, eq=False)
class Standing:
    """By element since when the condition holds, and since when an episode goes on (NEVER: it does not)."""

    pending: NDArray[np.int64]
    opened: NDArray[np.int64]

    @classmethod
    def none(cls, elements: int) -> Standing:
        return cls(np.full(elements, NEVER, np.int64), np.full(elements, NEVER, np.int64))


def moment_of(value: np.int64) -> int | None:
    """An element's entry in a `Standing`."""
    return None if value == NEVER else int(value)


def follow(
    times: Times, holds: Truth, over: Truth | None, standing: Standing, true_for: int
) -> tuple[list[Episode], list[Episode]]:
    """Episodes that began in these times, those that are over with their ends, and those that went on before and are
    over now. `holds` and `over` are (elements, times); without `over` an episode ends when the condition does not hold.
    An episode begins when the condition began to hold, once it has held for `true_for` ticks. `standing` is moved on.
    """
    begun: dict[int, Episode] = {}
    finished: list[Episode] = []
    ended: list[Episode] = []
    for place in _interesting(holds, over, standing).tolist():
        moment = int(times[place])
        true, known_false = holds[:, place] == 1, holds[:, place] == 0
        open_rows = standing.opened != NEVER
        ends = open_rows & (known_false if over is None else over[:, place] == 1)
        for row in np.flatnonzero(ends).tolist():
            episode = Episode(row, int(standing.opened[row]), moment)
            (finished if begun.pop(row, None) else ended).append(episode)
        standing.opened[ends] = NEVER
        standing.pending[ends] = NEVER
        fresh = true & ~open_rows & (standing.pending == NEVER)
        standing.pending[fresh] = moment
        standing.pending[known_false & ~open_rows] = NEVER
        ripe = true & ~open_rows & (moment - standing.pending >= true_for)
        for row in np.flatnonzero(ripe).tolist():
            begun[row] = Episode(row, int(standing.pending[row]))
        standing.opened[ripe] = standing.pending[ripe]
    return [*finished, *begun.values()], ended


def _interesting(holds: Truth, over: Truth | None, standing: Standing) -> NDArray[np.intp]:
    """The places at which anything may happen, ascending.

    Without an end condition these are the times at which the condition changes for some element, the times before those
    (whether it had held long enough), the first and the last: an episode begins when the condition began, whenever it
    is noticed. With an end condition any time from the first at which the condition holds.
    """
    count = holds.shape[1]
    if not count:
        return np.empty(0, np.intp)
    going = bool((standing.opened != NEVER).any() or (standing.pending != NEVER).any())
    if not going and not (holds == 1).any():
        return np.empty(0, np.intp)
    if over is not None:
        first = 0 if going else int(np.argmax((holds == 1).any(axis=0)))
        return np.arange(first, count)
    changes = np.flatnonzero((holds[:, 1:] != holds[:, :-1]).any(axis=0))
    return np.unique(np.concatenate(([0], changes, changes + 1, [count - 1])))
