"""Values that are written with a quality: bad ones, and states of the SYSTEM set."""

from __future__ import annotations

from typing import Any

import pytest

from piwebapi.models import EnumerationValue

from .plant import Client, Plant, hour, web_id

BAD_INPUT = {"Name": "Bad Input", "Value": 255, "IsSystem": True}
TIMEOUT = {"Name": "I/O Timeout", "Value": 246, "IsSystem": True}


def kept(client: Client, point: Any) -> list[tuple[Any, bool]]:
    items = client.get(f"streams/{web_id(point)}/recorded", startTime=hour(0), endTime=hour(5)).items
    return [(item["Value"], item["Good"]) for item in items]


@pytest.mark.parametrize("good", [False, "false", "False"])
@pytest.mark.parametrize(("kind", "value"), [("Float64", 5), ("String", "x"), ("Int32", None)])
def test_a_value_that_is_told_to_be_bad_is_kept_as_bad_input(
    client: Client, plant: Plant, good: Any, kind: str, value: Any
) -> None:
    point = plant.point("p", kind)
    body = {"Timestamp": hour(1), "Value": value, "Good": good}
    assert client.post(f"streams/{web_id(point)}/value", body).status == 202
    assert kept(client, point) == [(BAD_INPUT, False)]


def test_a_bad_state_stays_what_it_is_and_what_was_read_can_be_written(client: Client, plant: Plant) -> None:
    first, second = plant.point("first"), plant.point("second")
    for value in ({"Value": TIMEOUT, "Good": False}, {"Value": 5.0, "Good": True}, {"Value": 6.0, "Good": "true"}):
        body = {"Timestamp": hour(1 + len(kept(client, first))), **value}
        assert client.post(f"streams/{web_id(first)}/value", body).status == 202
    assert kept(client, first) == [(TIMEOUT, False), (5.0, True), (6.0, True)]
    items = client.get(f"streams/{web_id(first)}/recorded", startTime=hour(0), endTime=hour(5)).items
    assert client.post(f"streams/{web_id(second)}/recorded", items).status == 202
    assert kept(client, second) == kept(client, first)


def test_a_digital_point_takes_a_system_state_by_name_unless_its_own_set_has_it(client: Client, plant: Plant) -> None:
    point = plant.point("mode", "Digital", digital_set=plant.modes)
    path = f"streams/{web_id(point)}/value"
    assert client.post(path, {"Timestamp": hour(1), "Value": "i/o timeout"}).status == 202
    EnumerationValue.objects.create(enumeration_set=plant.modes, name="I/O Timeout", value=9)
    assert client.post(path, {"Timestamp": hour(2), "Value": "i/o timeout"}).status == 202
    assert client.post(path, {"Timestamp": hour(3), "Value": "no such state"}).status == 400
    assert kept(client, point) == [(TIMEOUT, False), ({"Name": "I/O Timeout", "Value": 9, "IsSystem": False}, True)]


def test_the_name_of_an_annotation_may_be_as_long_as_its_column(client: Client, plant: Plant) -> None:
    """PostgreSQL failed, with a 500."""
    point = plant.filled("p", [(1, 1.0)])
    path = f"streams/{web_id(point)}/annotations"
    assert client.post(path, {"Timestamp": hour(1), "Name": "n" * 260}).status == 201
    refused = client.post(path, {"Timestamp": hour(1), "Name": "n" * 261})
    assert (refused.status, "at most 260" in refused.body["Errors"][0]) == (400, True)
    assert len(client.get(path, startTime=hour(0), endTime=hour(5)).items) == 1
