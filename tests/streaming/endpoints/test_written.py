"""Values that were written: where they are found, and those whose unit or time alone counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .plant import BASE, Client, Plant, at, hour, stamp, web_id


def test_a_value_in_a_unit_of_another_class_is_409_and_one_of_many_tells_so(client: Client, plant: Plant) -> None:
    path = f"streams/{web_id(plant.attribute('Level', point=plant.point('level'), unit=plant.metre))}"
    heavy, high = ({"Timestamp": hour(1), "Value": 1.0, "UnitsAbbreviation": unit} for unit in ("kg", "m"))
    assert client.post(f"{path}/value", heavy).status == 409
    answer = client.post(f"{path}/recorded", [heavy, high])
    assert (answer.status, [item["Substatus"] for item in answer.body["Items"]]) == (207, [409, 204])


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        ("Int64", 2**53 + 1, 2**53 + 1),
        ("Int64", "-9007199254740993", -(2**53) - 1),
        ("Int64", 2**63 - 1, 2**63 - 1),
        ("Byte", 255, 255),
        ("Int32", "1.7", 2),
        ("Int32", True, 1),
        ("Single", 0.1, 0.1),
        ("DateTime", "2026-01-01T02:00:00.5+02:00", "2026-01-01T00:00:00.5Z"),
        ("Guid", "6B1F3C52-8D1E-4A37-9C55-0E1F2A3B4C5D", "6b1f3c52-8d1e-4a37-9c55-0e1f2a3b4c5d"),
        ("Int32Array", [1, "2"], [1, 2]),
        ("Anything", {"a": 1}, {"a": 1}),
    ],
)
def test_a_static_attribute_keeps_its_value_to_the_last_digit(
    client: Client, plant: Plant, kind: str, sent: Any, kept: Any
) -> None:
    web = web_id(plant.attribute("Static", type=kind))
    assert client.post(f"streams/{web}/value", {"Value": sent}).status == 204
    values = [client.get(f"{controller}/{web}/value").body["Value"] for controller in ("streams", "attributes")]
    [item] = client.get("streamsets/value", webId=web).items
    assert [*values, item["Value"]["Value"]] == [kept] * 3
    assert type(values[0]) is type(kept)


LARGE = 2**53 + 1  # which no double is


def test_every_verb_tells_a_large_integer_to_the_last_digit(client: Client, plant: Plant) -> None:
    web = web_id(plant.attribute("Count", type="Int64"))
    client.post(f"streams/{web}/value", {"Value": LARGE, "Timestamp": hour(1)})
    window = {"startTime": hour(0), "endTime": hour(6)}
    lists = {
        "recorded": window,
        "interpolated": window | {"interval": "3h"},
        "plot": window | {"startTime": hour(2)},
        "interpolatedattimes": {"time": hour(3)},
        "recordedattimes": {"time": hour(3)},
    }
    for verb, query in lists.items():
        items = client.get(f"streams/{web}/{verb}", **query).items
        assert {json.dumps(item["Value"]) for item in items} == {str(LARGE)}, verb
        [one] = client.get(f"streamsets/{verb}", webId=web, **query).items
        assert one["Items"] == items
    for verb in ("value", "end"):
        assert client.get(f"streams/{web}/{verb}").body["Value"] == LARGE
    summary = client.get(f"streams/{web}/summary", summaryType="All", **window).items
    told = {item["Type"]: item["Value"]["Value"] for item in summary}
    assert (told["Minimum"], told["Maximum"]) == (LARGE, LARGE)
    assert (told["Average"], told["Range"], told["PercentGood"]) == (float(LARGE), 0, 100)


def test_a_large_integer_is_a_number_to_expressions_and_units(client: Client, plant: Plant) -> None:
    """Not a time, whose ticks are integers, too."""
    web = web_id(plant.attribute("Count", type="Int64", value=LARGE, unit=plant.metre))
    query = {"time": hour(3), "webId": web}
    assert client.get("calculation/times", expression="'.' / 2 > 1e15", **query).items[0]["Value"] == 1.0
    assert client.get("calculation/times", expression="TagMax('.', '*-1h', '*')", **query).items[0]["Value"] == 2.0**53
    feet = client.get(f"streams/{web}/value", desiredUnits="ft").body
    assert (feet["Value"], feet["UnitsAbbreviation"]) == (pytest.approx(LARGE / 0.3048), "ft")


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("Int64", 2**63),
        ("Int64", "9223372036854775808"),
        ("Byte", 256),
        ("Byte", -1),
        ("Int16", 40_000),
        ("Int32", 2**31),
        ("Single", 1e39),
        ("DateTime", "soon"),
        ("Guid", "0-0"),
        ("DoubleArray", [1, "x"]),
        ("DoubleArray", 5),
    ],
)
def test_a_static_attribute_refuses_what_its_type_cannot_hold(
    client: Client, plant: Plant, kind: str, sent: Any
) -> None:
    path = f"streams/{web_id(plant.attribute('Static', type=kind))}/value"
    before = client.get(path).body
    answer = client.post(path, {"Value": sent})
    assert (answer.status, bool(answer.body["Errors"])) == (400, True)
    assert client.get(path).body == before


def test_blobs_are_501_and_in_a_set_an_error_in_their_place(client: Client, plant: Plant) -> None:
    blob, point = web_id(plant.point("blob", "Blob")), web_id(plant.filled("p", [(1, 1.0)]))
    body = {"Timestamp": hour(1), "Value": 1}
    assert client.get(f"streams/{blob}/recorded").status == 501
    assert client.get(f"streams/{blob}/value").body["Errors"] == ["Values of the point type Blob are not supported."]
    assert client.post(f"streams/{blob}/value", body).status == 501
    first, second = client.get("streamsets/value", webId=[blob, point]).items
    assert (first["Value"]["Value"], first["Value"]["Good"]) == (
        {"Errors": ["Values of the point type Blob are not supported."]},
        False,
    )
    assert second["Value"]["Value"] == 1.0


def test_of_a_value_to_remove_only_the_time_counts(client: Client, plant: Plant) -> None:
    point = plant.filled("p", [(1, 1.0), (2, 2.0)])
    body = {"Timestamp": hour(1), "Value": {"no": "number"}, "UnitsAbbreviation": "kg"}
    assert client.post(f"streams/{web_id(point)}/value", body, updateOption="remove").status == 202
    assert client.get(f"streams/{web_id(point)}/recorded", startTime=hour(0), endTime=hour(3)).rows == [(hour(2), 2.0)]


def test_a_written_value_is_found_at_its_location(client: Client, plant: Plant) -> None:
    """To 100 ns, by the kind of WebId that was asked for; a static attribute keeps the one it has now."""
    point = plant.filled("p", [(1, 1.0)])
    body = {"Timestamp": stamp(at(2) + 1), "Value": 7.0}
    location = client.post(f"streams/{web_id(point)}/value", body, webIdType="PathOnly").headers["Location"]
    assert location.startswith(f"{BASE}/streams/P1DP")
    found = client.get(location.removeprefix(f"{BASE}/").partition("?")[0], time=location.partition("time=")[2])
    assert (found.body["Timestamp"], found.body["Value"]) == (stamp(at(2) + 1), 7.0)
    limit = web_id(plant.attribute("Limit", type="Double", value=1.0))
    where = client.post(f"streams/{limit}/value", {"Value": 2.5}).headers["Location"]
    assert where == f"{BASE}/attributes/{limit}/value"


def test_only_value_sets_a_static_attribute_whatever_the_address(client: Client, plant: Plant) -> None:
    """It keeps one value, so several cannot be recorded: 409, in a set in their place."""
    limit, point = web_id(plant.attribute("Limit", type="Double", value=1.0)), web_id(plant.filled("p", [(1, 1.0)]))
    some = [{"Timestamp": hour(2), "Value": 5.0}, {"Timestamp": hour(3), "Value": 6.0}]
    assert client.post(f"streams/{limit}/recorded", some).status == 409
    for path in ("streamsets/recorded", f"streamsets/{web_id(plant.boiler)}/recorded"):
        answer = client.post(path, [{"WebId": limit, "Items": some}])
        assert (answer.status, [one["Substatus"] for one in answer.body["Items"][0]["Items"]]) == (207, [409, 409])
    both = [{"WebId": limit, "Items": some}, {"WebId": point, "Items": some}]
    answer = client.post("streamsets/recorded", both)
    assert [[one["Substatus"] for one in item["Items"]] for item in answer.body["Items"]] == [[409, 409], [204, 204]]
    assert client.get(f"streams/{limit}/value").body["Value"] == 1.0
    assert client.post("streamsets/value", [{"WebId": limit, "Value": some[0]}]).status == 204
    assert client.get(f"streams/{limit}/value").body["Value"] == 5.0
