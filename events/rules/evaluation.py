"""Rules over time: what is due, a past range, or a trial that writes nothing.

Times are ticks on the grid of the rule's resolution, so that a window that is evaluated twice, or in other pieces,
gives the same event frames.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
from django.db import transaction

from events import turns
from events.models.rules import EventRule, RuleBackfill, RuleFrame
from events.rules import frames
from events.rules.episodes import NEVER, Episode, Standing, moment_of
from events.rules.following import followed, grids, step_of
from events.rules.scope import Scope, scope_of
from events.rules.since import remember, resume
from piwebapi.core.errors import ApiError, BadRequest
from piwebapi.core.times import TICKS_PER_SECOND, from_datetime
from streaming.core.series import Times

#: a rule that is switched on makes the frames of the last minute, and those of what goes on then
FIRST_SECONDS = 60
MOST_TOLD = 200
MOST_TRIED = 20_000_000


@dataclass
class Outcome:
    """How many event frames a run began and ended, or a trial would have; `error` instead, where a condition fails."""

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
        done = turns.alone(f"rule {rule.pk}", now, partial(evaluate, rule, now, seconds=seconds))
        if done is not None:
            outcomes.append(done)
    return outcomes


def evaluate(
    rule: EventRule, now: datetime, keep: Callable[[], None] = lambda: None, *, seconds: float | None = None
) -> Outcome:
    """One run: from where the rule stands up to `now`, less its delay, in pieces of one transaction each. `keep` is
    called before each piece and may raise; after `seconds` no further piece is begun. What is wrong with the rule is
    told in the outcome and kept with it."""
    began = time.monotonic()
    outcome = Outcome(rule.name)
    rule.refresh_from_db(fields=["until"])
    moment = from_datetime(now)
    step = step_of(rule)
    upto = (moment - rule.delay_seconds * TICKS_PER_SECOND) // step * step
    try:
        scope = scope_of(rule)
        outcome.elements = len(scope.elements)
        if rule.until is None:
            first = (upto - FIRST_SECONDS * TICKS_PER_SECOND) // step * step
            outcome.begun, outcome.ended = resume(rule, scope, first, moment)
        for grid in grids(rule.until, upto, step, outcome.elements):
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


def _step(rule: EventRule, scope: Scope, grid: Times, moment: int, outcome: Outcome) -> None:
    """Frames, states and mark of one piece are one transaction."""
    states = {state.element_id: state for state in rule.states.all()}
    standing = Standing.none(len(scope.elements))
    for row, element in enumerate(scope.elements):
        if state := states.get(element.pk):
            standing.pending[row] = NEVER if state.pending is None else state.pending
            standing.opened[row] = NEVER if state.opened is None else state.opened
    begun, ended = followed(scope, grid, moment, rule, standing)
    with transaction.atomic():
        outcome.begun += frames.begin(rule, scope.elements, begun, moment)
        outcome.ended += frames.end(rule, scope.elements, ended, moment)
        remember(rule, scope, standing, states)
        rule.until = int(grid[-1])
        EventRule.objects.filter(pk=rule.pk).update(until=rule.until)


def episodes_between(rule: EventRule, scope: Scope, start: int, end: int, now: int) -> list[Episode]:
    """What the rule would make of the values from `start` to `end`, ordered by time. What goes on at the start begins
    there, what goes on at the end has none."""
    standing = Standing.none(len(scope.elements))
    found: dict[tuple[int, int], Episode] = {}
    for grid in grids(start - 1, min(end, now), step_of(rule), len(scope.elements)):
        for episodes in followed(scope, grid, now, rule, standing):
            found |= {(one.start, one.row): one for one in episodes}
    return [found[key] for key in sorted(found)]


def try_out(rule: EventRule, start: int, end: int, now: int) -> Outcome:
    """What the rule would have made between two times. Writes nothing; the rule need not be saved."""
    if end <= start:
        raise BadRequest("The end of the trial must be after its start.")
    began = time.monotonic()
    scope = scope_of(rule)
    if (min(end, now) - start) // step_of(rule) * max(len(scope.elements), 1) > MOST_TRIED:
        raise BadRequest(f"The number of values of this trial is greater than the maximum allowed ({MOST_TRIED}).")
    outcome = Outcome(rule.name, len(scope.elements))
    found = episodes_between(rule, scope, start, end, now)
    outcome.begun = len(found)
    outcome.ended = sum(one.end is not None for one in found)
    outcome.is_cut = len(found) > MOST_TOLD
    outcome.episodes = [
        {"element": scope.elements[one.row].path, "start": one.start, "end": one.end} for one in found[:MOST_TOLD]
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
        for grid in grids(backfill.done_until, backfill.end, step_of(rule), len(scope.elements)):
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
    begun, ended = followed(scope, grid, moment, rule, standing)
    whole = [one for one in (*begun, *ended) if one.end is not None]
    with transaction.atomic():
        backfill.frames += frames.begin(rule, scope.elements, _without_frames(rule, scope, whole), moment)
        backfill.done_until = int(grid[-1])
        going = np.flatnonzero((standing.pending != NEVER) | (standing.opened != NEVER)).tolist()
        backfill.going_on = {
            str(scope.elements[row].pk): [moment_of(standing.pending[row]), moment_of(standing.opened[row])]
            for row in going
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
