"""A rule that is switched on: what goes on has begun when it began, what is over has ended when it ended."""

from __future__ import annotations

import random

import numpy as np
import pytest

from events.models import EventFrame
from events.models.rules import EventRule, RuleFrame
from events.rules import evaluation, following, services, since
from events.rules.episodes import NEVER, Standing, follow
from events.rules.scope import scope_of

from .test_rules import BASE, SECOND, Plant, run, told
from .test_rules import plant as plant  # noqa: PLC0414 - the fixture


@pytest.mark.parametrize("ago", [61, 500, 9_000])
def test_what_goes_on_already_begins_when_it_began(plant: Plant, ago: int) -> None:
    plant.write(0, (-ago, 95.0))
    plant.write(1, (-ago - 50, 95.0), (-ago - 1, 10.0))  # is over already
    run(plant.rule(true_for_seconds=30), 0)
    assert told() == [("Unit_0", -ago, None)]
    plant.write(0, (40, 5.0))
    assert EventRule.objects.get().states.count() == 1
    run(EventRule.objects.get(), 60)
    assert told() == [("Unit_0", -ago, 40)]


def test_what_goes_on_for_longer_than_is_looked_back_begins_there(plant: Plant) -> None:
    plant.write(0, (-2_000_000, 95.0))
    plant.write(0, (-10_000, 95.0))  # instead of what stands there
    run(plant.rule(resolution_seconds=60), 0)
    [(unit, start, end)] = told()
    assert (unit, end) == ("Unit_0", None)
    assert -since.FURTHEST / SECOND - 120 <= start <= -since.FURTHEST / SECOND + 120


def test_with_an_end_condition_what_has_begun_goes_on_until_that_holds(plant: Plant) -> None:
    plant.write(0, (-5_000, 95.0), (-4_000, 70.0))  # between: neither start nor end
    plant.write(1, (-5_000, 95.0), (-4_000, 70.0), (-3_000, 40.0), (-2_000, 70.0))
    run(plant.rule(end_condition="'Level' < 50"), 0)
    assert told() == [("Unit_0", -5_000, None)]


def test_what_was_open_when_a_rule_was_switched_off_ends_when_it_was_over(plant: Plant) -> None:
    rule = plant.rule()
    run(rule, 0)
    plant.write(0, (10, 95.0))
    plant.write(1, (20, 95.0))
    run(rule, 60)
    services.update(EventRule.objects.get(), now=BASE + 60 * SECOND, enabled=False)
    plant.write(0, (100, 10.0), (200, 95.0), (300, 10.0), (500, 95.0))  # 200 to 300: nobody looked
    plant.write(1, (900, 95.5))
    services.update(EventRule.objects.get(), now=BASE + 1_000 * SECOND, enabled=True)
    outcome = run(rule, 1_000)
    assert (outcome.begun, outcome.ended) == (1, 1)
    assert told() == [("Unit_0", 10, 100), ("Unit_1", 20, None), ("Unit_0", 500, None)]
    assert RuleFrame.objects.filter(end=None).count() == 2


def test_switching_on_twice_makes_nothing_twice(plant: Plant) -> None:
    plant.write(0, (-500, 95.0))
    rule = plant.rule()
    run(rule, 0)
    for _ in range(2):
        EventRule.objects.update(until=None)
        assert run(rule, 60).begun == 0
    assert EventFrame.objects.count() == 1


@pytest.mark.parametrize("seed", range(6))
def test_elements_that_are_not_looked_at_closely_had_no_episode(plant: Plant, seed: int) -> None:
    """The same episodes as from all elements at all times, in whatever pieces."""
    chance = random.Random(seed)
    for unit in (0, 1):
        times = sorted(chance.sample(range(-1_000, 0), 60))
        plant.write(unit, *((at, chance.choice([10.0, 95.0, 97.0])) for at in times))
    rule = plant.rule(true_for_seconds=chance.choice([0, 1, 2, 5, 20, 60]), resolution_seconds=chance.choice([1, 3]))
    scope = scope_of(rule)
    step, length = following.step_of(rule), following.true_for(rule)
    start, end = BASE // step * step - 900 * SECOND, BASE
    expected = Standing.none(2)
    grid = np.arange(start, end + 1, step, dtype=np.int64)
    rows = np.arange(2)
    found, _ = follow(grid, *following.truths(scope, rows, grid, end), expected, length)
    standing, pieces, cut = Standing.none(2), {}, start
    while cut <= end:
        after = cut + chance.randrange(1, 200) * step
        piece = np.arange(cut, min(after, end + step), step, dtype=np.int64)
        for episodes in following.followed(scope, piece, end, rule, standing):
            pieces |= {(one.row, one.start): one for one in episodes}
        cut = after
    assert sorted(pieces) == sorted((one.row, one.start) for one in found)
    assert {one.end for one in pieces.values()} == {one.end for one in found}
    assert standing.opened.tolist() == expected.opened.tolist()
    assert [one for one in standing.pending if one != NEVER] == [one for one in expected.pending if one != NEVER]


@pytest.mark.parametrize("length", [2, 5, 9])
def test_the_shortest_episode_is_found_wherever_it_lies(plant: Plant, length: int) -> None:
    """One for each place of the samples, and as many that are a second too short."""
    expected = []
    for turn in range(2 * length + 2):
        begin = -1_000 + turn * (3 * (length + 1) + 1)
        short = turn % 2
        plant.write(turn % 2, (begin, 95.0), (begin + length + 1 - short, 10.0))
        if not short:
            expected.append(begin)
    rule = plant.rule(true_for_seconds=length)
    trial = evaluation.try_out(rule, BASE - 1_100 * SECOND, BASE, BASE)
    assert [(one["start"] - BASE) // SECOND for one in trial.episodes] == expected


def test_an_element_without_anything_is_looked_at_by_samples_only(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    original = following.truths

    def counting(scope: object, rows: np.ndarray, grid: np.ndarray, moment: int) -> object:
        seen.append((len(rows), len(grid)))
        return original(scope, rows, grid, moment)  # type: ignore[arg-type]

    monkeypatch.setattr(following, "truths", counting)
    plant.write(1, (-300, 95.0), (-100, 10.0))
    rule = plant.rule(true_for_seconds=59)
    trial = evaluation.try_out(rule, BASE - 599 * SECOND, BASE, BASE)
    assert seen == [(2, 10), (1, 600)]
    assert [one["element"] for one in trial.episodes] == ["Plant\\Unit_1"]
