"""`filterExpression` with names besides '.': other tags, siblings, children, whole paths."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from .plant import Client, Plant, hour

#: at 0, 6, 12, 18, 24 h; the other tag goes from 0 to 24, linearly: it tells the hour
FLOW = [(0, 10.0), (6, 20.0), (12, 5.0), (18, 30.0), (24, 40.0)]
HOURS = [(0, 0.0), (8, 8.0), (24, 24.0)]
DAY = {"startTime": hour(0), "endTime": hour(24)}


@pytest.fixture
def levels(plant: Plant) -> Plant:
    """Level of boiler and pump on the same flow; the limit of the pump is higher."""
    flow, clock = plant.filled("flow", FLOW), plant.filled("clock", HOURS)
    for owner, limit in ((plant.boiler, 9.0), (plant.pump, 25.0)):
        level = plant.attribute("Level", owner=owner, point=flow)
        plant.attribute("Limit", owner=owner, value=limit)
        plant.attribute("Clock", owner=owner, point=clock)
        plant.attribute("Half", owner=owner, parent=level, value=12.0)
    return plant


def asked(client: Client, obj: Any, text: str, verb: str = "recorded", **query: Any) -> Any:
    return client.get(f"streams/{obj.web_id()}/{verb}", filterExpression=text, **{**DAY, **query})


def of(plant: Plant, name: str) -> Any:
    return plant.pi.points.get(name=name) if name == "flow" else plant.boiler.attributes.get(name=name, parent=None)


@pytest.mark.parametrize(
    ("target", "text", "expected"),
    [
        ("flow", "'clock' >= 12", [5.0, 30.0, 40.0]),
        ("flow", "'CLOCK' > 6 and '.' > 10", [30.0, 40.0]),
        ("flow", r"'\\PI\clock' < 7", [10.0, 20.0]),
        ("flow", r"'\\AF\Db\Boiler|Limit' < '.'", [10.0, 20.0, 30.0, 40.0]),
        ("Level", "'.' > '..|Limit'", [10.0, 20.0, 30.0, 40.0]),
        ("Level", "'..|Clock' > 'Half'", [30.0, 40.0]),
        ("Level", r"'.' > '.\Pump|Limit'", [30.0, 40.0]),
        ("Level", "TagAvg('..|Clock', '*-6h', '*') > 10", [30.0, 40.0]),
    ],
)
def test_names_are_relative_to_the_stream(
    client: Client, levels: Plant, target: str, text: str, expected: list[float]
) -> None:
    rows = asked(client, of(levels, target), text).rows
    assert [value for _, value in rows] == expected
    backwards = asked(client, of(levels, target), text, startTime=hour(24), endTime=hour(0)).rows
    assert backwards == rows[::-1]


def test_another_stream_has_the_value_of_its_own_time_outside_of_the_window_too(client: Client, levels: Plant) -> None:
    query = {"startTime": hour(11), "endTime": hour(13), "boundaryType": "Outside"}
    rows = asked(client, of(levels, "flow"), "'clock' = 6 or 'clock' = 18", **query).rows
    assert rows == [(hour(6), 20.0), (hour(18), 30.0)]


def test_samples_are_filtered_by_other_streams(client: Client, levels: Plant) -> None:
    rows = asked(client, of(levels, "Level"), "'..|Clock' > 15", verb="interpolated", interval="6h").rows
    assert rows == [(hour(18), 30.0), (hour(24), 40.0)]
    query = {"time": [hour(3), hour(21)]}
    rows = asked(client, of(levels, "flow"), "'clock' > 15", verb="interpolatedattimes", **query).rows
    assert rows == [(hour(21), 35.0)]


def test_summaries_leave_out_the_time_in_which_it_does_not_hold(client: Client, levels: Plant) -> None:
    query = {"summaryType": "Count", "calculationBasis": "EventWeighted"}
    [item] = asked(client, of(levels, "flow"), "'clock' >= 12", verb="summary", **query).items
    assert item["Value"]["Value"] == 3


def test_a_name_that_means_nothing_is_refused(client: Client, levels: Plant) -> None:
    answer = asked(client, of(levels, "flow"), "'clok' > 1")
    assert (answer.status, answer.body["Errors"]) == (400, ["'clok' is not known here."])


def test_in_a_set_each_stream_has_its_own_siblings(client: Client, levels: Plant) -> None:
    ids = [owner.attributes.get(name="Level").web_id() for owner in (levels.boiler, levels.pump)]
    answer = client.get("streamsets/recorded", webId=ids, filterExpression="'.' > '..|Limit'", **DAY)
    found = [[row["Value"] for row in item["Items"]] for item in answer.items]
    assert found == [[10.0, 20.0, 30.0, 40.0], [30.0, 40.0]]


def test_the_streams_that_are_named_are_asked_for_together(client: Client, levels: Plant) -> None:
    def queries(count: int) -> int:
        query = {"webId": ids[:count], "filterExpression": "'.' > '..|Limit' and '..|Clock' > 1", **DAY}
        client.get("streamsets/recorded", **query)
        with CaptureQueriesContext(connection) as seen:
            assert len(client.get("streamsets/recorded", **query).items) == count
        return len(seen)

    flow, clock = levels.pi.points.get(name="flow"), levels.pi.points.get(name="clock")
    ids = []
    for number in range(12):
        owner = type(levels.pump).objects.create(
            database=levels.db, name=f"P{number}", path=f"Boiler\\P{number}", parent=levels.boiler
        )
        ids.append(levels.attribute("Level", owner=owner, point=flow).web_id())
        levels.attribute("Limit", owner=owner, value=float(number))
        levels.attribute("Clock", owner=owner, point=clock)
    assert queries(12) == queries(2)
