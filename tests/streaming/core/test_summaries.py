import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piwebapi.core.errors import BadRequest
from streaming.core.rates import amount_of
from streaming.core.series import BAD, DAY, SECOND, Series
from streaming.core.states import CALC_FAILED, IO_TIMEOUT, NO_DATA
from streaming.core.summaries import TYPES, summarize
from tests.streaming.core.plain_summaries import by_event, by_time

HOUR = 3_600 * SECOND
LATER = 100 * DAY
#: The golden vector: 10 at 0 h, 20 at 6 h, bad at 12 h, 30 at 18 h and at 24 h.
GOLDEN = Series.of([0, 6 * HOUR, 12 * HOUR, 18 * HOUR, 24 * HOUR], [10, 20, IO_TIMEOUT, 30, 30], [0, 0, BAD, 0, 0])


def told(series, hours, kind, **options):
    """(value, hour) of each interval; a bad one tells its state's code in brackets."""
    bounds = np.array([round(hour * HOUR) for hour in hours])
    (_, rows), *_ = summarize(series, bounds, [kind], **({"step": False, "now": LATER} | options))
    columns = zip(rows.values.tolist(), rows.flags.tolist(), (rows.times / HOUR).tolist(), strict=True)
    return [([value] if flag else pytest.approx(value, abs=5e-5), hour) for value, flag, hour in columns]


def value(series, hours, kind, **options):
    found = told(series, hours, kind, **options)
    return found[0][0] if len(found) == 1 else [number for number, _ in found]


@pytest.mark.parametrize(
    ("basis", "expected"),
    [
        ("TimeWeighted", (21.6667, 21.6667, 6.4550, 6.4550, 75, 64_800)),
        ("TimeWeightedContinuous", (21.6667, 21.6667, 6.4550, 6.4550, 75, 64_800)),
        ("TimeWeightedDiscrete", (20, 20, 8.1650, 8.1650, 75, 64_800)),
        ("EventWeighted", (22.5, 90, 9.5743, 8.2916, 80, 4)),
    ],
)
def test_the_golden_vector(basis, expected):
    kinds = ("Average", "Total", "StdDev", "PopulationStdDev", "PercentGood", "Count")
    assert tuple(value(GOLDEN, (0, 24), kind, basis=basis) for kind in kinds) == expected
    assert told(GOLDEN, (0, 24), "Minimum", basis=basis) == [(10, 0)]
    assert told(GOLDEN, (0, 24), "Maximum", basis=basis) == [(30, 18)]
    assert told(GOLDEN, (0, 24), "Range", basis=basis) == [(20, 0)]


def test_a_stepped_stream_is_weighted_in_stairs_unless_told_otherwise():
    assert value(GOLDEN, (0, 24), "Average", step=True) == 20
    assert value(GOLDEN, (0, 24), "Average", step=True, basis="TimeWeightedContinuous") == 21.6667


def test_a_total_is_per_day_and_one_with_a_unit_is_per_the_time_of_the_rate():
    constant = Series.of([0], [24])
    assert [value(constant, (0, hours), "Total", rate_seconds=3_600) for hours in (24, 1)] == [24, 1]
    assert value(constant, (0, 24), "TotalWithUOM", rate_seconds=3_600) == 576
    assert value(Series.of([0, HOUR], [24, 1]), (0, 24), "TotalWithUOM", basis="EventWeighted", rate_seconds=1) == 25


@pytest.mark.parametrize(
    ("unit", "amount", "seconds"),
    [
        ("m3/h", "m3", 3_600),
        ("US gal/min", "US gal", 60),
        ("kg/s", "kg", 1),
        ("t/d", "t", 86_400),
        ("kg/m3/h", "kg/m3", 3_600),
        ("", "", 86_400),
    ],
)
def test_a_rate_amounts_to_what_it_is_a_rate_of(unit, amount, seconds):
    assert amount_of(unit) == (amount, seconds)


@pytest.mark.parametrize("unit", ["m", "m/s2", "/h", "km/H", "h", "kg/m3"])
def test_other_units_are_no_rates(unit):
    amount, seconds = amount_of(unit)
    assert amount == ""
    assert math.isnan(seconds)


