"""The controller Calculation and `streams/{webId}/calculated`."""

from __future__ import annotations

from typing import Any

import pytest

from .plant import Client, Plant, hour, web_id

EVENTS = [(0, 10.0), (6, 20.0), (24, 30.0)]
DAY = {"startTime": hour(0), "endTime": hour(24)}
CALC_FAILED = {"Name": "Calc Failed", "Value": 249, "IsSystem": True}


def ask(client: Client, verb: str, expression: str, target: Any = None, **query: Any) -> Any:
    query |= {"webId": web_id(target)} if target is not None else {}
    return client.get(f"calculation/{verb}", expression=expression, **query)


def value(client: Client, expression: str, target: Any = None, hours: float = 3) -> Any:
    [(time, found)] = ask(client, "times", expression, target, time=hour(hours)).rows
    assert time == hour(hours)
    return found


@pytest.fixture
def filled(plant: Plant) -> Plant:
    plant.attribute("Level", point=plant.filled("flow", EVENTS))
    plant.attribute("High", parent=plant.boiler.attributes.get(name="Level"), value=55.0)
    plant.attribute("Limit", value=4.0)
    plant.attribute("Speed", owner=plant.pump, point=plant.filled("speed", [(1, 1.0), (2, 3.0)]))
    return plant


def test_it_parses_times_for_a_client_without_a_target(client: Client) -> None:
    """A widespread connector uses the service as its parser of PI times and reads Items[0].Timestamp."""
    items = ask(client, "times", 'ParseTime("*")', time="y+8h").items
    assert items[0]["Timestamp"] == hour(8)
    assert items[0]["Value"] == hour(8)


@pytest.mark.parametrize(
    ("target", "expression", "expected"),
    [
        ("none", r"'\\PI\flow' * 2", 30.0),
        ("none", r"'\\AF\Db\Boiler|Level' + 1", 16.0),
        ("none", "1 + 2 * 3", 7.0),
        ("pi", "'FLOW' * 2", 30.0),
        ("af", r"'Db\Boiler|Level'", 15.0),
        ("db", r"'Boiler|Level' - 'Boiler\Pump|Speed'", 12.0),
        ("boiler", "'Level' + 'Limit'", 19.0),
        ("boiler", "'Level|High'", 55.0),
        ("boiler", r"'.\Pump|Speed'", 3.0),
        ("boiler", r"'\\PI\flow'", 15.0),
        ("pump", r"'..\|Level'", 15.0),
        ("level", "'.' * 2", 30.0),
        ("level", "'High'", 55.0),
        ("level", "'..|Limit'", 4.0),
        ("high", "'|Limit'", 4.0),
        ("flow", "'.' + 'speed'", 18.0),
    ],
)
def test_names_are_relative_to_the_target(
    client: Client, filled: Plant, target: str, expression: str, expected: float
) -> None:
    targets = {
        "none": None,
        "pi": filled.pi,
        "af": filled.af,
        "db": filled.db,
        "boiler": filled.boiler,
        "pump": filled.pump,
        "level": filled.boiler.attributes.get(name="Level"),
        "high": filled.boiler.attributes.get(name="High"),
        "flow": filled.pi.points.get(name="flow"),
    }
    assert value(client, expression, targets[target]) == expected


def test_names_of_an_event_frame_are_its_attributes(client: Client, filled: Plant) -> None:
    frame = filled.frame("Batch", 3, 12, Flow=filled.pi.points.get(name="flow"))
    rows = ask(client, "recorded", "'Flow' * 2", frame).rows
    assert rows == [(hour(6), 40.0)]  # the range is that of the frame


def test_intervals_are_evaluated_from_the_start_on(client: Client, filled: Plant) -> None:
    rows = ask(
        client, "intervals", "'flow' / 10", filled.pi, sampleInterval="3h", startTime=hour(0), endTime=hour(7)
    ).rows
    assert rows == [(hour(0), 1.0), (hour(3), 1.5), (hour(6), 2.0)]
    backwards = ask(
        client, "intervals", "'flow' / 10", filled.pi, sampleInterval="3h", startTime=hour(6), endTime=hour(0)
    )
    assert backwards.rows == rows[::-1]


def test_recorded_has_a_value_wherever_an_input_has_an_event(client: Client, filled: Plant) -> None:
    rows = ask(client, "recorded", "'flow' + 'speed'", filled.pi, **DAY).rows
    assert [time for time, _ in rows] == [hour(h) for h in (0, 1, 2, 6, 24)]
    assert [found for _, found in rows] == [
        CALC_FAILED,
        *(pytest.approx(x) for x in (10 + 10 / 6 + 1, 10 + 20 / 6 + 3, 23, 33)),
    ]


