"""Rules over time: what is due, a past range, or a trial that writes nothing.

Times are ticks on the grid of the rule's resolution, so that a window that is evaluated twice, or in other pieces,
gives the same event frames.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from events import turns
from events.models.rules import EventRule, RuleBackfill, RuleFrame, RuleState
from events.rules import frames
from events.rules.episodes import NEVER, Episode, Standing, follow
from events.rules.fleet import Fleet
from events.rules.scope import Scope, scope_of
from piwebapi.core.errors import ApiError, BadRequest
from piwebapi.core.times import TICKS_PER_SECOND, from_datetime
from streaming.core.series import Times

#: values that a step of the evaluation holds at once
CELLS = 500_000
#: how far a new rule looks back
FIRST_SECONDS = 60
MOST_TOLD = 200
MOST_TRIED = 20_000_000


@dataclass
class Outcome:
    rule: str
    elements: int = 0
    begun: int = 0
    ended: int = 0
    seconds: float = 0.0
    error: str = ""
    #: of a trial
    episodes: list[dict[str, Any]] = field(default_factory=list)
    is_cut: bool = False


def evaluate_due(now: datetime, *, seconds: float | None = None) -> list[Outcome]:
    """Every rule that is switched on, up to now less its delay. A fault of one is told in it and holds up no other."""
    rules = EventRule.objects.filter(enabled=True).select_related("database__server", "frame_template")
    outcomes = []
    for rule in rules:
        done = turns.alone(f"rule {rule.pk}", now, lambda keep, rule=rule: evaluate(rule, now, keep, seconds=seconds))
        if done is not None:
            outcomes.append(done)
    return outcomes


def evaluate(
    rule: EventRule, now: datetime, keep: Callable[[], None] = lambda: None, *, seconds: float | None = None
) -> Outcome:
    began = time.monotonic()
    outcome = Outcome(rule.name)
    rule.refresh_from_db(fields=["until"])
    moment = from_datetime(now)
    step = max(rule.resolution_seconds, 1) * TICKS_PER_SECOND
    upto = (moment - rule.delay_seconds * TICKS_PER_SECOND) // step * step
    since = upto - FIRST_SECONDS * TICKS_PER_SECOND if rule.until is None else rule.until
    try:
        scope = scope_of(rule)
        outcome.elements = len(scope.elements)
        for grid in _grids(since, upto, step, outcome.elements):
            keep()
            _step(rule, scope, grid, moment, outcome)
            if seconds is not None and time.monotonic() - began > seconds:
                break
    except ApiError as error:
        outcome.error = " ".join(error.messages)
    outcome.seconds = round(time.monotonic() - began, 3)
    values = {"evaluated": now, "seconds": outcome.seconds, "elements": outcome.elements, "error": outcome.error}
    EventRule.objects.filter(pk=rule.pk).update(**values)
    return outcome


def _grids(since: int, upto: int, step: int, elements: int) -> Iterator[Times]:
    """Times after `since` up to `upto`, in pieces that fit the memory."""
    piece = max(CELLS // max(elements, 1), 60)
    first = (since // step + 1) * step
    while first <= upto:
        last = min(first + (piece - 1) * step, upto)
        yield np.arange(first, last + 1, step, dtype=np.int64)
        first = last + step


def _followed(
    scope: Scope, grid: Times, moment: int, rule: EventRule, standing: Standing
) -> tuple[list[Episode], list[Episode]]:
    if not scope.elements:
        return [], []
    fleet = Fleet(scope.columns, len(scope.elements), grid, timezone.get_default_timezone(), moment)
    holds = fleet.truth(scope.start)
    over = fleet.truth(scope.end) if scope.end else None
    return follow(grid, holds, over, standing, round(rule.true_for_seconds * TICKS_PER_SECOND))


def _step(rule: EventRule, scope: Scope, grid: Times, moment: int, outcome: Outcome) -> None:
    """Frames, states and mark of one piece are one transaction."""
    states = {state.element_id: state for state in rule.states.all()}
    standing = Standing.none(len(scope.elements))
    for row, element in enumerate(scope.elements):
        if state := states.get(element.pk):
            standing.pending[row] = NEVER if state.pending is None else state.pending
            standing.opened[row] = NEVER if state.opened is None else state.opened
    begun, ended = _followed(scope, grid, moment, rule, standing)
    with transaction.atomic():
        outcome.begun += frames.begin(rule, scope.elements, begun, moment)
        outcome.ended += frames.end(rule, scope.elements, ended, moment)
        _remember(rule, scope, standing, states)
        rule.until = int(grid[-1])
        EventRule.objects.filter(pk=rule.pk).update(until=rule.until)


def _remember(rule: EventRule, scope: Scope, standing: Standing, states: dict[Any, RuleState]) -> None:
    going = np.flatnonzero((standing.pending != NEVER) | (standing.opened != NEVER)).tolist()
    wanted = {scope.elements[row].pk: (_time(standing.pending[row]), _time(standing.opened[row])) for row in going}
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


def _time(value: Any) -> int | None:
    return None if value == NEVER else int(value)


def try_out(rule: EventRule, start: int, end: int, now: int) -> Outcome:
    """What the rule would have made between two times. Writes nothing; the rule need not be saved."""
    if end <= start:
        raise BadRequest("The end of the trial must be after its start.")
    began = time.monotonic()
    scope = scope_of(rule)
    step = max(rule.resolution_seconds, 1) * TICKS_PER_SECOND
    if (min(end, now) - start) // step * max(len(scope.elements), 1) > MOST_TRIED:
        raise BadRequest(f"The number of values of this trial is greater than the maximum allowed ({MOST_TRIED}).")
    outcome = Outcome(rule.name, len(scope.elements))
    standing = Standing.none(len(scope.elements))
    found: dict[tuple[int, int], int | None] = {}
    for grid in _grids(start - 1, min(end, now), step, len(scope.elements)):
        for episodes in _followed(scope, grid, now, rule, standing):
            found |= {(one.row, one.start): one.end for one in episodes}
    outcome.begun = len(found)
    outcome.ended = sum(finish is not None for finish in found.values())
    outcome.is_cut = len(found) > MOST_TOLD
    first = sorted(found.items(), key=lambda item: (item[0][1], item[0][0]))[:MOST_TOLD]
    outcome.episodes = [
        {"element": scope.elements[row].path, "start": begin, "end": finish} for (row, begin), finish in first
    ]
    outcome.seconds = round(time.monotonic() - began, 3)
    return outcome


def advance(backfill: RuleBackfill, now: datetime, *, seconds: float | None = None) -> RuleBackfill:
    """A past range, piece by piece. Episodes that go on at its end are not made, nor those that overlap frames which
    the rule has made already for the element."""
    began = time.monotonic()
    rule = backfill.rule
    RuleBackfill.objects.filter(pk=backfill.pk, state="waiting").update(state="running")
    backfill.refresh_from_db()
    try:
        scope = scope_of(rule)
        step = max(rule.resolution_seconds, 1) * TICKS_PER_SECOND
        for grid in _grids(backfill.done_until, backfill.end, step, len(scope.elements)):
            if seconds is not None and time.monotonic() - began > seconds:
                return backfill
            backfill.refresh_from_db(fields=["state"])
            if backfill.state != "running":
                return backfill
            _past(backfill, scope, grid, from_datetime(now))
        backfill.state = "done"
    except ApiError as error:
        backfill.state, backfill.error = "failed", " ".join(error.messages)
    backfill.save(update_fields=["state", "error"])
    return backfill


def _past(backfill: RuleBackfill, scope: Scope, grid: Times, moment: int) -> None:
    rule = backfill.rule
    standing = Standing.none(len(scope.elements))
    for row, element in enumerate(scope.elements):
        pending, opened = backfill.going_on.get(str(element.pk), (None, None))
        standing.pending[row] = NEVER if pending is None else pending
        standing.opened[row] = NEVER if opened is None else opened
    begun, ended = _followed(scope, grid, moment, rule, standing)
    whole = [one for one in (*begun, *ended) if one.end is not None]
    with transaction.atomic():
        backfill.frames += frames.begin(rule, scope.elements, _without_frames(rule, scope, whole), moment)
        backfill.done_until = int(grid[-1])
        going = np.flatnonzero((standing.pending != NEVER) | (standing.opened != NEVER)).tolist()
        backfill.going_on = {
            str(scope.elements[row].pk): [_time(standing.pending[row]), _time(standing.opened[row])] for row in going
        }
        backfill.save(update_fields=["frames", "done_until", "going_on"])


def _without_frames(rule: EventRule, scope: Scope, episodes: Sequence[Episode]) -> list[Episode]:
    if not episodes:
        return []
    elements = {scope.elements[one.row].pk for one in episodes}
    low, high = min(one.start for one in episodes), max(one.end or one.start for one in episodes)
    known: dict[Any, list[tuple[int, int]]] = {}
    for link in RuleFrame.objects.filter(rule=rule, element__in=elements, start__lte=high):
        finish = high + 1 if link.end is None else link.end
        if finish >= low:
            known.setdefault(link.element_id, []).append((link.start, finish))
    return [
        one
        for one in episodes
        if not any(
            start <= (one.end or one.start) and finish >= one.start
            for start, finish in known.get(scope.elements[one.row].pk, ())
        )
    ]


def request_backfill(rule: EventRule, start: int, end: int, now: datetime) -> RuleBackfill:
    if end <= start:
        raise BadRequest("The end of a backfill must be after its start.")
    end = min(end, from_datetime(now - timedelta(seconds=rule.delay_seconds)))
    return RuleBackfill.objects.create(rule=rule, start=start, end=end, done_until=start - 1)
