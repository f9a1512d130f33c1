"""`summary` and `plot`, against the vector of the reference and sums made by hand."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest

from piwebapi.models import Unit

from .plant import Client, Plant, hour, pairs, web_id

# The golden vector: 10 to 20 in six hours, 20 held until an I/O Timeout, 30 from 18 to 24 h.
EVENTS = [(0, 10.0), (6, 20.0), (12, (246,)), (18, 30.0), (24, 30.0)]
DAY = {"startTime": hour(0), "endTime": hour(24)}
NO_DATA = {"Name": "No Data", "Value": 248, "IsSystem": True}
CALC_FAILED = {"Name": "Calc Failed", "Value": 249, "IsSystem": True}


@pytest.fixture
def flow(plant: Plant) -> str:
    return f"streams/{web_id(plant.filled('flow', EVENTS))}"


def by_type(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {item["Type"]: item["Value"]["Value"] for item in items}


@pytest.mark.parametrize(
    ("basis", "expected"),
    [
        ("TimeWeighted", {"Average": 21.6667, "Total": 21.6667, "StdDev": 6.4550, "PercentGood": 75, "Count": 64800}),
        ("TimeWeightedDiscrete", {"Average": 20, "Total": 20, "StdDev": 8.1650, "PercentGood": 75, "Count": 64800}),
        ("EventWeighted", {"Average": 22.5, "Total": 90, "StdDev": 9.5743, "PercentGood": 80, "Count": 4}),
    ],
)
def test_the_golden_vector_of_the_reference(client: Client, flow: str, basis: str, expected: dict[str, float]) -> None:
    items = client.get(f"{flow}/summary", summaryType=[*expected], calculationBasis=basis, **DAY).items
    assert [item["Type"] for item in items] == [*expected]
    assert by_type(items) == pytest.approx(expected, abs=5e-5)


def test_extremes_carry_their_own_time_and_the_rest_the_start(client: Client, flow: str) -> None:
    items = client.get(f"{flow}/summary", summaryType=["Minimum", "Maximum", "Average"], **DAY).items
    assert [item["Value"]["Timestamp"] for item in items] == [hour(0), hour(18), hour(0)]
    latest = client.get(f"{flow}/summary", summaryType="Maximum", timeType="MostRecentTime", **DAY).items
    assert latest[0]["Value"]["Timestamp"] == hour(24)


def test_the_default_summary_is_the_total_of_the_last_day(client: Client, flow: str) -> None:
    # of the day until 33.5 h: 20 held from 9.5 to 12, bad to 18, then 30; total = average over good time * 1 day
    good = 2.5 * 20 + 15.5 * 30
    [item] = client.get(f"{flow}/summary").items
    assert (item["Type"], item["Value"]["Timestamp"]) == ("Total", hour(9.5))
    assert item["Value"]["Value"] == pytest.approx(good / 18)


def test_items_come_by_type_and_within_a_type_by_interval(client: Client, flow: str) -> None:
    query = {"summaryType": ["Average", "Maximum"], "summaryDuration": "6h", **DAY}
    items = client.get(f"{flow}/summary", **query).items
    assert [item["Type"] for item in items] == ["Average"] * 4 + ["Maximum"] * 4
    # an event at the very end of an interval counts among its extremes: 30 at 18 h
    assert [value for _, value in pairs([item["Value"] for item in items])] == [
        *(15.0, 20.0, NO_DATA, 30.0),
        *(20.0, 20.0, 30.0, 30.0),
    ]


def test_the_last_interval_is_cut_at_the_end(client: Client, flow: str) -> None:
    query = {"startTime": hour(0), "endTime": hour(9), "summaryDuration": "6h", "summaryType": "Count"}
    assert [item["Value"]["Value"] for item in client.get(f"{flow}/summary", **query).items] == [21600, 10800]


def test_a_range_with_its_end_first_has_its_intervals_backwards(client: Client, flow: str) -> None:
    query = {"startTime": hour(12), "endTime": hour(0), "summaryDuration": "6h", "summaryType": "Average"}
    items = client.get(f"{flow}/summary", **query).items
    assert [(item["Value"]["Timestamp"], item["Value"]["Value"]) for item in items] == [
        (hour(12), 20.0),
        (hour(6), 15.0),
    ]


def test_an_interval_of_nothing_good_is_no_data_but_its_share_is_told(client: Client, flow: str) -> None:
    query = {"startTime": hour(12), "endTime": hour(18), "summaryType": ["Average", "PercentGood", "Count"]}
    average, share, count = client.get(f"{flow}/summary", **query).items
    assert (average["Value"]["Value"], average["Value"]["Good"]) == (NO_DATA, False)
    assert (share["Value"]["Value"], share["Value"]["Good"], count["Value"]["Value"]) == (0.0, True, 0.0)


def test_the_time_after_now_is_not_good(client: Client, flow: str) -> None:
    [item] = client.get(f"{flow}/summary", startTime="*-1h", endTime="*+1h", summaryType="PercentGood").items
    assert item["Value"]["Value"] == 50.0


def test_days_are_as_long_as_the_clock_says(client: Client, plant: Plant) -> None:
    """Berlin: 31 March 2024 has 23 hours, 27 October 2024 has 25."""
    path = f"streams/{web_id(plant.filled('flat', [(-20_000, 24.0)], created_ticks=0))}/summary"
    later = Client(now=client.now + 300 * 24 * 3600 * 10_000_000)
    query = {"summaryDuration": "1d", "summaryType": ["Count", "Total"], "timeZone": "Europe/Berlin"}
    spring = later.get(path, startTime="2024-03-30", endTime="2024-04-02", **query).items
    autumn = later.get(path, startTime="2024-10-26", endTime="2024-10-29", **query).items
    assert [item["Value"]["Value"] / 3600 for item in spring[:3]] == [24, 23, 24]
    assert [item["Value"]["Value"] / 3600 for item in autumn[:3]] == [24, 25, 24]
    # 24 per day for 23 hours is 23
    assert [item["Value"]["Value"] for item in spring[3:]] == pytest.approx([24, 23, 24])


def test_hours_of_a_summary_are_equal_slices_across_the_change(client: Client, plant: Plant) -> None:
    path = f"streams/{web_id(plant.filled('flat', [(-20_000, 1.0)], created_ticks=0))}/summary"
    later = Client(now=client.now + 300 * 24 * 3600 * 10_000_000)
    query = {"summaryDuration": "12h", "summaryType": "Count", "timeZone": "Europe/Berlin"}
    items = later.get(path, startTime="2024-03-31", endTime="2024-04-01", **query).items
    assert [item["Value"]["Value"] / 3600 for item in items] == [12, 11]


def test_a_filter_takes_its_time_out_of_the_weights(client: Client, flow: str) -> None:
    query = {"summaryType": ["Average", "Count"], "filterExpression": "'.' >= 20", **DAY}
    average, count = client.get(f"{flow}/summary", **query).items
    # the events at 6 h (20, held six hours) and 18 h (30, held six hours) count
    assert (average["Value"]["Value"], count["Value"]["Value"]) == (25.0, 12 * 3600)


@pytest.mark.parametrize(
    ("basis", "expected"),
    [
        ("TimeWeighted", {"Count": 14 * 3600, "Average": 17.0, "Minimum": 10.0, "PercentGood": 1400 / 24}),
        ("TimeWeightedDiscrete", {"Count": 14 * 3600, "Average": 0.0, "Minimum": 0.0, "Maximum": 24.0}),
        ("EventWeighted", {"Count": 1, "Average": 24.0}),
    ],
)
def test_a_filter_may_be_asked_every_so_often_and_the_values_stay(
    client: Client, plant: Plant, basis: str, expected: dict[str, float]
) -> None:
    """A ramp from 0 to 24 in a day, asked whether it is above 6 at 0, 5, 10, 15 and 20 h: it is from 10 h on."""
    path = f"streams/{web_id(plant.filled('ramp', [(0, 0.0), (24, 24.0)]))}/summary"
    query = {"filterExpression": "'.' > 6", "sampleType": "Interval", "sampleInterval": "5h", **DAY}
    items = client.get(path, summaryType=list(expected), calculationBasis=basis, **query).items
    assert by_type(items) == pytest.approx(expected)


def test_a_filter_that_always_holds_changes_nothing_however_often_it_is_asked(client: Client, flow: str) -> None:
    kinds = ["Average", "Maximum", "StdDev", "PercentGood"]
    query = {"summaryType": kinds, "startTime": hour(1), "endTime": "*+1h", "sampleType": "Interval"}
    plain = by_type(client.get(f"{flow}/summary", **query).items)
    items = client.get(f"{flow}/summary", filterExpression="1 = 1", sampleInterval="7h", **query).items
    assert by_type(items) == pytest.approx(plain)


def test_of_states_only_count_and_share_can_be_told(client: Client, plant: Plant) -> None:
    point = plant.filled("mode", [(0, 1), (12, 2)], "Digital", digital_set=plant.modes)
    query = {"summaryType": "All", "calculationBasis": "EventWeighted", **DAY}
    told = by_type(client.get(f"streams/{web_id(point)}/summary", **query).items)
    assert (told["Count"], told["PercentGood"]) == (2, 100.0)
    assert (told["Average"], told["Total"]) == (CALC_FAILED, CALC_FAILED)


def test_a_total_with_unit_is_the_amount_that_flowed(client: Client, plant: Plant) -> None:
    """10 m3/h for a day are 240 m3; a level in m amounts to nothing; without a unit it is as the usual total."""
    flow = Unit.objects.create(unit_class=plant.metre.unit_class, name="cubic metre per hour", abbreviation="m3/h")
    point = plant.filled("flow", [(0, 10.0), (24, 10.0)])
    told = {}
    for unit in (flow, plant.metre, None):
        path = f"streams/{web_id(plant.attribute(f'In {unit}', point=point, unit=unit))}/summary"
        items = client.get(path, summaryType=["Total", "TotalWithUOM"], **DAY).items
        told[unit] = [(item["Value"]["Value"], item["Value"]["UnitsAbbreviation"]) for item in items]
    assert told == {
        flow: [(10.0, ""), (240.0, "m3")],
        plant.metre: [(10.0, ""), (CALC_FAILED, "")],
        None: [(10.0, ""), (10.0, "")],
    }


def test_the_sum_of_events_keeps_their_unit(client: Client, plant: Plant) -> None:
    batches = plant.attribute("Batch", point=plant.filled("batch", [(1, 2.0), (5, 3.0)]), unit=plant.kilogram)
    query = {"summaryType": "TotalWithUOM", "calculationBasis": "EventWeighted", "webId": web_id(batches), **DAY}
    [item] = client.get("streamsets/summary", **query).items[0]["Items"]
    assert (item["Value"]["Value"], item["Value"]["UnitsAbbreviation"]) == (5.0, "kg")


def test_averages_have_the_unit_and_totals_none(client: Client, plant: Plant) -> None:
    point = plant.filled("level", EVENTS)
    attribute = plant.attribute("Level", point=point, unit=plant.metre)
    query = {"summaryType": ["Average", "Total", "Count", "PercentGood"], **DAY}
    items = client.get(f"streams/{web_id(attribute)}/summary", **query).items
    assert [item["Value"]["UnitsAbbreviation"] for item in items] == ["m", "", "", "%"]


def test_an_unknown_type_of_summary_is_refused(client: Client, flow: str) -> None:
    answer = client.get(f"{flow}/summary", summaryType="Mode")
    assert answer.status == 400
    assert "Mode" in answer.body["Errors"][0]


# -- plot --------------------------------------------------------------------------------------


def test_few_events_all_come_in_a_plot_with_both_edges(client: Client, flow: str) -> None:
    rows = client.get(f"{flow}/plot", startTime=hour(3), endTime=hour(21), intervals=10).rows
    assert [time for time, _ in rows] == [hour(3), hour(6), hour(12), hour(18), hour(21)]
    assert (rows[0][1], rows[-1][1]) == (15.0, 30.0)


def test_a_plot_has_at_most_five_events_an_interval_and_holds_the_extremes(client: Client, plant: Plant) -> None:
    path = f"streams/{web_id(plant.simulated('s'))}"
    query = {"startTime": hour(0), "endTime": hour(4)}
    shown = [value for _, value in client.get(f"{path}/plot", intervals=50, **query).rows]
    everything = [value for _, value in client.get(f"{path}/recorded", maxCount=20_000, **query).rows]
    assert len(everything) == 4 * 3600 + 1
    assert len(shown) <= 5 * 50 + 2
    assert (min(shown), max(shown)) == (min(everything), max(everything))


def test_every_row_of_a_plot_is_an_event_that_was_recorded(client: Client, plant: Plant) -> None:
    path = f"streams/{web_id(plant.simulated('s'))}"
    query = {"startTime": hour(0), "endTime": hour(4)}
    recorded = set(client.get(f"{path}/recorded", maxCount=20_000, **query).rows)
    assert set(client.get(f"{path}/plot", intervals=30, **query).rows) <= recorded


def test_a_plot_ends_now_though_the_range_goes_on(client: Client, flow: str) -> None:
    rows = client.get(f"{flow}/plot", startTime="t", endTime="t+1d").rows
    assert rows == [(hour(24), 30.0), (hour(33.5), 30.0)]


@pytest.mark.parametrize("intervals", ["0", "-3", "some"])
def test_a_plot_needs_a_positive_number_of_intervals(client: Client, flow: str, intervals: str) -> None:
    assert client.get(f"{flow}/plot", intervals=intervals).status == 400


def test_a_long_summary_of_a_simulated_point_is_that_of_its_recorded_values(client: Client, plant: Plant) -> None:
    stream = f"streams/{web_id(plant.simulated('pressure'))}"
    window = {"startTime": hour(1.3), "endTime": hour(9.6)}
    told = pairs(client.get(f"{stream}/recorded", boundaryType="Inside", maxCount=100_000, **window).items)
    values = [value for _, value in told]
    middle = [(low + high) / 2 for low, high in pairwise(values)]
    average = math.fsum(middle) / len(middle)
    squares = [
        (low * low + low * high + high * high) / 3 for low, high in pairwise(value - average for value in values)
    ]
    expected = {
        "Count": len(middle),
        "Average": average,
        "Minimum": min(values),
        "Maximum": max(values),
        "PopulationStdDev": math.sqrt(math.fsum(squares) / len(squares)),
    }
    for _ in range(2):  # the hours in between are known the second time
        items = client.get(f"{stream}/summary", summaryType=[*expected], **window).items
        assert by_type(items) == pytest.approx(expected, rel=1e-6)  # values are written as Float32
        assert items[3]["Value"]["Timestamp"] == next(time for time, value in told if value == max(values))