def test_times_are_sorted(client: Client, filled: Plant) -> None:
    times = [hour(6), hour(0)]
    assert ask(client, "times", "'flow'", filled.pi, time=times).rows == [(hour(0), 10.0), (hour(6), 20.0)]
    assert ask(client, "times", "'flow'", filled.pi, time=times, sortOrder="Descending").rows[0] == (hour(6), 20.0)


def test_a_summary_is_that_of_the_computed_values(client: Client, filled: Plant) -> None:
    query = {"summaryType": ["Average", "Maximum", "Minimum", "Count"], **DAY}
    items = ask(client, "summary", "'flow' * 2", filled.pi, **query).items
    # 20 to 40 in six hours, 40 to 60 in eighteen
    assert [item["Value"]["Value"] for item in items] == pytest.approx([(30 * 6 + 50 * 18) / 24, 60, 20, 86_400])
    constant = ask(client, "summary", "7", **query).items
    assert [item["Value"]["Value"] for item in constant] == [7.0, 7.0, 7.0, 86_400.0]


def test_a_summary_by_samples_counts_the_samples(client: Client, filled: Plant) -> None:
    query = {"sampleType": "Interval", "sampleInterval": "6h", "calculationBasis": "EventWeighted"}
    items = ask(client, "summary", "'flow'", filled.pi, summaryType=["Count", "Average"], **query, **DAY).items
    # at 0, 6, 12, 18, 24 h
    samples = [10, 20, 20 + 10 / 3, 20 + 20 / 3, 30]
    assert [item["Value"]["Value"] for item in items] == pytest.approx([5, sum(samples) / 5])


def test_what_cannot_be_computed_is_a_bad_value_and_not_an_error(client: Client, filled: Plant) -> None:
    assert value(client, "1 / 0") == CALC_FAILED
    assert value(client, "'flow' + \"text\"", filled.pi) == CALC_FAILED
    assert value(client, "BadVal('flow')", filled.pi, hours=-1) == 1.0


def test_functions_over_ranges_read_the_range(client: Client, filled: Plant) -> None:
    assert value(client, f"TagAvg('flow', '{hour(0)}', '{hour(6)}')", filled.pi) == 15.0
    assert value(client, "TagMax('flow', '*-6h', '*')", filled.pi, hours=6) == 20.0
    rows = ask(
        client,
        "intervals",
        "TagAvg('flow', '*-3h', '*')",
        filled.pi,
        sampleInterval="3h",
        startTime=hour(3),
        endTime=hour(6),
    ).rows
    assert [found for _, found in rows] == [12.5, 17.5]


@pytest.mark.parametrize(
    ("expression", "told"),
    [("'flow' +", "position"), ("'nothing' + 1", "'nothing'"), ("Magic('flow')", "no function"), ("", "required")],
)
def test_an_expression_that_is_none_is_refused(client: Client, filled: Plant, expression: str, told: str) -> None:
    answer = ask(client, "times", expression, filled.pi, time="*")
    assert answer.status == 400
    assert told in answer.body["Errors"][0]


def test_an_object_that_has_no_streams_is_no_target(client: Client, filled: Plant) -> None:
    assert ask(client, "times", "1", filled.metre, time="*").status == 409


def test_a_function_over_more_events_than_a_request_may_read_is_refused(client: Client, plant: Plant) -> None:
    plant.simulated("s", created_ticks=0)
    answer = ask(client, "times", "TagAvg('s', '*-5y', '*')", plant.pi, time="*")
    assert answer.status == 400
    assert "is greater than the maximum allowed" in answer.body["Errors"][0]


# -- streams/{webId}/calculated ----------------------------------------------------------------


def test_calculated_evaluates_an_expression_in_which_the_dot_is_the_stream(client: Client, filled: Plant) -> None:
    path = f"streams/{web_id(filled.pi.points.get(name='flow'))}/calculated"
    rows = client.get(path, expression="'.' * 2", interval="3h", startTime=hour(0), endTime=hour(6)).rows
    assert rows == [(hour(0), 20.0), (hour(3), 30.0), (hour(6), 40.0)]


def test_calculated_gives_a_summary_of_each_interval(client: Client, filled: Plant) -> None:
    path = f"streams/{web_id(filled.pi.points.get(name='flow'))}/calculated"
    query = {"interval": "3h", "startTime": hour(0), "endTime": hour(6)}
    assert client.get(path, **query).rows == [(hour(0), 12.5), (hour(3), 17.5)]
    assert client.get(path, calculationType="Maximum", **query).rows == [(hour(0), 15.0), (hour(3), 20.0)]
    assert client.get(path, calculationType="Sum", **query).status == 400
    assert client.get(path, calculationType="Maximum", expression="'.'", **query).status == 400
