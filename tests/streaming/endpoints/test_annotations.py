"""Annotations of single values: made, read with the values, changed, and gone with them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from piwebapi.callers import of_user
from piwebapi.models import Point
from streaming.archive import sealing
from streaming.models import ArchivedBlock, ValueAnnotation, ValueChange

from .plant import Client, Plant, at, hour, web_id

WHERE = {"startTime": hour(0), "endTime": hour(30)}


@pytest.fixture
def point(plant: Plant) -> Point:
    return plant.filled("level", [(1, 1.5), (2, 2.5), (3, 3.5)])


def recorded(client: Client, target: Any, **query: Any) -> list[dict[str, Any]]:
    return client.get(f"streams/{web_id(target)}/recorded", **WHERE, **query).items


def flags(client: Client, target: Any) -> list[bool]:
    return [item["Annotated"] for item in recorded(client, target)]


def annotate(client: Client, target: Any, hours: float, **more: Any) -> str:
    """The path of the new annotation."""
    body = {"Timestamp": hour(hours), "Name": "note", **more}
    answer = client.post(f"streams/{web_id(target)}/annotations", body)
    assert answer.status == 201, answer.body
    return answer.headers["Location"].partition("/piwebapi/")[2]


def test_an_annotated_value_says_so_and_tells_its_annotations(client: Client, point: Point) -> None:
    annotate(client, point, 2, Description="sensor cleaned", Value={"by": "Ann"})
    first, second, third = recorded(client, point, associations="annotations")
    assert [first["Annotated"], second["Annotated"], third["Annotated"]] == [False, True, False]
    assert (first["Annotations"], third["Annotations"]) == ([], [])
    [told] = second["Annotations"]
    assert (told["Name"], told["Description"], told["Value"]) == ("note", "sensor cleaned", {"by": "Ann"})
    assert (told["Creator"], told["Modifier"], told["CreationDate"]) == ("tester", "tester", hour(33.5))
    assert (second["Value"], second["Substituted"], second["Good"]) == (2.5, False, True)


def test_without_the_association_there_is_no_list_and_no_query_more(client: Client, point: Point) -> None:
    annotate(client, point, 2)
    recorded(client, point)
    with CaptureQueriesContext(connection) as plain:
        assert all("Annotations" not in item for item in recorded(client, point))
    with CaptureQueriesContext(connection) as more:
        recorded(client, point, associations="Annotations")
    assert len(more) == len(plain) + 1


def test_the_value_at_a_time_tells_them_too(client: Client, point: Point) -> None:
    annotate(client, point, 2)
    answer = client.get(f"streams/{web_id(point)}/recordedattime", time=hour(2), associations="annotations")
    assert [one["Name"] for one in answer.body["Annotations"]] == ["note"]


@pytest.mark.parametrize("verb", ["recorded", "recordedattime", "recordedattimes"])
def test_values_have_no_other_associations(client: Client, point: Point, verb: str) -> None:
    answer = client.get(f"streams/{web_id(point)}/{verb}", time=hour(2), associations="Paths")
    assert answer.status == 409


def test_an_attribute_shows_and_takes_those_of_its_point(client: Client, plant: Plant, point: Point) -> None:
    attribute = plant.attribute("Level", point=point, data_reference="PI Point", config_string="level")
    annotate(client, attribute, 3)
    assert flags(client, attribute) == flags(client, point) == [False, False, True]


def test_one_annotation_is_read_changed_and_removed(client: Client, point: Point) -> None:
    path = annotate(client, point, 1)
    other = annotate(client, point, 1, Name="second")
    assert client.ask("PATCH", path, {"Name": "renamed", "Value": 7}).status == 204
    one = client.get(path).body
    assert (one["Timestamp"], one["Name"], one["Value"], one["Description"]) == (hour(1), "renamed", 7, "")
    listed = client.get(f"streams/{web_id(point)}/annotations", **WHERE).items
    assert {item["Name"] for item in listed} == {"renamed", "second"}
    assert client.ask("DELETE", path).status == 204
    assert client.get(path).status == 404
    assert flags(client, point) == [True, False, False]
    client.ask("DELETE", other)
    assert flags(client, point) == [False, False, False]


def test_a_replaced_value_keeps_them_and_a_removed_one_takes_them_along(client: Client, point: Point) -> None:
    path = annotate(client, point, 2)
    address = f"streams/{web_id(point)}/value"
    client.post(address, {"Timestamp": hour(2), "Value": 9})
    replaced = recorded(client, point, associations="annotations")[1]
    assert (replaced["Value"], replaced["Substituted"], len(replaced["Annotations"])) == (9.0, True, 1)
    client.post(address, {"Timestamp": hour(2), "Value": 0}, updateOption="Remove")
    assert client.get(path).status == 404
    client.post(address, {"Timestamp": hour(2), "Value": 1})
    assert flags(client, point) == [False, False, False]


def test_a_value_of_a_block_is_annotated(client: Client, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "SIZE", 4)
    monkeypatch.setattr(sealing, "FRESH", 2)
    point = plant.filled("old", [(place, float(place)) for place in range(1, 11)])
    assert sealing.seal_point(point.pk) == 8
    annotate(client, point, 3)
    assert flags(client, point) == [place == 3 for place in range(1, 11)]
    sealing.seal_point(point.pk)
    assert ArchivedBlock.objects.count() == 2
    assert flags(client, point) == [place == 3 for place in range(1, 11)]


def test_subscribers_and_pollers_hear_of_it(client: Client, point: Point) -> None:
    last = ValueChange.objects.order_by("sequence").last()
    assert last is not None
    annotate(client, point, 2)
    changes = ValueChange.objects.filter(sequence__gt=last.sequence)
    assert list(changes.values_list("action", "ticks", "number", "flags")) == [(1, at(2), 2.5, 8)]


def test_a_filter_finds_annotated_values(client: Client, point: Point) -> None:
    annotate(client, point, 2)
    found = recorded(client, point, filterExpression="IsSet('.', \"a\")")
    assert [item["Value"] for item in found] == [2.5]


@pytest.mark.parametrize(
    ("body", "status", "part"),
    [
        ({"Timestamp": hour(1.5), "Name": "n"}, 404, "has no value at"),
        ({"Name": "n"}, 400, "Timestamp is required"),
        ({"Timestamp": "soonish", "Name": "n"}, 400, "Timestamp"),
        ({"Timestamp": hour(1), "Name": 5}, 400, "Name"),
        ({"Timestamp": hour(1), "Nam": "n"}, 400, "Nam"),
        ([], 400, ""),
    ],
)
def test_what_cannot_be_annotated_is_told_and_leaves_nothing(
    client: Client, point: Point, body: Any, status: int, part: str
) -> None:
    answer = client.post(f"streams/{web_id(point)}/annotations", body)
    assert answer.status == status
    assert part in str(answer.body)
    assert not ValueAnnotation.objects.exists()
    assert flags(client, point) == [False, False, False]


def test_computed_values_are_not_annotated(client: Client, plant: Plant) -> None:
    static = plant.attribute("Fixed", value=1.0)
    answer = client.post(f"streams/{web_id(static)}/annotations", {"Timestamp": hour(1), "Name": "n"})
    assert answer.status == 409
    assert "are not stored" in answer.body["Errors"][0]


def test_annotations_of_another_stream_are_not_found(client: Client, plant: Plant, point: Point) -> None:
    path = annotate(client, point, 1)
    other = plant.filled("other", [(1, 1.0)])
    strange = path.replace(web_id(point), web_id(other))
    assert client.get(strange).status == 404
    assert client.ask("DELETE", strange).status == 404
    assert client.get(path.rpartition("/")[0] + "/nonsense").status == 404


def test_who_may_only_read_does_not_annotate(client: Client, point: Point) -> None:
    path = annotate(client, point, 1)
    client.caller = of_user(get_user_model().objects.create_user("reader"))
    answer = client.post(f"streams/{web_id(point)}/annotations", {"Timestamp": hour(2), "Name": "n"})
    assert answer.status == 403
    assert client.ask("PATCH", path, {"Name": "x"}).status == 403
    assert client.ask("DELETE", path).status == 403
    assert client.get(path).body["Name"] == "note"
