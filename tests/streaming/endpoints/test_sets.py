"""Stream sets: which streams, in which order, with what around them, and at what cost."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from .plant import BASE, Client, Plant, hour, pairs, web_id

EVENTS = [(0, 10.0), (6, 20.0), (24, 30.0)]
RANGE = {"startTime": hour(0), "endTime": hour(24)}


def names(items: list[dict[str, Any]]) -> list[str]:
    return [item["Name"] for item in items]


@pytest.fixture
def boiler(plant: Plant) -> str:
    """Level (m, with the child High), Mode (static), Spare (hidden), Old (excluded); Speed of the Pump."""
    level = plant.attribute("Level", point=plant.filled("level", EVENTS), unit=plant.metre)
    plant.attribute("High", parent=level, value=55.0, type="Double")
    plant.attribute("Mode", value="auto", type="String", value_ticks=0)
    plant.attribute("Spare", is_hidden=True)
    plant.attribute("Old", is_excluded=True)
    plant.attribute("Speed", owner=plant.pump, point=plant.filled("speed", EVENTS))
    return web_id(plant.boiler)


def test_the_set_of_an_element_is_its_own_visible_attributes(client: Client, boiler: str) -> None:
    assert names(client.get(f"streamsets/{boiler}/value").items) == ["Level", "Mode"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"showHidden": "true"}, ["Level", "Mode", "Spare"]),
        ({"showExcluded": "True"}, ["Level", "Mode", "Old"]),
        ({"searchFullHierarchy": "true"}, ["Level", "High", "Mode"]),
        ({"nameFilter": "l*"}, ["Level"]),
        ({"nameFilter": "eve"}, []),
        ({"sortField": "Name", "sortOrder": "Descending"}, ["Mode", "Level"]),
    ],
)
def test_filters_choose_the_members(client: Client, boiler: str, query: dict[str, str], expected: list[str]) -> None:
    assert sorted(names(client.get(f"streamsets/{boiler}/value", **query).items)) == sorted(expected)


def test_the_set_of_an_attribute_is_its_children(client: Client, plant: Plant, boiler: str) -> None:
    level = plant.boiler.attributes.get(name="Level")
    items = client.get(f"streamsets/{web_id(level)}/value").items
    assert [(item["Name"], item["Value"]["Value"]) for item in items] == [("High", 55.0)]


def test_an_object_without_streams_is_409(client: Client, plant: Plant) -> None:
    assert client.get(f"streamsets/{web_id(plant.db)}/value").status == 409


def test_a_member_tells_its_head_and_where_it_comes_from(client: Client, plant: Plant, boiler: str) -> None:
    [level, _] = client.get(f"streamsets/{boiler}/recorded", **RANGE).items
    own = web_id(plant.boiler.attributes.get(name="Level"))
    assert {key: level[key] for key in ("WebId", "Name", "Path", "Links", "UnitsAbbreviation")} == {
        "WebId": own,
        "Name": "Level",
        "Path": "\\\\AF\\Db\\Boiler|Level",
        "Links": {"Source": f"{BASE}/attributes/{own}"},
        "UnitsAbbreviation": "m",
    }
    assert pairs(level["Items"]) == [(hour(h), value) for h, value in EVENTS]


def test_an_ad_hoc_set_keeps_the_order_of_the_request_and_mixes_kinds(
    client: Client, plant: Plant, boiler: str
) -> None:
    ids = [web_id(plant.filled("zeta", EVENTS)), web_id(plant.boiler.attributes.get(name="Level"))]
    items = client.get("streamsets/end", webId=ids).items
    assert [(item["WebId"], item["Value"]["Value"]) for item in items] == [(one, 30.0) for one in ids]
    assert names(client.get("streamsets/end", webId=ids[::-1]).items) == ["Level", "zeta"]
    assert names(client.get("streamsets/end", webId=",".join(ids), sortField="Name").items) == ["Level", "zeta"]


def test_a_stream_that_is_not_there_tells_so_in_its_place(client: Client, plant: Plant) -> None:
    gone = plant.filled("gone", EVENTS)
    ids = [web_id(plant.filled("a", EVENTS)), web_id(gone), web_id(plant.filled("b", EVENTS))]
    gone.delete()
    items = client.get("streamsets/recorded", webId=ids, **RANGE).items
    assert [len(item["Items"]) for item in items] == [3, 0, 3]
    assert "was found" in items[1]["Errors"][0]
    assert [item["WebId"] for item in items] == ids


def test_the_value_of_a_stream_that_is_not_there_is_null_with_its_errors(client: Client, plant: Plant) -> None:
    """So that who looks at the first entry sees single values whatever became of it."""
    gone = plant.filled("gone", EVENTS)
    path = web_id(gone)
    gone.delete()
    [item] = client.get("streamsets/value", webId=path).items
    assert (item["Value"]["Timestamp"], item["Value"]["Value"], item["Value"]["Good"]) == (hour(33.5), None, False)
    assert item["Value"]["Errors"] == [{"FieldName": "Value", "Message": item["Errors"]}]
    assert client.get("streamsets/end", webId=path, selectedFields="Items.WebId;Items.Value.Value").items == [
        {"WebId": path, "Value": {"Value": None}, "Errors": item["Errors"]}
    ]


def test_an_id_that_is_none_fails_the_whole_request(client: Client, plant: Plant) -> None:
    answer = client.get("streamsets/value", webId=[web_id(plant.filled("a", EVENTS)), "nonsense"])
    assert answer.status == 400
    assert answer.body["Errors"][0].startswith("Unknown or invalid WebID format:")


def test_joined_reads_the_others_at_the_times_of_the_base(client: Client, plant: Plant) -> None:
    base = web_id(plant.filled("base", [(1, 5.0), (3, 6.0), (12, 7.0)]))
    others = [web_id(plant.filled("flow", EVENTS)), web_id(plant.filled("flat", [(2, 1.0)]))]
    items = client.get("streamsets/joined", baseWebId=base, subordinateWebId=others, **RANGE).items
    assert [time for time, _ in pairs(items[0]["Items"])] == [hour(1), hour(3), hour(12)]
    # 10 to 20 over 6 h, 20 to 30 over 18 h
    assert [value for _, value in pairs(items[1]["Items"])] == pytest.approx([10 + 10 / 6, 15.0, 20 + 10 / 3])
    assert [value if isinstance(value, float) else value["Name"] for _, value in pairs(items[2]["Items"])] == [
        "No Data",
        1.0,
        1.0,
    ]


def test_attributes_of_an_event_frame_have_its_times_by_default(client: Client, plant: Plant) -> None:
    frame = plant.frame("Batch", 3, 12, Flow=plant.filled("flow", [(h, float(h)) for h in range(0, 30, 3)]))
    [flow] = client.get(f"streamsets/{web_id(frame)}/recorded").items
    assert [time for time, _ in pairs(flow["Items"])] == [hour(h) for h in (3, 6, 9, 12)]


def test_an_open_event_frame_ends_now(client: Client, plant: Plant) -> None:
    frame = plant.frame("Batch", 24, None, Flow=plant.filled("flow", [(h, float(h)) for h in range(0, 40, 3)]))
    [flow] = client.get(f"streamsets/{web_id(frame)}/recorded").items
    assert [time for time, _ in pairs(flow["Items"])] == [hour(h) for h in (24, 27, 30, 33)]  # now is 33.5 h


def test_desired_units_convert_values_and_are_told(client: Client, plant: Plant, boiler: str) -> None:
    path = f"streams/{web_id(plant.boiler.attributes.get(name='Level'))}"
    answer = client.get(f"{path}/recorded", desiredUnits="ft", **RANGE)
    assert answer.body["UnitsAbbreviation"] == "ft"
    assert [row["UnitsAbbreviation"] for row in answer.items] == ["ft"] * 3
    assert [value for _, value in answer.rows] == pytest.approx([10 / 0.3048, 20 / 0.3048, 30 / 0.3048])
    by_name = client.get(f"{path}/value", desiredUnits="foot").body
    assert by_name["Value"] == pytest.approx(30 / 0.3048)


def test_units_of_another_class_or_of_a_point_are_refused(client: Client, plant: Plant, boiler: str) -> None:
    level = web_id(plant.boiler.attributes.get(name="Level"))
    assert client.get(f"streams/{level}/value", desiredUnits="kg").status == 409
    assert client.get(f"streams/{level}/value", desiredUnits="cubit").status == 400
    point = web_id(plant.filled("plain", EVENTS))
    assert client.get(f"streams/{point}/value", desiredUnits="m").status == 400


def test_a_static_attribute_has_its_value_at_any_time(client: Client, plant: Plant, boiler: str) -> None:
    path = f"streams/{web_id(plant.boiler.attributes.get(name='Mode'))}"
    assert client.get(f"{path}/value").body["Value"] == "auto"
    assert client.get(f"{path}/value", time=hour(1)).body["Value"] == "auto"


def test_a_formula_follows_its_inputs(client: Client, plant: Plant, boiler: str) -> None:
    double = plant.attribute("Double", type="Double", data_reference="Formula", config_string="A=Level;[A*2]")
    rows = client.get(f"streams/{web_id(double)}/recorded", **RANGE).rows
    assert rows == [(hour(h), 2 * value) for h, value in EVENTS]


def test_an_attribute_without_its_point_tells_why(client: Client, plant: Plant) -> None:
    lost = plant.attribute("Lost", data_reference="PI Point", config_string="\\\\PI\\gone")
    body = client.get(f"streams/{web_id(lost)}/value").body
    assert body["Good"] is False
    assert body["Value"] == {"Errors": ["PI Point not found '\\\\PI\\gone'."]}


# -- cost --------------------------------------------------------------------------------------

VERBS: dict[str, dict[str, Any]] = {
    "value": {},
    "end": {},
    "recorded": RANGE,
    "interpolated": RANGE,
    "interpolatedattimes": {"time": hour(2)},
    "recordedattime": {"time": hour(2)},
    "recordedattimes": {"time": [hour(2), hour(3)], "retrievalMode": "After"},
    "plot": RANGE,
    "summary": RANGE,
}


def queries(client: Client, path: str, **query: Any) -> int:
    client.get(path, **query)  # what a process reads once is not counted
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path, **query).status == 200
    return len(captured)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", ["stored", "simulated"])
def test_as_many_queries_for_many_streams_as_for_a_few(client: Client, plant: Plant, verb: str, kind: str) -> None:
    make = plant.simulated if kind == "simulated" else lambda name: plant.filled(name, EVENTS)
    ids = [web_id(make(f"p{n}")) for n in range(12)]
    few = queries(client, f"streamsets/{verb}", webId=ids[:3], **VERBS[verb])
    assert queries(client, f"streamsets/{verb}", webId=ids, **VERBS[verb]) == few
    assert few <= 3


@pytest.mark.parametrize("verb", VERBS)
def test_as_many_queries_for_an_element_with_many_attributes(client: Client, plant: Plant, verb: str) -> None:
    def fill(start: int, stop: int) -> None:
        for n in range(start, stop):
            plant.attribute(f"a{n}", point=plant.filled(f"p{n}", EVENTS), unit=plant.metre)

    fill(0, 3)
    few = queries(client, f"streamsets/{web_id(plant.boiler)}/{verb}", **VERBS[verb])
    fill(3, 12)
    assert queries(client, f"streamsets/{web_id(plant.boiler)}/{verb}", **VERBS[verb]) == few
