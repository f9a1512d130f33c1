import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.core.kernels import at_times, filtered, recorded, recorded_at, recorded_at_times
from streaming.core.series import ANNOTATED, BAD, QUESTIONABLE, SUBSTITUTED, Series
from streaming.core.states import FILTERED, IO_TIMEOUT, NO_DATA

NOW = 1_000
MODES = ("Auto", "AtOrBefore", "Before", "AtOrAfter", "After", "Exact")
#: 10 -> 1, 20 -> 2, 30 bad, 40 -> 4, 50 -> 5
SERIES = Series.of([10, 20, 30, 40, 50], [1, 2, IO_TIMEOUT, 4, 5], [0, 0, BAD, 0, 0])


def value_at(time, series=SERIES, step=False, now=NOW):
    found = at_times(series, np.array([time]), step=step, now=now)
    return found.values[0], int(found.flags[0])


def times(series):
    return series.times.tolist()


@pytest.mark.parametrize(
    ("time", "line", "stairs"),
    [
        (9, (NO_DATA, BAD), (NO_DATA, BAD)),
        (10, (1, 0), (1, 0)),
        (15, (1.5, 0), (1, 0)),
        (25, (2, 0), (2, 0)),  # a bad event follows: held
        (30, (IO_TIMEOUT, BAD), (IO_TIMEOUT, BAD)),
        (39, (IO_TIMEOUT, BAD), (IO_TIMEOUT, BAD)),
        (42, (4.2, 0), (4, 0)),
        (50, (5, 0), (5, 0)),
        (NOW, (5, 0), (5, 0)),
        (NOW + 1, (NO_DATA, BAD), (NO_DATA, BAD)),
    ],
)
def test_a_value_is_interpolated_held_or_unknown(time, line, stairs):
    assert value_at(time) == line
    assert value_at(time, step=True) == stairs


def test_data_ahead_of_now_is_interpolated_and_not_held_beyond_its_end():
    assert value_at(45, now=0) == (4.5, 0)
    assert value_at(60, now=0) == (NO_DATA, BAD)


def test_a_last_event_ahead_of_now_is_still_found_at_its_time():
    assert value_at(50, now=45) == (5, 0)
    assert value_at(51, now=45) == (NO_DATA, BAD)


def test_of_events_at_one_time_the_last_inserted_is_the_value_there():
    twice = Series.of([10, 20, 20, 30], [1, 3, 7, 8])
    assert [value_at(time, twice)[0] for time in (15, 20, 25)] == [2, 7, 7.5]


def test_only_doubt_passes_from_events_to_interpolated_values():
    marked = Series.of([10, 20, 30], [1, 2, 3], [SUBSTITUTED | ANNOTATED, QUESTIONABLE, 0])
    assert [value_at(time, marked)[1] for time in (10, 15, 20, 25, 30)] == [
        0,
        QUESTIONABLE,
        QUESTIONABLE,
        QUESTIONABLE,
        0,
    ]


def test_objects_are_held_and_missing_ones_are_a_code():
    words = Series.of([10, 20], ["on", "off"])
    found = at_times(words, np.array([5, 15, 20]), step=False, now=NOW)
    assert found.values.tolist() == [NO_DATA, "on", "off"]


def test_an_empty_series_knows_nothing():
    found = at_times(Series.empty(), np.array([1, 2]), step=False, now=NOW)
    assert (found.values.tolist(), found.flags.tolist()) == ([NO_DATA] * 2, [BAD] * 2)


@pytest.mark.parametrize(
    ("mode", "at_20", "at_25", "at_5", "at_99"),
    [
        ("Auto", 1, 1, None, 4),
        ("AtOrBefore", 1, 1, None, 4),
        ("Before", 0, 1, None, 4),
        ("AtOrAfter", 1, 2, 0, None),
        ("After", 2, 2, 0, None),
        ("Exact", 1, None, None, None),
    ],
)
def test_each_retrieval_mode_picks_its_event(mode, at_20, at_25, at_5, at_99):
    assert [recorded_at(SERIES, time, mode) for time in (20, 25, 5, 99)] == [at_20, at_25, at_5, at_99]
    assert recorded_at_times(SERIES, np.array([20, 5]), mode).tolist() == [at_20, -1 if at_5 is None else at_5]
    assert recorded_at(Series.empty(), 20, mode) is None


def test_of_events_that_share_a_time_the_nearest_in_the_order_of_insertion_is_picked():
    twice = Series.of([10, 10, 20, 20], [1, 2, 3, 4])
    asked = [(10, "Exact"), (20, "Before"), (10, "AtOrAfter"), (10, "After"), (5, "AtOrAfter")]
    assert [recorded_at(twice, time, mode) for time, mode in asked] == [1, 1, 1, 2, 0]


