"""What happens at the elements of a rule between two times: the condition evaluated, and the episodes it makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from events.models.rules import EventRule
from events.rules.episodes import NEVER, Episode, Standing, Truth, follow
from events.rules.fleet import Fleet
from events.rules.scope import Scope
from piwebapi.core.times import TICKS_PER_SECOND
from streaming.core.series import Times

#: values that a step of the evaluation holds at once
CELLS = 500_000
Rows = NDArray[np.intp]


def step_of(rule: EventRule) -> int:
    """Ticks between the times at which the condition is looked at."""
    return max(rule.resolution_seconds, 1) * TICKS_PER_SECOND


def true_for(rule: EventRule) -> int:
    return round(rule.true_for_seconds * TICKS_PER_SECOND)


def grids(since: int, upto: int, step: int, elements: int) -> Iterator[Times]:
    """Times after `since` up to `upto`, in pieces that fit the memory."""
    piece = max(CELLS // max(elements, 1), 60)
    first = (since // step + 1) * step
    while first <= upto:
        last = min(first + (piece - 1) * step, upto)
        yield np.arange(first, last + 1, step, dtype=np.int64)
        first = last + step


def truths(scope: Scope, rows: Rows, grid: Times, moment: int) -> tuple[Truth, Truth | None]:
    """Of the chosen elements: whether the start condition holds, and the end condition, where there is one."""
    columns = {name: [streams[row] for row in rows] for name, streams in scope.columns.items()}
    fleet = Fleet(columns, len(rows), grid, timezone.get_default_timezone(), moment)
    return fleet.truth(scope.start), fleet.truth(scope.end) if scope.end else None


def followed(
    scope: Scope, grid: Times, moment: int, rule: EventRule, standing: Standing
) -> tuple[list[Episode], list[Episode]]:
    """As `follow` tells them. `standing` is moved on."""
    everybody = np.arange(len(scope.elements))
    rows = _worth_a_look(scope, everybody, grid, moment, rule, standing) if len(grid) else everybody[:0]
    if not len(rows):
        return [], []
    part = Standing(standing.pending[rows], standing.opened[rows])
    begun, ended = follow(grid, *truths(scope, rows, grid, moment), part, true_for(rule))
    standing.pending[rows], standing.opened[rows] = part.pending, part.opened
    return _renamed(begun, rows), _renamed(ended, rows)


def _renamed(episodes: Sequence[Episode], rows: Rows) -> list[Episode]:
    return [Episode(int(rows[one.row]), one.start, one.end) for one in episodes]


def _worth_a_look(scope: Scope, rows: Rows, grid: Times, moment: int, rule: EventRule, standing: Standing) -> Rows:
    """Where something is going on, or may begin. A condition that has to hold for k steps meets every (k+1)th time of
    the grid, so an element at which it does not hold at any of those, nor at the last one, has no episode."""
    apart = true_for(rule) // step_of(rule) + 1
    if apart < 3 or scope.end is not None:
        return rows
    places = np.unique(np.append(np.arange(apart - 1, len(grid), apart), len(grid) - 1))
    holds, _ = truths(scope, rows, grid[places], moment)
    going = (standing.pending != NEVER) | (standing.opened != NEVER)
    found: Rows = np.flatnonzero(going | (holds != 0).any(axis=1))
    return found
