"""An imported plant over REST: browsed by path, and its data references evaluated."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from piwebapi.models import Attribute, Element, Point
from piwebapi.transfer.report import Report

HOST = {"HTTP_HOST": "localhost", "HTTP_X_REQUESTED_WITH": "tests"}


@pytest.fixture
def client(settings: Any) -> Client:
    settings.OSIPI_ANONYMOUS = "write"
    return Client(**HOST)


def get(client: Client, where: str, /, **query: str) -> Any:
    reply = client.get(f"/piwebapi/{where}", query)
    assert reply.status_code == 200, reply.content
    return reply.json()


def value(client: Client, path: str) -> Any:
    attribute = get(client, "attributes", path=rf"\\FARM\Dairy\{path}")
    return get(client, f"streams/{attribute['WebId']}/value")["Value"]


def test_the_tree_is_browsed_from_the_server_down(dairy: Report, client: Client) -> None:
    (server,) = get(client, "assetservers")["Items"]
    (database,) = get(client, f"assetservers/{server['WebId']}/assetdatabases")["Items"]
    roots = get(client, f"assetdatabases/{database['WebId']}/elements")["Items"]
    assert [(root["Name"], root["HasChildren"]) for root in roots] == [("Hill", True), ("Valley", True)]
    below = get(client, f"elements/{roots[0]['WebId']}/elements")["Items"]
    assert [item["Path"] for item in below] == [
        r"\\FARM\Dairy\Valley\C1",
        r"\\FARM\Dairy\Valley\V1",
        r"\\FARM\Dairy\Hill\V2",
    ]


def test_an_element_is_found_over_either_of_its_parents(dairy: Report, client: Client) -> None:
    one = get(client, "elements", path=r"\\FARM\Dairy\Valley\V1")
    other = get(client, "elements", path=r"\\farm\dairy\HILL\v1", associations="Paths")
    assert one["WebId"] == other["WebId"]
    assert other["Paths"] == [r"\\FARM\Dairy\Valley\V1", r"\\FARM\Dairy\Hill\V1"]
    assert other["TemplateName"] == "Vat"
    assert other["CategoryNames"] == ["Vessel"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"Valley\V1|Volume", 3.25),
        (r"Hill\V2|Volume", 8.5),
        (r"Valley\V1|Volume|Limit", 12.0),
        (r"Valley\V1|Phase", {"Name": "Filling", "Value": 10, "IsSystem": False}),
        # the row of Comte, by the value of another attribute
        (r"Valley\V1|Days", 240),
        (r"Hill\V2|Days", 56),
        (r"Valley\V1|First Made", "2001-05-01T00:00:00Z"),
        # names of the parent and of the element, a value in capitals, a number of three digits
        (r"Valley\V1|Label", "Valley/V1: COMTE 240"),
        (r"Hill\V2|Label", "Hill/V2: BRIE 056"),
        (r"Valley\V1|Built", "2000-01-01T00:00:00Z"),
        (r"Valley\V1|Built|By", "Anna"),
    ],
)
def test_attributes_tell_what_the_file_and_its_table_say(
    dairy: Report, client: Client, path: str, expected: object
) -> None:
    assert value(client, path) == expected


def test_an_empty_cell_is_no_data_and_no_invented_number(dairy: Report, client: Client) -> None:
    days = Attribute.objects.get(element__path=r"Hill\V2", trail="First Made")
    found = get(client, f"streams/{days.web_id()}/value")
    assert not found["Good"]
    assert found["Value"]["Name"] == "No Data"


def test_a_formula_follows_the_point_that_it_reads(dairy: Report, client: Client) -> None:
    point = Point.objects.get()
    body = {"Timestamp": "2024-06-01T00:00:00Z", "Value": 31}
    reply = client.post(f"/piwebapi/streams/{point.web_id()}/value", body, "application/json")
    assert reply.status_code == 202
    assert value(client, r"Valley\C1|Speed") == 31
    assert value(client, r"Valley\C1|Half Speed") == 16.0


def rename(client: Client, name: str, new: str) -> None:
    element = Element.objects.get(name=name)
    reply = client.patch(f"/piwebapi/elements/{element.web_id()}", {"Name": new}, "application/json")
    assert reply.status_code == 204


def tag_of_speed(client: Client, path: str) -> str | None:
    shown = get(client, "attributes", path=rf"\\FARM\Dairy\{path}|Speed", associations="DataReference")
    return shown["DataReference"].get("PIPoint", {}).get("Name")


def test_a_renamed_element_aims_at_the_tag_of_its_new_name(dairy: Report, client: Client) -> None:
    server = Point.objects.get().server
    Point.objects.create(server=server, name="Valley.C9.Speed", point_type="Int32")
    Point.objects.create(server=server, name="Dale.C9.Speed", point_type="Int32")
    rename(client, "C1", "C9")
    assert tag_of_speed(client, r"Valley\C9") == "Valley.C9.Speed"
    rename(client, "Valley", "Dale")
    assert tag_of_speed(client, r"Dale\C9") == "Dale.C9.Speed"


def test_a_reference_finds_its_point_when_that_is_created_later(dairy: Report, client: Client) -> None:
    rename(client, "C1", "C5")
    assert tag_of_speed(client, r"Valley\C5") is None
    server = Point.objects.get().server
    body = {"Name": "VALLEY.c5.speed", "PointClass": "classic", "PointType": "Int32"}
    reply = client.post(f"/piwebapi/dataservers/{server.web_id()}/points", body, "application/json")
    assert reply.status_code == 201
    assert tag_of_speed(client, r"Valley\C5") == "VALLEY.c5.speed"


def test_lists_of_the_library_show_what_was_imported(dairy: Report, client: Client) -> None:
    database = get(client, "assetdatabases", path=r"\\FARM\Dairy")
    links = database["Links"]
    names = {
        key: [item["Name"] for item in get(client, links[key].partition("/piwebapi/")[2])["Items"]]
        for key in ("ElementTemplates", "EnumerationSets", "Tables", "AttributeCategories", "AnalysisTemplates")
    }
    assert names == {
        "ElementTemplates": ["Churn", "Cleaning", "Vat"],
        "EnumerationSets": ["Phase"],
        "Tables": ["Cheese Recipes"],
        "AttributeCategories": ["Measured", "Planned"],
        "AnalysisTemplates": ["Butter Yield"],
    }
