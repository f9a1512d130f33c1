"""No request occupies a thread for long: what would is refused before it is computed, with a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from streaming.archive import archive

from .plant import NOW, SECOND, Client, Plant, at, hour, series, stamp, web_id

DAY = 24 * 3600 * SECOND


@pytest.fixture
def path(plant: Plant) -> str:
    """A point with a value every second for a year, of which nothing is stored."""
    return f"streams/{web_id(plant.simulated('s', created_ticks=NOW - 365 * DAY))}"


def window(days: float) -> dict[str, str]:
    return {"startTime": stamp(NOW - round(days * DAY)), "endTime": stamp(NOW)}


@pytest.mark.parametrize(
    ("verb", "days", "query"),
    [
        ("summary", 60, {"filterExpression": "'.' > 50"}),
        ("summary", 60, {"filterExpression": "'.' > 50", "sampleType": "Interval", "sampleInterval": "1h"}),
        ("summary", 365, {"calculationBasis": "EventWeighted"}),
        ("recorded", 60, {"filterExpression": "'.' > 50"}),
        ("plot", 365, {}),
    ],
)
def test_so_many_events_are_not_looked_through(client: Client, path: str, verb: str, days: int, query: Any) -> None:
    answer = client.get(f"{path}/{verb}", **window(days), **query)
    most = 5_000_000 if days == 60 else 30_000_000
    told = f"The number of events in the time range is greater than the maximum allowed ({most})."
    assert (answer.status, answer.body["Errors"]) == (400, [told])


def test_a_formula_costs_as_much_as_an_expression(client: Client, plant: Plant) -> None:
    plant.attribute("S", point=plant.simulated("s", created_ticks=NOW - 365 * DAY))
    path = f"streams/{web_id(plant.attribute('F', data_reference='Formula', config_string='A=S; [A + 1]'))}"
    assert client.get(f"{path}/plot", **window(51)).status == 400
    assert client.get(f"{path}/summary", **window(30), filterExpression="'.' > 1").status == 400
    assert client.get(f"{path}/summary", **window(1), filterExpression="'.' > 1").status == 200


def test_written_events_are_counted_before_they_are_read(client: Client, plant: Plant, settings: Any) -> None:
    """In the indexes, where the range is longer than a week; times far apart read all between them."""
    point = plant.filled("w", [(hours / 10, 1.0) for hours in range(201)])
    path = f"streams/{web_id(point)}"
    settings.OSIPI_MAX_ITEMS = 1  # 200 events, 33 with an expression
    week = {"startTime": stamp(at(-160)), "endTime": hour(19.9), "summaryType": "Count"}
    assert client.get(f"{path}/summary", **week).status == 200
    assert client.get(f"{path}/summary", **week | {"endTime": hour(20)}).status == 400
    assert client.get(f"{path}/summary", **week, filterExpression="'.' > 0").status == 400
    settings.OSIPI_MAX_ITEMS = 2
    assert client.get(f"{path}/interpolatedattimes", time=[stamp(at(-160)), hour(20)]).status == 200
    archive.write({point.pk: series([(at(-100) + tick, 1.0) for tick in range(300)])}, "Insert")
    assert client.get(f"{path}/interpolatedattimes", time=[stamp(at(-160)), hour(20)]).status == 400


@pytest.mark.parametrize("types", [["Average"], ["Average", "Total"], ["All"]])
def test_the_rows_of_a_summary_are_counted_by_stream_type_and_interval(
    client: Client, plant: Plant, settings: Any, types: list[str]
) -> None:
    settings.OSIPI_MAX_ITEMS = 40
    ids = [web_id(plant.filled(name, [(0, 1.0)])) for name in "ab"]
    query = {"startTime": hour(0), "summaryDuration": "1h", "summaryType": types, "webId": ids}
    rows = 2 * (10 if types == ["All"] else len(types))
    most = 40 // rows
    assert client.get("streamsets/summary", endTime=hour(most), **query).status == 200
    answer = client.get("streamsets/summary", endTime=hour(most + 1), **query)
    assert (answer.status, answer.body["Errors"]) == (
        400,
        ["The number of values is greater than the maximum allowed (40)."],
    )


def test_windows_that_overlap_too_much_are_refused(client: Client, path: str) -> None:
    query = {"interval": "10s", "filterExpression": "TagAvg('.', '*-1d', '*') > 0", **window(1)}
    answer = client.get(f"{path}/interpolated", **query)
    assert (answer.status, "overlap too much" in answer.body["Errors"][0]) == (400, True)


def test_the_functions_of_an_expression_share_what_they_may_read(client: Client, path: str) -> None:
    """Each reads 160 days of a value a second; two would be 27.6 million events, three are more than 30."""
    one = "TagAvg('.', '*-160d', '*-1s')"
    query = {"time": stamp(NOW), "webId": path.removeprefix("streams/")}
    answer = client.get("calculation/times", expression=" + ".join([one] * 3), **query)
    assert (answer.status, "is greater than the maximum allowed" in answer.body["Errors"][0]) == (400, True)


def test_a_long_expression_is_not_evaluated_at_many_times(client: Client, path: str) -> None:
    long = " or ".join(f"'.' = {number}" for number in range(90))
    answer = client.get(f"{path}/recorded", filterExpression=long, **window(50))
    assert (answer.status, "too long" in answer.body["Errors"][0]) == (400, True)
    assert client.get(f"{path}/recorded", filterExpression=long, **window(0.01)).status == 200