@pytest.mark.parametrize(
    ("boundary", "start", "end", "expected"),
    [
        ("Inside", 10, 30, [10, 20, 30]),
        ("Inside", 11, 29, [20]),
        ("Inside", 30, 10, [30, 20, 10]),
        ("Inside", 60, 70, []),
        ("Outside", 10, 30, [10, 20, 30]),
        ("Outside", 11, 29, [10, 20, 30]),
        ("Outside", 5, 55, [10, 20, 30, 40, 50]),
        ("Outside", 12, 18, [10, 20]),
        ("Outside", 18, 12, [20, 10]),
        ("Outside", 60, 70, [50]),
        ("Outside", 1, 5, [10]),
        ("Interpolated", 10, 30, [10, 20, 30]),
        ("Interpolated", 12, 18, [12, 18]),
        ("Interpolated", 18, 12, [18, 12]),
        ("Interpolated", 15, 15, [15]),
        ("Interpolated", 5, 25, [10, 20, 25]),
        ("Interpolated", 45, NOW + 5, [45, 50]),
        ("Interpolated", 45, NOW, [45, 50, NOW]),
    ],
)
def test_boundaries_decide_what_stands_at_the_limits(boundary, start, end, expected):
    assert times(recorded(SERIES, start, end, boundary=boundary, now=NOW)) == expected


def test_interpolated_limits_follow_the_line_or_the_step():
    for step, values in ((False, [1.5, 2.0, 2.0]), (True, [1.0, 2.0, 2.0])):
        found = recorded(SERIES, 15, 25, boundary="Interpolated", step=step, now=NOW)
        assert found.values.tolist() == values


def test_the_count_is_cut_from_the_start_in_either_direction():
    assert times(recorded(SERIES, 10, 50, now=NOW, max_count=2)) == [10, 20]
    assert times(recorded(SERIES, 50, 10, now=NOW, max_count=2)) == [50, 40]
    assert times(recorded(SERIES, 45, 10, boundary="Interpolated", now=NOW, max_count=2)) == [45, 40]


def test_a_filter_judges_limits_too_and_the_count_comes_last():
    def above(limit):
        return lambda series: series.good & (series.values > limit)

    kept = recorded(SERIES, 15, 50, boundary="Interpolated", now=NOW, keep=above(1.8), max_count=2)
    assert times(kept) == [20, 40]
    both = recorded(SERIES, 15, 50, boundary="Interpolated", now=NOW, keep=above(1.8), include_filtered=True)
    assert list(zip(times(both), both.values.tolist(), strict=True)) == [
        (15, FILTERED), (20, 2), (30, FILTERED), (40, 4), (50, 5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mask", "plain", "traced"),
    [
        ("11111", "12345", "12345"),
        ("00000", "", "F"),
        ("01100", "23", "F23F"),
        ("10011", "145", "1F45"),
        ("01010", "24", "F2F4F"),
    ],
)
def test_every_run_of_filtered_events_leaves_one_trace(mask, plain, traced):
    series = Series.of(range(5), [1, 2, 3, 4, 5])
    keep = np.array([digit == "1" for digit in mask])

    def text(found):
        return "".join(
            "F" if flag == BAD else str(int(value)) for value, flag in zip(found.values, found.flags, strict=True)
        )

    assert text(filtered(series, keep, False)) == plain
    assert text(filtered(series, keep, True)) == traced


def test_filtering_changes_neither_the_source_nor_its_kind():
    words = Series.of([1, 2], ["a", "b"])
    assert filtered(words, np.array([False, True]), True).values.tolist() == [FILTERED, "b"]
    assert words.values.tolist() == ["a", "b"]


def slow_value(events, time, step, now):
    """(value, flags) by looking at one event after the other."""
    before = [event for event in events if event[0] <= time]
    after = [event for event in events if event[0] > time]
    if not before or (not after and time > now and time > before[-1][0]):
        return NO_DATA, BAD
    (start, low, flag), follower = before[-1], after[0] if after else None
    if follower is None or step or flag & BAD or follower[2] & BAD or start == time:
        return low, flag
    return low + (follower[1] - low) * (time - start) / (follower[0] - start), flag | follower[2]


events = st.lists(
    st.tuples(st.integers(0, 40), st.integers(-5, 5), st.sampled_from([0, 0, 0, BAD, QUESTIONABLE])), max_size=12
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


@settings(deadline=None, max_examples=150)
@given(events, st.booleans(), st.integers(0, 50))
def test_values_between_events_agree_with_a_slow_search(rows, step, now):
    series = Series.of(*([row[i] for row in rows] for i in range(3)))
    found = at_times(series, np.arange(-2, 55), step=step, now=now)
    for time, value, flag in zip(found.times.tolist(), found.values, found.flags, strict=True):
        expected, quality = slow_value(rows, time, step, now)
        assert (value, flag) == (pytest.approx(expected), quality)


@settings(deadline=None, max_examples=100)
@given(events, st.sampled_from(MODES), st.integers(-2, 45))
def test_picked_events_agree_with_a_slow_search(rows, mode, time):
    series = Series.of(*([row[i] for row in rows] for i in range(3)))
    tests = {
        "Auto": lambda t: t <= time, "AtOrBefore": lambda t: t <= time, "Before": lambda t: t < time,
        "AtOrAfter": lambda t: t >= time, "After": lambda t: t > time, "Exact": lambda t: t == time,
    }  # fmt: skip
    fitting = [row[0] for row in rows if tests[mode](row[0])]
    pick = None
    if fitting:
        moment = min(fitting) if mode.endswith("After") else max(fitting)
        nearest = min if moment > time else max
        pick = nearest(place for place, row in enumerate(rows) if row[0] == moment)
    assert recorded_at(series, time, mode) == pick
