import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming import rollups
from streaming.core import simulator
from streaming.core.series import DAY, SECOND
from streaming.core.signals import Signal
from streaming.core.summaries import OF_SUMS, TYPES, summarize, tell
from streaming.readers import Simulated, Stored
from streaming.rollups import HOUR, Hours, fits, rolled

NOW = 1_763_000_000 * SECOND + 1_234_567
BEGIN = NOW - 3 * DAY + 77 * SECOND
POINTS = [
    Simulated(Signal("process", simulator.signal_key(1, "p"), 0, 100, 2), BEGIN),
    Simulated(Signal("walk", simulator.signal_key(1, "w"), -5, 10, 0.1), BEGIN),
    Simulated(Signal("sine", simulator.signal_key(1, "s")), BEGIN),
    Simulated(Signal("process", simulator.signal_key(1, "h"), 0, 100, 30, interval=3_600), BEGIN),
]
#: any, and such as are near the limits of history, of hours and of lines between events
moments = st.integers(BEGIN - DAY // 2, NOW + DAY // 2) | st.tuples(
    st.sampled_from([BEGIN, -(-BEGIN // SECOND) * SECOND, NOW, NOW // SECOND * SECOND, NOW // HOUR * HOUR]),
    st.integers(-30, 6).map(lambda n: n * HOUR) | st.integers(-2, 2).map(lambda n: n * SECOND // 2),
).map(sum)


@pytest.fixture(autouse=True)
def nothing_is_known(monkeypatch):
    monkeypatch.setattr(rollups, "kept", Hours(1_000))


def whole(reader, edges, lines, now):
    series = reader.read(int(edges[0]), int(edges[-1]), now=now, outer=True)
    return summarize(series, edges, TYPES, step=not lines, now=now)


def assert_same(mine, other):
    for (kind, rows), (_, expected) in zip(mine, other, strict=True):
        assert rows.flags.tolist() == expected.flags.tolist(), kind
        assert rows.values == pytest.approx(expected.values, rel=1e-9), kind
        assert rows.times.tolist() == expected.times.tolist(), kind


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(POINTS),
    st.lists(moments, min_size=2, max_size=4, unique=True).map(sorted),
    st.booleans(),
    st.integers(0, 2 * DAY) | st.just(NOW % SECOND) | st.just(NOW % HOUR),
)
def test_remembered_hours_tell_what_the_events_do(reader, cuts, lines, ago):
    """Examples share what is remembered, so most hours have been asked for at another `now`."""
    edges, now = np.array(cuts), NOW - ago
    for _ in range(2):
        found = rolled(reader, edges, lines=lines, now=now, sums_only=False)
        expected = whole(reader, edges, lines, now)
        assert_same(tell(found, edges, TYPES), expected)
        sums = [(kind, rows) for kind, rows in expected if kind in OF_SUMS]
        found = rolled(reader, edges, lines=lines, now=now, sums_only=True)
        assert_same(tell(found, edges, [kind for kind, _ in sums]), sums)


def test_only_whole_hours_of_the_past_are_remembered():
    reader, now = POINTS[0], NOW // HOUR * HOUR
    for end in (now, now + 3 * HOUR):
        rolled(reader, np.array([now - 5 * HOUR, end]), lines=True, now=now - 1, sums_only=True)
        assert rollups.kept.count == 4
    rolled(reader, np.array([reader.begin - 3 * HOUR, reader.begin + 2 * HOUR]), lines=True, now=now, sums_only=True)
    assert rollups.kept.count == 4 + 1


def test_of_time_without_history_no_hours_are_made():
    reader, edges = POINTS[2], np.array([-62_135_596_800 * SECOND, NOW + 1_000 * DAY])  # from the year 1 on
    found = rolled(reader, edges, lines=True, now=NOW, sums_only=False)
    assert_same(tell(found, edges, TYPES), whole(reader, edges, True, NOW))
    assert rollups.kept.count == 71
    assert len(found._starts) == 1 + 71 + 1


def test_known_hours_are_not_computed_again(monkeypatch):
    read, now = [], NOW // HOUR * HOUR
    plain = simulator.numbers

    def noted(signal, first, last):
        read.append((first - now // SECOND, last - now // SECOND))
        return plain(signal, first, last)

    monkeypatch.setattr(simulator, "numbers", noted)
    for minutes in (0, 20):
        edges = np.array([now - DAY, now - HOUR]) + minutes * 60 * SECOND
        rolled(POINTS[0], edges, lines=True, now=NOW, sums_only=True)
    assert read == [(-86_400, -3_600), (-85_200, -82_800), (-3_600, -2_400)]


def test_memory_is_bounded_and_the_longest_unused_point_gives_way():
    hours, starts = Hours(5), [0, HOUR]
    for point in "abac":
        hours.remember(point, {0: [1.0, 3.0], HOUR: [2.0, 4.0]})
        hours.recall("a", starts)
    assert hours.count == 4
    assert [hours.recall(point, starts) for point in "abc"] == [
        [[1.0, 3.0], [2.0, 4.0]],
        [None, None],
        [[1.0, 3.0], [2.0, 4.0]],
    ]


def test_written_values_states_and_short_intervals_are_always_read():
    day = np.array([0, DAY])
    assert all(fits(reader, day) for reader in POINTS)
    assert not fits(Stored(1, 0), day)
    assert not fits(Simulated(Signal("states", 5), 0), day)
    assert not fits(Simulated(Signal("process", 5, interval=7), 0), day)
    assert fits(POINTS[0], np.arange(25) * HOUR)
    assert not fits(POINTS[0], np.arange(49) * (HOUR // 2))
    assert not fits(POINTS[0], np.array([0, HOUR]))
    assert not fits(POINTS[0], np.array([5, 5]))
