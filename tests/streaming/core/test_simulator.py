import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.core.series import DAY, QUESTIONABLE, SECOND, SUBSTITUTED
from streaming.core.simulator import (
    Signal,
    SignalTable,
    numbers,
    read,
    read_around,
    read_many,
    signal_key,
    snapshot,
    times_between,
)
from tests.streaming.core.plain_signals import plain_process

NOW = 1_763_000_000 * SECOND + 4_321  # between two seconds
BEGIN = NOW - 365 * DAY
TEMPERATURE = Signal("process", signal_key(1, "Loy_Yang_A_Unit001_Temperature_PV"), 20, 100, 2)
FLOW = Signal("process", signal_key(1, "Loy_Yang_A_Unit001_Flow_PV"), 0, 500, 10)
SINUSOID = Signal("sine", signal_key(1, "SINUSOID"))
WALK = Signal("walk", signal_key(1, "BA:TEMP.1"), 0, 100, 0.1)
MODES = Signal("states", signal_key(1, "CDM158"), states=5)
PHASES = Signal("states", signal_key(1, "BA:PHASE.1"), states=8, ordered=True)
SIGNALS = [TEMPERATURE, SINUSOID, MODES, FLOW, WALK, PHASES]


def rows(series):
    return list(zip(series.times.tolist(), series.values.tolist(), series.flags.tolist(), strict=True))


