"""When a condition begins and ends, checked against a walk over one element at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rules.episodes import NEVER, Episode, Standing, follow


def rows(*texts: str) -> np.ndarray:
    """``1`` holds, ``0`` does not, ``?`` cannot be known."""
    return np.array([[{"1": 1, "0": 0, "?": -1}[letter] for letter in text] for text in texts], np.int8)


def whole(holds: str, over: str | None = None, true_for: int = 0) -> list[tuple[int, int | None]]:
    times = np.arange(len(holds), dtype=np.int64)
    begun, _ = follow(times, rows(holds), rows(over) if over else None, Standing.none(1), true_for)
    return sorted((one.start, one.end) for one in begun)


@pytest.mark.parametrize(
    ("holds", "true_for", "expected"),
    [
        ("0011100", 0, [(2, 5)]),
        ("0011111", 0, [(2, None)]),
        ("1010", 0, [(0, 1), (2, 3)]),
        ("0110111100", 3, [(4, 8)]),  # the first holds for one tick only
        ("0111", 2, [(1, None)]),
        ("011", 2, []),
        ("01?110", 0, [(1, 5)]),  # what cannot be known ends nothing
        ("0???1", 0, [(4, None)]),
        ("01?10", 2, [(1, 4)]),
        ("", 0, []),
    ],
)
def test_an_episode_lasts_while_the_condition_holds(
    holds: str, true_for: int, expected: list[tuple[int, int | None]]
) -> None:
    assert whole(holds, true_for=true_for) == expected


def test_with_an_end_condition_it_lasts_until_that_holds() -> None:
    assert whole("0100000100", over="0000010001") == [(1, 5), (7, 9)]


def walked(holds: list[int], over: list[int] | None, true_for: int) -> list[tuple[int, int | None]]:
    """The same rules, for one element, moment by moment."""
    found: list[tuple[int, int | None]] = []
    pending: int | None = None
    opened: int | None = None
    for moment, value in enumerate(holds):
        if opened is not None:
            if (over[moment] == 1) if over else (value == 0):
                found.append((opened, moment))
                opened = pending = None
            continue
        if value == 1:
            pending = moment if pending is None else pending
            if moment - pending >= true_for:
                opened = pending
        elif value == 0:
            pending = None
    return [*found, *([(opened, None)] if opened is not None else [])]


TRUTHS = st.lists(st.sampled_from([0, 0, 1, 1, -1]), min_size=1, max_size=60)


@given(st.lists(TRUTHS, min_size=1, max_size=4), st.integers(0, 4), st.booleans(), st.data())
def test_any_cut_into_windows_gives_the_episodes_of_a_walk(
    truths: list[list[int]], true_for: int, with_end: bool, data: st.DataObject
) -> None:
    length = min(len(row) for row in truths)
    holds = np.array([row[:length] for row in truths], np.int8)
    over = holds[:, ::-1].copy() if with_end else None
    times = np.arange(length, dtype=np.int64)
    cuts = sorted(data.draw(st.sets(st.integers(1, length))) | {0, length})
    standing, found = Standing.none(len(truths)), {}
    for low, high in zip(cuts, cuts[1:], strict=False):
        begun, ended = follow(
            times[low:high], holds[:, low:high], None if over is None else over[:, low:high], standing, true_for
        )
        for one in (*begun, *ended):
            found[one.row, one.start] = one.end
    expected = {
        (row, start): end
        for row in range(len(truths))
        for start, end in walked(holds[row].tolist(), None if over is None else over[row].tolist(), true_for)
    }
    assert found == expected


def test_an_episode_that_went_on_is_told_when_it_is_over() -> None:
    standing = Standing(np.array([3, NEVER]), np.array([3, NEVER]))
    begun, ended = follow(np.array([10, 11]), rows("10", "00"), None, standing, 0)
    assert (begun, ended) == ([], [Episode(0, 3, 11)])
