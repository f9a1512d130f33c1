import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.core.rollups import Rolled
from streaming.core.series import SECOND
from streaming.core.summaries import OF_SUMS, TYPES, events_of, summarize, tell
from streaming.core.weighting import TimeWeighted
from tests.streaming.core.test_summaries import columns, edges, events


def parts(series, cuts, lines, now):
    """What the events between the cuts tell, laid out as `Parts`."""
    found = TimeWeighted(events_of(series), cuts, lines=lines, now=now)
    deviation = np.nan_to_num(found.population_deviation)
    rows = [found.ticks, found.integral, found.ticks * deviation * deviation]
    for values, times in (found.lowest, found.highest):
        rows += [values, (times - cuts[:-1]).astype(np.float64)]
    return np.array(rows)


@settings(deadline=None, max_examples=200)
@given(events, edges, edges, st.booleans(), st.integers(0, 50))
def test_parts_make_up_the_whole(rows, bounds, more, lines, now):
    """However an interval is cut, its statistics are those that it has undivided."""
    series, _ = columns(rows)
    bounds = np.array(bounds) * SECOND
    inner = [cut * SECOND for cut in more if bounds[0] < cut * SECOND < bounds[-1]]
    cuts = np.unique(np.concatenate((bounds, np.array(inner, dtype=np.int64))))
    rolled = Rolled(parts(series, cuts, lines, now * SECOND), cuts[:-1], bounds)
    told = tell(rolled, bounds, TYPES)
    for (kind, mine), (_, whole) in zip(
        told, summarize(series, bounds, TYPES, step=not lines, now=now * SECOND), strict=True
    ):
        assert mine.flags.tolist() == whole.flags.tolist(), kind
        assert mine.values == pytest.approx(whole.values, rel=1e-9, abs=1e-6), kind
        if kind in OF_SUMS:
            assert mine.times.tolist() == whole.times.tolist()


def test_the_earliest_of_equal_extremes_is_told_whatever_part_it_is_in():
    series, _ = columns([(0, 1, False, True), (5, 7, False, True), (20, 7, False, True), (30, 2, False, True)])
    bounds, cuts = np.array([0, 30]) * SECOND, np.array([0, 10, 20, 30]) * SECOND
    rolled = Rolled(parts(series, cuts, False, 0), cuts[:-1], bounds)
    (_, highest), (_, lowest) = tell(rolled, bounds, ["Maximum", "Minimum"])
    assert (highest.times.tolist(), lowest.times.tolist()) == ([5 * SECOND], [0])