def test_totals_of_the_parts_add_up_to_the_whole():
    wave = Series.of([hour * HOUR for hour in range(25)], [hour * hour % 7 for hour in range(25)])
    parts = summarize(wave, np.array([0, 5, 11, 24]) * HOUR + 7, ["Total"], step=False, now=LATER)[0][1].values
    whole = summarize(wave, np.array([0, 24]) * HOUR + 7, ["Total"], step=False, now=LATER)[0][1].values
    assert parts.sum() == pytest.approx(whole[0])


def test_every_type_tells_of_every_interval_in_the_order_of_asking():
    found = summarize(GOLDEN, np.array([0, 6, 12]) * HOUR, ["maximum", "Average"], step=False, now=LATER)
    assert [(kind, rows.values.tolist()) for kind, rows in found] == [("Maximum", [20, 20]), ("Average", [15, 20])]


@pytest.mark.parametrize(
    ("asked", "computed"),
    [
        (["All"], list(TYPES)),
        (["AllForNonNumeric"], ["Count", "PercentGood"]),
        (["None"], []),
        ([], []),
        (["count", "All"], ["Count", *(kind for kind in TYPES if kind != "Count")]),
    ],
)
def test_collective_types_stand_for_their_members_once(asked, computed):
    found = summarize(GOLDEN, np.array([0, DAY]), asked, step=False, now=LATER)
    assert [kind for kind, _ in found] == computed


def test_an_unknown_type_is_refused_by_name():
    with pytest.raises(BadRequest, match="summaryType.*Median"):
        summarize(GOLDEN, np.array([0, DAY]), ["Average", "Median"], step=False, now=LATER)


@pytest.mark.parametrize("basis", ["TimeWeighted", "EventWeighted"])
def test_without_good_data_only_count_and_percent_good_are_told(basis):
    for series in (Series.empty(), Series.of([HOUR], [IO_TIMEOUT], BAD)):
        for kind in ("Total", "Average", "Minimum", "Maximum", "Range", "StdDev", "PopulationStdDev"):
            assert told(series, (0, 24), kind, basis=basis) == [([NO_DATA], 0)]
        assert [value(series, (0, 24), kind, basis=basis) for kind in ("Count", "PercentGood")] == [0, 0]


def test_one_event_has_no_sample_deviation():
    single = Series.of([HOUR], [5])
    assert value(single, (0, 24), "StdDev", basis="EventWeighted") == [CALC_FAILED]
    assert value(single, (0, 24), "PopulationStdDev", basis="EventWeighted") == 0
    assert value(single, (0, 24), "StdDev") == 0


@pytest.mark.parametrize("series", [Series.of([0, 12 * HOUR], ["on", "off"]), Series.of([0, 12 * HOUR], [1, 2])])
def test_words_and_states_can_only_be_counted(series):
    assert value(series, (0, 24), "Average", numeric=False) == [CALC_FAILED]
    assert value(series, (0, 24), "Count", numeric=False) == 86_400
    assert value(series, (0, 24), "Count", numeric=False, basis="EventWeighted") == 2
    assert value(series, (6, 30), "PercentGood", numeric=False) == 100


def test_time_before_the_first_event_and_after_now_is_not_good():
    series = Series.of([6 * HOUR], [5])
    assert value(series, (0, 24), "PercentGood", now=12 * HOUR) == 25
    assert value(series, (0, 24), "Average", now=12 * HOUR) == 5
    assert value(series, (12, 24), "Average", now=12 * HOUR) == [NO_DATA]
    assert value(Series.of([0, 24 * HOUR], [0, 24]), (0, 24), "Average", now=0) == 12  # events ahead are known


def test_a_bad_event_ends_the_line_before_it():
    assert value(GOLDEN, (6, 12), "Average") == 20
    assert told(GOLDEN, (9, 15), "Maximum") == [(20, 9)]
    assert value(GOLDEN, (9, 15), "PercentGood") == 50


