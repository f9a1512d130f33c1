"""The swinging door."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.core.compression import Door, Limits, compress

from .plain_compression import plainly_compressed

FAR = 10**15
signals = st.lists(st.tuples(st.integers(1, 1000), st.floats(-100, 100)), min_size=1, max_size=60)


def events_of(steps):
    """Distances in time and values, as ascending events."""
    time, events = 0, []
    for distance, value in steps:
        time += distance
        events.append((time, value))
    return events


def archived(events, limits, parts=1):
    """One event after the other or in parts, as they may come in."""
    kept, door = [], None
    size = -(-len(events) // parts)
    for start in range(0, len(events), size):
        outcome = compress(door, kept[-1] if kept else None, events[start : start + size], limits)
        if outcome.drops_newest:
            kept.pop()
        kept += outcome.kept
        door = outcome.door
    return kept


def test_of_a_straight_line_the_ends_are_kept() -> None:
    line = [(10 * n, 2.0 * n) for n in range(50)]
    assert archived(line, Limits(0.1, 0, FAR)) == [line[0], line[-1]]


def test_a_step_is_kept_with_the_event_before_it() -> None:
    events = [(n, 0.0 if n < 10 else 5.0) for n in range(20)]
    assert archived(events, Limits(0.5, 0, FAR)) == [(0, 0.0), (9, 0.0), (10, 5.0), (19, 5.0)]


def test_no_event_is_further_than_the_greatest_distance_from_the_one_before() -> None:
    flat = [(n, 1.0) for n in range(101)]
    assert archived(flat, Limits(1.0, 0, 25)) == [(n, 1.0) for n in (0, 25, 50, 75, 100)]


def test_events_within_the_least_distance_are_left_out() -> None:
    wild = [(n, float(n % 2 * 100)) for n in range(11)]
    assert archived(wild, Limits(0.0, 100, FAR)) == [wild[0], wild[-1]]


def test_the_door_closes_with_every_event() -> None:
    door = Door.of((0, 0.0), (10, 10.0), 5.0)
    assert (door.low, door.high) == (0.5, 1.5)
    assert door.narrowed((20, 30.0), 5.0) == Door(0, 0.0, 1.25, 1.5)


@given(steps=signals, deviation=st.floats(0, 50), parts=st.integers(1, 5))
def test_what_is_left_out_lies_within_the_deviation_of_the_line(steps, deviation, parts) -> None:
    events = events_of(steps)
    kept = archived(events, Limits(deviation, 0, FAR), parts)
    assert kept[0] == events[0]
    assert kept[-1] == events[-1]
    for time, value in events:
        after = next(place for place, event in enumerate(kept) if event[0] >= time)
        end = kept[after]
        start = kept[max(after - 1, 0)]
        line = end[1] if end[0] == time else start[1] + (end[1] - start[1]) * (time - start[0]) / (end[0] - start[0])
        assert abs(line - value) <= deviation + 1e-6


@given(steps=signals, deviation=st.floats(0, 50), parts=st.integers(1, 5))
def test_it_does_not_matter_in_how_many_writes_the_events_come(steps, deviation, parts) -> None:
    events = events_of(steps)
    limits = Limits(deviation, 0, FAR)
    assert archived(events, limits, parts) == archived(events, limits)


def random_walk(seed: int, count: int = 2_000) -> list[tuple[int, float]]:
    random = np.random.default_rng(seed)
    times = np.cumsum(random.integers(1, 20, count)).tolist()
    return list(zip(times, np.cumsum(random.normal(size=count)).tolist(), strict=True))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("step", [False, True])
@pytest.mark.parametrize("limits", [(1.0, 0, FAR), (0.0, 0, FAR), (2.5, 0, 100), (0.5, 60, FAR), (1.5, 30, 200)])
@pytest.mark.parametrize("parts", [1, 2_000])
def test_random_walks_are_compressed_as_the_published_rules_say(seed, step, limits, parts) -> None:
    walk = random_walk(seed)
    kept = archived(walk, Limits(*limits, step), parts)
    assert kept == plainly_compressed(walk, *limits, step)
    assert len(kept) < len(walk) or limits == (0.0, 0, FAR)


@given(steps=signals, deviation=st.floats(0, 50))
def test_a_signal_of_steps_is_never_further_away_than_the_deviation(steps, deviation) -> None:
    events = events_of(steps)
    kept = archived(events, Limits(deviation, 0, FAR, step=True))
    for time, value in events:
        before = [event for event in kept if event[0] <= time][-1]
        assert abs(before[1] - value) <= deviation


def test_archived_events_are_the_least_distance_apart() -> None:
    """Which of them decides is the one that would be archived, not the one that follows it."""
    wild = [(n, float(n % 2 * 100)) for n in range(0, 101, 3)]
    kept = archived(wild, Limits(0.0, 10, FAR))
    assert [time for time, _ in kept] == [0, 12, 24, 36, 48, 60, 72, 84, 96, 99]
