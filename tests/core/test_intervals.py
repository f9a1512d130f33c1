from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piwebapi.core.errors import BadRequest
from piwebapi.core.times import Interval, format_ticks, from_datetime, grid, parse_interval, zone

BERLIN = zone("Europe/Berlin")
SECOND = 10_000_000
HOUR = 3600 * SECOND


def at(*parts):
    return from_datetime(datetime(*parts, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1h", Interval(ticks=HOUR)),
        ("10", Interval(ticks=10 * HOUR)),
        ("01:30:00", Interval(ticks=HOUR + HOUR // 2)),
        ("1:30", Interval(ticks=HOUR + HOUR // 2)),
        (":30", Interval(ticks=HOUR // 2)),
        ("::1.5", Interval(ticks=SECOND * 3 // 2)),
        ("0.5s", Interval(ticks=SECOND // 2)),
        ("500ms", Interval(ticks=SECOND // 2)),
        ("15000ms", Interval(ticks=15 * SECOND)),
        ("1.5h", Interval(ticks=HOUR * 3 // 2)),
        ("1h30m", Interval(ticks=HOUR + HOUR // 2)),
        ("2h-30m", Interval(ticks=HOUR + HOUR // 2)),
        ("1 MIN", Interval(ticks=60 * SECOND)),
        ("1d", Interval(days=1)),
        ("1.5d", Interval(days=1.5)),
        ("0.5d", Interval(ticks=12 * HOUR)),
        ("2 weeks", Interval(days=14)),
        ("1mo", Interval(months=1)),
        ("1y2mo3d4h", Interval(14, 3, 4 * HOUR)),
        ("0.0000001s", Interval(ticks=1)),
    ],
)
def test_an_interval_is_read(text, expected):
    assert parse_interval(text) == expected


@pytest.mark.parametrize(
    "text", ["x", "1.5mo", "0.5y", "1wd", "h", ":", "1:60", "1:00:60", "*-1h", "t", "1h,", "1.5:30", "1 2"]
)
def test_only_intervals_are_intervals(text):
    with pytest.raises(BadRequest, match="parameter 'sampleInterval' is not a valid time interval"):
        parse_interval(text, name="sampleInterval")


@pytest.mark.parametrize("text", ["0", "0s", "", None, "-1h", "1h-60m", "1mo-1d", "-01:00"])
def test_an_interval_must_be_positive(text):
    with pytest.raises(BadRequest, match="parameter 'interval' must be a positive"):
        parse_interval(text)


def test_no_length_at_all_can_be_allowed():
    assert not parse_interval("", allow_zero=True)
    assert not parse_interval("0s", allow_zero=True)
    with pytest.raises(BadRequest):
        parse_interval("-1s", allow_zero=True)


def test_hours_are_fixed_and_days_are_not():
    assert parse_interval("36h").fixed
    assert not parse_interval("1d").fixed


def test_months_go_before_days_and_days_before_hours():
    start = at(2024, 1, 31, 12)
    assert format_ticks(Interval(1, 1, HOUR).add(start, UTC)) == "2024-03-01T13:00:00Z"


def test_several_months_are_counted_at_once_so_that_the_31st_comes_back():
    start = at(2024, 1, 31)
    assert [format_ticks(Interval(months=1).add(start, UTC, n))[:10] for n in (1, 2, -2)] == [
        "2024-02-29",
        "2024-03-31",
        "2023-11-30",
    ]


def test_an_interval_out_of_the_calendar_is_refused():
    for interval in (Interval(months=99999), Interval(days=1e9), Interval(ticks=10**19)):
        with pytest.raises(BadRequest, match="years 1 to 9999"):
            interval.add(0, BERLIN)


def test_a_grid_includes_an_end_that_falls_on_a_step():
    assert grid(0, 3 * HOUR, Interval(ticks=HOUR), UTC, limit=4).tolist() == [0, HOUR, 2 * HOUR, 3 * HOUR]
    assert grid(0, 3 * HOUR - 1, Interval(ticks=HOUR), UTC, limit=4).tolist() == [0, HOUR, 2 * HOUR]


def test_a_grid_runs_backwards_when_the_end_comes_first():
    assert grid(3 * HOUR, 0, Interval(ticks=2 * HOUR), UTC, limit=4).tolist() == [3 * HOUR, HOUR]
    assert [format_ticks(t)[:10] for t in grid(at(2024, 3, 31), at(2024, 1, 1), Interval(months=1), UTC, limit=9)] == [
        "2024-03-31",
        "2024-02-29",
        "2024-01-31",
    ]


def test_a_grid_of_days_keeps_to_local_midnight_over_the_change_of_the_clock():
    times = grid(at(2024, 10, 25, 22), at(2024, 10, 28, 23), Interval(days=1), BERLIN, limit=9)
    assert [format_ticks(t)[5:16] for t in times] == [
        "10-25T22:00",
        "10-26T22:00",
        "10-27T23:00",
        "10-28T23:00",
    ]


def test_a_grid_of_one_moment_has_one_time():
    assert grid(5, 5, Interval(days=1), BERLIN, limit=1).tolist() == [5]
    assert grid(5, 9, Interval(ticks=10**20), BERLIN, limit=1).tolist() == [5]


def test_a_grid_ends_with_the_calendar():
    assert len(grid(at(9999, 12, 30), at(9999, 12, 31, 23), Interval(days=1), UTC, limit=9)) == 2


@pytest.mark.parametrize("step", [Interval(ticks=1), Interval(days=1), Interval(months=1)])
def test_too_many_times_are_refused_with_the_words_that_clients_match(step):
    with pytest.raises(BadRequest, match=r"interval.* is greater than the maximum allowed \(10\)"):
        grid(0, at(2024, 1, 1), step, BERLIN, limit=10)


@given(
    st.integers(0, at(2030, 1, 1)),
    st.integers(1, 3000),
    st.sampled_from(["7d", "1d", "1.02d", "0.02d", "1mo", "1d1h"]),
)
def test_a_grid_never_stands_still(start, days, text):
    step = parse_interval(text)
    times = grid(start, start + days * 24 * HOUR // 50, step, BERLIN, limit=10_000)
    assert times[0] == start
    assert (times[1:] > times[:-1]).all()