def test_extremes_include_the_values_at_the_limits_and_say_when():
    ramp = Series.of([0, 24 * HOUR], [0, 24])
    assert told(ramp, (6, 12, 18), "Minimum") == [(6, 6), (12, 12)]
    assert told(ramp, (6, 12, 18), "Maximum") == [(12, 12), (18, 18)]


@pytest.mark.parametrize(
    ("time_type", "average", "maximum"),
    [("Auto", (0, 12), (0, 18)), ("EarliestTime", (0, 12), (0, 12)), ("MostRecentTime", (12, 24), (12, 24))],
)
def test_time_type_chooses_the_time_of_a_summary(time_type, average, maximum):
    series = Series.of([0, HOUR, 18 * HOUR, 24 * HOUR], [9, 1, 8, 2])
    for kind, hours in (("Average", average), ("Maximum", maximum)):
        assert tuple(hour for _, hour in told(series, (0, 12, 24), kind, time_type=time_type)) == hours


def test_a_descending_range_starts_at_its_later_end():
    ramp = Series.of([0, 24 * HOUR], [0, 24])
    assert told(ramp, (24, 12, 0), "Average") == [(18, 24), (6, 12)]
    assert told(ramp, (24, 12, 0), "Average", time_type="EarliestTime") == [(18, 12), (6, 0)]


@pytest.mark.parametrize(
    ("basis", "one", "three", "back"),
    [
        ("EventWeighted", 4, [1, 1, 1], [1, 1, 1]),
        ("EventWeightedExcludeMostRecentEvent", 3, [1, 1, 1], [1, 1, 1]),
        ("EventWeightedExcludeEarliestEvent", 3, [1, 1, 1], [1, 1, 1]),
        ("EventWeightedIncludeBothEnds", 4, [2, 2, 2], [2, 2, 2]),
    ],
)
def test_events_on_borders_count_as_the_basis_says(basis, one, three, back):
    series = Series.of([0, 8 * HOUR, 16 * HOUR, 24 * HOUR], [1, 2, 3, 4])
    assert value(series, (0, 24), "Count", basis=basis) == one
    assert value(series, (0, 8, 16, 24), "Count", basis=basis) == three
    assert value(series, (24, 16, 8, 0), "Count", basis=basis) == back


@pytest.mark.parametrize(
    ("basis", "ascending", "descending"),
    [
        ("EventWeighted", [1, 2], [3, 2]),
        ("EventWeightedExcludeMostRecentEvent", [1, 2], [2, 1]),
        ("EventWeightedExcludeEarliestEvent", [2, 3], [3, 2]),
        ("EventWeightedIncludeBothEnds", [1.5, 2.5], [2.5, 1.5]),
    ],
)
def test_several_intervals_take_the_border_event_where_they_start(basis, ascending, descending):
    series = Series.of([0, 12 * HOUR, 24 * HOUR], [1, 2, 3])
    assert value(series, (0, 12, 24), "Average", basis=basis) == ascending
    assert value(series, (24, 12, 0), "Average", basis=basis) == descending


def test_filtered_time_counts_as_bad_time():
    kept = np.array([True, True, True, False, False])
    assert value(GOLDEN, (0, 24), "PercentGood", good=kept) == 50
    assert value(GOLDEN, (0, 24), "Average", good=kept) == 17.5
    assert value(GOLDEN, (0, 24), "Average", good=kept, basis="EventWeighted") == 15


def test_numbers_that_are_none_count_as_bad():
    series = Series.of([0, 12 * HOUR], [5, float("nan")])
    assert [value(series, (0, 24), kind) for kind in ("Average", "PercentGood")] == [5, 50]


def test_an_interval_without_length_has_extremes_only():
    assert told(GOLDEN, (3, 3), "Maximum") == [(15, 3)]
    assert value(GOLDEN, (3, 3), "Average") == [NO_DATA]
    assert value(GOLDEN, (3, 3), "PercentGood") == 0
    stairs = Series.of([0, 3 * HOUR, 5 * HOUR], [5, -21.75, 1])
    bounds = np.array([3, 3]) * HOUR
    for kind in ("Minimum", "Maximum"):
        [(_, found)] = summarize(stairs, bounds, [kind], step=True, now=9 * HOUR)
        assert found.values.tolist() == [-21.75]  # what was before it was over then


events = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.integers(-9, 9),
        st.sampled_from([False, False, True]),
        st.sampled_from([True, True, False]),
    ),
    max_size=14,
).map(lambda rows: sorted(rows, key=lambda row: row[0]))
edges = st.lists(st.integers(-5, 50), min_size=2, max_size=6, unique=True).map(sorted)


def columns(rows):
    series = Series.of(
        [t * SECOND for t, *_ in rows], [v for _, v, *_ in rows], [BAD if bad else 0 for *_, bad, _ in rows]
    )
    return series, np.array([kept for *_, kept in rows], dtype=bool)


def column(found, kind):
    rows = dict(found)[kind]
    return [None if flag else number for number, flag in zip(rows.values.tolist(), rows.flags.tolist(), strict=True)]


@settings(deadline=None, max_examples=200)
@given(events, edges, st.booleans(), st.integers(0, 50))
def test_weighting_by_time_agrees_with_exact_fractions(rows, cuts, lines, now):
    series, kept = columns(rows)
    found = summarize(series, np.array(cuts) * SECOND, ["All"], step=not lines, now=now * SECOND, good=kept)
    for place, (low, high) in enumerate(zip(cuts, cuts[1:], strict=False)):
        good, integral, variance, known = by_time(rows, low, high, lines, now)
        mean = integral / good if good else None
        told = {kind: column(found, kind)[place] for kind in TYPES}
        assert told["Count"] == good
        assert told["PercentGood"] == pytest.approx(100 * good / (high - low))
        assert told["Average"] == (None if mean is None else pytest.approx(float(mean)))
        assert told["Total"] == (None if mean is None else pytest.approx(float(mean) * (high - low) / 86_400))
        assert (told["StdDev"] is None) == (variance is None)
        assert variance is None or told["StdDev"] ** 2 == pytest.approx(float(variance), abs=1e-9)
        for kind, pick in (("Minimum", min), ("Maximum", max)):
            extreme = pick((number for _, number in known), default=None)
            moments = [moment * SECOND for moment, number in known if number == extreme]
            assert told[kind] == (None if extreme is None else pytest.approx(float(extreme)))
            assert extreme is None or dict(found)[kind].times[place] in moments


@settings(deadline=None, max_examples=150)
@given(
    events,
    edges,
    st.booleans(),
    st.sampled_from(["", "ExcludeMostRecentEvent", "ExcludeEarliestEvent", "IncludeBothEnds"]),
)
def test_weighting_by_event_agrees_with_exact_fractions(rows, cuts, descending, variant):
    series, kept = columns(rows)
    bounds = np.array(cuts[::-1] if descending else cuts) * SECOND
    found = summarize(series, bounds, ["All"], basis=f"EventWeighted{variant}", step=False, now=0, good=kept)
    at_start = variant != "ExcludeEarliestEvent" and not (variant == "" and descending and len(cuts) > 2)
    at_end = variant in ("ExcludeEarliestEvent", "IncludeBothEnds") or (
        variant == "" and (descending or len(cuts) == 2)
    )
    intervals = list(zip(cuts, cuts[1:], strict=False))
    for place, (low, high) in enumerate(intervals[::-1] if descending else intervals):
        number, everything, total, squares = by_event(rows, low, high, at_start, at_end)
        told = {kind: column(found, kind)[place] for kind in TYPES}
        assert told["Count"] == number
        assert told["PercentGood"] == pytest.approx(100 * number / everything if everything else 0)
        assert told["Total"] == (pytest.approx(float(total)) if number else None)
        assert told["Average"] == (pytest.approx(float(total / number)) if number else None)
        assert told["StdDev"] == (pytest.approx(float(squares / (number - 1)) ** 0.5, abs=1e-7) if number > 1 else None)
        assert told["PopulationStdDev"] == (pytest.approx(float(squares / number) ** 0.5, abs=1e-7) if number else None)