def seconds(series):
    return (series.times // SECOND).tolist()


def window(signal, start, end, **options):
    return read(signal, start, end, begin=BEGIN, now=NOW, **options)


def test_the_key_of_a_point_is_the_same_on_every_machine():
    assert signal_key(1, "SINUSOID") == 0x11F441BCB5A4A056  # printf '1\nSINUSOID' | b2sum -l 64, read backwards
    assert len({signal_key(seed, name) for seed in (1, 2) for name in ("a", "b")}) == 4


def test_the_values_of_a_point_are_the_same_on_every_machine():
    some = window(TEMPERATURE, NOW - 3 * SECOND, NOW)
    assert some.times.tolist() == [1_762_999_998 * SECOND, 1_762_999_999 * SECOND, 1_763_000_000 * SECOND]
    assert some.values.tolist() == [plain_process(TEMPERATURE, second) for second in seconds(some)]


def test_columns_compute_what_plain_arithmetic_does():
    day = window(FLOW, NOW - DAY, NOW)
    some = day.take(slice(0, None, 61))
    assert some.values.tolist() == [plain_process(FLOW, second) for second in seconds(some)]


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.kind)
def test_any_part_of_a_window_reads_as_in_the_whole(signal):
    whole = rows(window(signal, NOW - DAY, NOW))
    for start, end in (
        (NOW - DAY, NOW - DAY // 2),
        (NOW - DAY // 3, NOW - DAY // 3 + 77 * SECOND),
        (NOW - SECOND, NOW),
    ):
        assert rows(window(signal, start, end)) == [row for row in whole if start <= row[0] <= end]


@settings(deadline=None, max_examples=25)
@given(st.integers(BEGIN + DAY, NOW))
def test_snapshots_show_what_the_archive_tells_later(moment):
    times, values, flags = snapshot(SignalTable(SIGNALS), moment)
    for row, signal in enumerate(SIGNALS):
        last = read(signal, moment, moment, begin=BEGIN, now=moment, outer=True).take(0)
        assert (last.times[0], last.values[0], last.flags[0]) == (times[row], values[row], flags[row])


def test_many_points_read_as_each_alone():
    table = SignalTable(SIGNALS)
    together = read_many(table, NOW - 7_000 * SECOND, NOW, begin=BEGIN, now=NOW, outer=True)
    for signal, series in zip(SIGNALS, together, strict=True):
        assert rows(series) == rows(window(signal, NOW - 7_000 * SECOND, NOW, outer=True))


def test_a_long_window_of_many_points_is_cut_into_blocks_without_a_trace():
    signals = [Signal("process", signal_key(2, str(i)), 0, 100, 2) for i in range(5)]
    for series, signal in zip(
        read_many(SignalTable(signals), NOW - 40_000 * SECOND, NOW, begin=BEGIN, now=NOW), signals, strict=True
    ):
        assert len(series) == 40_000
        assert rows(series.take(slice(32_760, 32_775))) == rows(
            window(signal, int(series.times[32_760]), int(series.times[32_774]))
        )


def test_a_selection_of_a_table_keeps_the_order_asked_for():
    chosen = snapshot(SignalTable(SIGNALS).select(np.array([5, 0, 2])), NOW)
    whole = snapshot(SignalTable(SIGNALS), NOW)
    for part, column in zip(chosen, whole, strict=True):
        assert part.tolist() == [column[5], column[0], column[2]]


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.kind)
def test_read_around_knows_the_neighbours_of_any_time(signal):
    times = np.arange(BEGIN - DAY, NOW + DAY, 13 * DAY + 7 * SECOND)
    around = read_around(signal, times, begin=BEGIN, now=NOW)
    neighbours = {row for time in times.tolist() for row in rows(window(signal, time, time, outer=True))}
    assert rows(around) == sorted(neighbours)


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        ({}, 100, 110),
        ({"outer": True}, 99, 111),
        ({"limit": 3}, 100, 102),
        ({"limit": 3, "reverse": True}, 108, 110),
        ({"limit": 3, "outer": True}, 99, 103),
        ({"limit": 11, "outer": True}, 99, 111),
    ],
)
def test_limits_count_inner_events_and_outer_adds_neighbours(options, first, last):
    base = NOW // SECOND - 1_000
    series = window(FLOW, (base + 100) * SECOND, (base + 110) * SECOND, **options)
    assert (series.times // SECOND - base).tolist() == list(range(first, last + 1))


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        (-50, -40, [0]),  # before history: only its first event, as the neighbour after
        (-5, 2, [0, 1, 2, 3]),
        (98, 200, [97, 98, 99, 100]),
        (150, 160, [100]),  # not yet: only the latest event, as the neighbour before
        (10.2, 10.8, [10, 11]),
    ],
)
def test_history_has_a_beginning_and_an_end(start, end, seconds):
    origin = NOW // SECOND * SECOND
    series = read(
        FLOW,
        int(origin + start * SECOND),
        int(origin + end * SECOND),
        begin=origin,
        now=origin + 100 * SECOND,
        outer=True,
    )
    assert ((series.times - origin) // SECOND).tolist() == seconds


def test_a_point_that_begins_after_now_has_no_events():
    assert len(read(FLOW, NOW - DAY, NOW + DAY, begin=NOW + SECOND, now=NOW, outer=True)) == 0
    assert len(read_around(FLOW, np.array([NOW]), begin=NOW + SECOND, now=NOW)) == 0


def test_a_process_stays_in_its_range_and_is_as_noisy_as_asked():
    month = window(FLOW, NOW - 30 * DAY, NOW).take(slice(0, 29 * 86_400))
    assert 0 <= month.values.min() < month.values.max() <= 500
    days = month.values.reshape(29, 86_400)
    assert 9 < (days - days.mean(axis=0)).std() < 13
    daily = days.mean(axis=0).reshape(24, 3_600).mean(axis=1)
    assert 17 < (daily.max() - daily.min()) / 2 < 23  # twice the noise
    assert (month.values == month.values.astype(np.float32)).all()


def test_quality_comes_in_episodes_of_the_promised_share():
    month = window(TEMPERATURE, NOW - 30 * DAY, NOW)
    for flag, low, high in ((0, 0.94, 0.96), (QUESTIONABLE, 0.035, 0.045), (SUBSTITUTED, 0.008, 0.012)):
        share = (month.flags == flag).mean()
        assert low < share < high
    episodes = np.diff(np.flatnonzero(np.diff((month.flags == SUBSTITUTED).astype(int))))[::2]
    assert episodes.min() >= 27
    assert episodes.max() <= 81


def test_about_one_percent_of_a_process_is_anomalous_and_lasts():
    month = window(FLOW, NOW - 30 * DAY, NOW)
    trend = np.convolve(month.values, np.ones(901) / 901, "same")
    odd = np.abs(month.values - trend)[1_000:-1_000] > 45  # 4.5 times the noise
    assert 0.002 < odd.mean() < 0.012
    assert odd.sum() / (np.diff(odd.astype(int)) == 1).sum() > 3


def test_a_sine_turns_once_a_period_between_its_limits():
    day = window(SINUSOID, NOW - DAY, NOW)
    assert len(day) == 1_440
    assert (day.values.min(), day.values.max()) == (0.0, 100.0)
    noon = read(SINUSOID, 6 * 3_600 * SECOND, 6 * 3_600 * SECOND, begin=0, now=NOW)
    assert rows(noon) == [(6 * 3_600 * SECOND, 100.0, 0)]


def test_a_walk_wanders_slowly_over_most_of_its_range():
    week = window(WALK, NOW - 7 * DAY, NOW)
    assert set(np.diff(week.times)) == {5 * SECOND}
    assert np.abs(np.diff(week.values)).max() < 2
    assert week.values.max() - week.values.min() > 50


def test_values_alone_are_those_that_are_read_with_times_and_flags():
    for signal in (TEMPERATURE, SINUSOID, WALK):
        last = NOW // SECOND // signal.interval
        for count in (1, 2, 3_000):
            alone = numbers(signal, last - count + 1, last)
            assert alone.tolist() == window(signal, NOW - 3 * DAY, NOW).values[-count:].tolist()


def test_a_window_may_begin_and_end_within_an_episode():
    """In 5,400 seconds lies one of each kind, the shortest of 20 seconds."""
    base = NOW - 5_400 * SECOND
    whole = rows(window(FLOW, base, NOW))
    for start in range(0, 5_390, 9):
        part = window(FLOW, base + start * SECOND, base + (start + 9) * SECOND)
        assert rows(part) == whole[start : start + len(part)], start


def test_states_change_at_every_event_and_once_a_period():
    for signal, count in ((MODES, 5), (PHASES, 8)):
        codes = window(signal, NOW - 30 * DAY, NOW).values.astype(int)
        assert set(codes) == set(range(count))
        assert (np.diff(codes) != 0).all()
        assert abs(len(codes) - 30 * 48) <= 2
    phases = window(PHASES, NOW - DAY, NOW).values
    assert set(np.diff(phases) % 8) == {1}


def test_times_between_are_the_times_of_the_events():
    for signal in SIGNALS:
        times = times_between(signal, NOW - DAY, NOW, begin=BEGIN, now=NOW)
        assert times.tolist() == window(signal, NOW - DAY, NOW).times.tolist()
