"""Values that were written: where they are found, and those whose unit or time alone counts."""

from __future__ import annotations

from .plant import BASE, Client, Plant, at, hour, stamp, web_id


def test_a_value_in_a_unit_of_another_class_is_409_and_one_of_many_tells_so(client: Client, plant: Plant) -> None:
    path = f"streams/{web_id(plant.attribute('Level', point=plant.point('level'), unit=plant.metre))}"
    heavy, high = ({"Timestamp": hour(1), "Value": 1.0, "UnitsAbbreviation": unit} for unit in ("kg", "m"))
    assert client.post(f"{path}/value", heavy).status == 409
    answer = client.post(f"{path}/recorded", [heavy, high])
    assert (answer.status, [item["Substatus"] for item in answer.body["Items"]]) == (207, [409, 204])


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
