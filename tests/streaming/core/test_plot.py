import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.core.plot import plot
from streaming.core.series import BAD, Series
from streaming.core.states import IO_TIMEOUT, NO_DATA

NOW = 1_000


def ramp(count):
    """A zigzag at the times 0, 1, 2 ...: 0 9 1 8 2 7 ..."""
    return Series.of(range(count), [i // 2 if i % 2 == 0 else 9 - i // 2 for i in range(count)])


def shown(series, start, end, intervals, **options):
    return plot(series, start, end, intervals, **({"step": False, "now": NOW} | options)).times.tolist()


def test_sparse_data_comes_whole_with_values_at_both_limits():
    found = plot(Series.of([0, 10, 20], [0, 10, 0]), 5, 25, 24, step=False, now=NOW)
    assert found.times.tolist() == [5, 10, 20, 25]
    assert found.values.tolist() == [5, 10, 0, 0]


def test_an_interval_shows_first_last_lowest_highest_and_first_bad():
    series = Series.of(
        range(12), [5, 6, 9, 9, 4, 1, IO_TIMEOUT, 1, IO_TIMEOUT, 3, 3, 5], [0] * 6 + [BAD, 0, BAD, 0, 0, 0]
    )
    assert shown(series, 0, 11, 1) == [0, 2, 5, 6, 11]


def test_each_interval_chooses_for_itself():
    assert shown(ramp(20), 0, 20, 2) == [0, 1, 9, 10, 18, 19, 20]


def test_empty_intervals_contribute_nothing():
    series = Series.of([0, *range(50, 70)], [1, *range(20)])
    assert shown(series, 0, 100, 4) == [0, 50, 69, 100]


def test_a_reversed_range_is_the_same_picture_backwards():
    assert shown(ramp(20), 20, 0, 2) == shown(ramp(20), 0, 20, 2)[::-1]


def test_nothing_is_drawn_after_now():
    assert shown(ramp(5), 0, 100, 24, now=50) == [0, 1, 2, 3, 4, 50]
    assert shown(ramp(5), 60, 100, 24, now=50) == []
    assert shown(ramp(5), 60, 100, 24, now=50, future=True) == []
    assert shown(ramp(5), 3, 100, 24, now=2, future=True) == [3, 4]
    assert shown(ramp(5), 3, 100, 24, now=50, future=True) == [3, 4, 50]


def test_before_the_first_event_the_picture_starts_with_no_data():
    found = plot(Series.of([10], [1]), 0, 20, 24, step=False, now=NOW)
    assert list(zip(found.times.tolist(), found.values.tolist(), strict=True)) == [(0, NO_DATA), (10, 1), (20, 1)]


def test_a_stepped_stream_is_held_at_the_limits():
    found = plot(Series.of([0, 10], [0, 10]), 5, 8, 24, step=True, now=NOW)
    assert found.values.tolist() == [0, 0]


def test_digital_streams_show_changes_not_extremes():
    series = Series.of(range(12), [2, 2, 2, 1, 3, 1, 0, 3, 2, 2, 2, 2])
    assert shown(series, 0, 11, 1, digital=True) == [0, 3, 11]
    assert shown(Series.of(range(6), list("aabbaa")), 0, 5, 1) == [0, 2, 5]


def test_numbers_that_are_none_are_exceptions_not_extremes():
    series = Series.of(range(7), [1, 2, float("inf"), float("nan"), 0, 3, 1])
    assert shown(series, 0, 6, 1) == [0, 2, 4, 5, 6]


def test_an_empty_range_of_one_moment_is_one_value():
    assert shown(ramp(5), 2, 2, 10) == [2]
    assert shown(Series.empty(), 2, 2, 10) == [2]


@settings(deadline=None, max_examples=120)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(-9, 9), st.booleans()), max_size=60),
    st.integers(1, 4),
    st.integers(0, 20),
    st.integers(21, 60),
)
def test_the_choice_agrees_with_a_slow_search(rows, intervals, low, high):
    rows = sorted(rows, key=lambda row: row[0])
    inside = [(place, *row) for place, row in enumerate(rows) if low <= row[0] <= high]
    chosen = {row[0] for row in inside}
    if len(inside) >= 5 * intervals:
        chosen = set()
        for number in range(intervals):
            left, right = (low * intervals + (high - low) * (number + step) for step in (0, 1))
            here = [
                r for r in inside if left <= r[1] * intervals and (r[1] * intervals < right or number == intervals - 1)
            ]
            good = [r for r in here if not r[3]]
            picks = here[:1] + here[-1:] + [r for r in here if r[3]][:1]
            picks += [min(good, key=lambda r: r[2]), max(good, key=lambda r: r[2])] if good else []
            chosen |= {r[0] for r in picks}
    series = Series.of(*([row[i] for row in rows] for i in range(2)), [BAD if row[2] else 0 for row in rows])
    expected = [rows[place][:2] for place in sorted(chosen)]
    found = plot(series, low, high, intervals, step=False, now=NOW)
    places = slice(low not in [row[1] for row in inside], len(found) - (high not in [row[1] for row in inside]))
    assert list(zip(*(column[places].tolist() for column in (found.times, found.values)), strict=True)) == expected
    assert len(found) <= 5 * intervals + 2


@pytest.mark.parametrize("intervals", [1, 7, 2_000])
def test_long_ranges_are_cut_without_overflow(intervals):
    century = 100 * 365 * 86_400 * 10_000_000
    series = Series(
        np.linspace(0, century, 20_000).astype(np.int64), np.zeros(20_000), np.zeros(20_000, dtype=np.uint8)
    )
    found = plot(series, 0, century, intervals, step=False, now=century)
    assert len(found) == 2 * intervals
    assert (np.diff(found.times) > 0).all()
