"""Since when: a rule that is switched on finds what goes on already, with the time at which it began.

It looks back from the moment at which the evaluation begins, further and further, until each element had nothing
going on. What the rule had open when it was switched off ends when it was over.
"""

from __future__ import annotations

import numpy as np
from django.db import transaction

from events.models.rules import EventRule, RuleState
from events.rules import frames
from events.rules.episodes import NEVER, Episode, Standing, Truth, follow, moment_of
from events.rules.following import Rows, grids, step_of, true_for, truths
from events.rules.scope import Scope
from piwebapi.core.times import TICKS_PER_DAY, TICKS_PER_SECOND

FIRST = 600 * TICKS_PER_SECOND
FURTHEST = 7 * TICKS_PER_DAY
#: values that are looked at in all, and to follow what was open
MOST = 5_000_000


@transaction.atomic
def resume(rule: EventRule, scope: Scope, since: int, moment: int) -> tuple[int, int]:
    """Frames, states and mark as though the rule had been on before `since`. How many frames began and ended."""
    states = {state.element_id: state for state in rule.states.all()}
    standing = Standing.none(len(scope.elements))
    for row, element in enumerate(scope.elements):
        state = states.get(element.pk)
        if state is not None and state.opened is not None:
            standing.opened[row] = standing.pending[row] = state.opened
    ended = _ended(rule, scope, standing, since, moment)
    rows = np.flatnonzero(standing.opened == NEVER)
    _look_back(rule, scope, rows, standing, since, moment)
    fresh = [Episode(int(row), int(standing.opened[row])) for row in rows if standing.opened[row] != NEVER]
    done = frames.begin(rule, scope.elements, fresh, moment), frames.end(rule, scope.elements, ended, moment)
    remember(rule, scope, standing, states)
    rule.until = since
    EventRule.objects.filter(pk=rule.pk).update(until=since)
    return done


def _ended(rule: EventRule, scope: Scope, standing: Standing, since: int, moment: int) -> list[Episode]:
    """What was open and is over; `standing` forgets it."""
    found: list[Episode] = []
    rows = np.flatnonzero(standing.opened != NEVER)
    if not len(rows):
        return found
    oldest = max(int(standing.opened[rows].min()), since - MOST // len(rows) * step_of(rule))
    for grid in grids(oldest, since, step_of(rule), len(rows)):
        part = Standing(standing.pending[rows], standing.opened[rows])
        holds, over_now = truths(scope, rows, grid, moment)
        before = grid[None, :] <= part.opened[:, None]  # others were open earlier
        holds[before] = 1
        if over_now is not None:
            over_now[before] = 0
        _, ended = follow(grid, holds, over_now, part, true_for(rule))
        over = {int(rows[one.row]): one for one in ended}
        found += [Episode(row, one.start, one.end) for row, one in over.items()]
        standing.opened[list(over)] = standing.pending[list(over)] = NEVER
        rows = np.array([row for row in rows if int(row) not in over], np.intp)
        if not len(rows):
            break
    return found


def _look_back(rule: EventRule, scope: Scope, rows: Rows, standing: Standing, since: int, moment: int) -> None:
    """Sets what stands at `since`. Each turn looks as far back again as all before together."""
    step, upper, length = step_of(rule), since, max(FIRST, 2 * true_for(rule))
    now = np.array([since], np.int64)
    rows = rows[~_at_rest(*truths(scope, rows, now, moment))[:, 0]] if len(rows) else rows
    pieces: list[tuple[Rows, np.ndarray, Truth, Truth | None]] = []
    seen = 0
    while len(rows):
        lower = max(upper - length // step * step, since - FURTHEST)
        grid = np.arange(lower + step, upper + 1, step, dtype=np.int64)
        seen += len(rows) * len(grid)
        holds, over = truths(scope, rows, grid, moment)
        pieces.append((rows, grid, holds, over))
        at_rest = _at_rest(holds, over).any(axis=1)
        is_last = seen * 3 > MOST or lower <= since - FURTHEST
        done = rows if is_last else rows[at_rest]
        _follow_pieces(pieces, done, standing, true_for(rule))
        rows, upper, length = rows[~at_rest] if not is_last else rows[:0], lower, 2 * length


def _at_rest(holds: Truth, over: Truth | None) -> np.ndarray:
    """Where certainly nothing goes on, whatever was before."""
    at_rest: np.ndarray = holds == 0
    return at_rest if over is None else at_rest & (over == 1)


def _follow_pieces(
    pieces: list[tuple[Rows, np.ndarray, Truth, Truth | None]], rows: Rows, standing: Standing, length: int
) -> None:
    part = Standing.none(len(rows))
    for known, grid, holds, over in reversed(pieces):
        places = np.searchsorted(known, rows)
        follow(grid, holds[places], None if over is None else over[places], part, length)
    standing.pending[rows], standing.opened[rows] = part.pending, part.opened


def remember(rule: EventRule, scope: Scope, standing: Standing, states: dict[object, RuleState]) -> None:
    """Stores what is pending and what goes on at the elements; only rows that differ are written."""
    going = np.flatnonzero((standing.pending != NEVER) | (standing.opened != NEVER)).tolist()
    wanted = {
        scope.elements[row].pk: (moment_of(standing.pending[row]), moment_of(standing.opened[row])) for row in going
    }
    present = {pk: (state.pending, state.opened) for pk, state in states.items()}
    if wanted == present:
        return
    rule.states.filter(element__in=[pk for pk in present if wanted.get(pk) != present[pk]]).delete()
    RuleState.objects.bulk_create(
        [
            RuleState(rule=rule, element_id=pk, pending=pending, opened=opened)
            for pk, (pending, opened) in wanted.items()
            if present.get(pk) != (pending, opened)
        ],
        batch_size=500,
    )
