"""Objects by WebId, path and name; several at once; and of an answer only what was asked for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from piwebapi.core.webid import decode, encode
from piwebapi.models import AssetDatabase, AssetServer, DataServer, Element

from .conftest import ROOT, Api, Ground

FORMS = {"Full": "F", "IDOnly": "I", "PathOnly": "P", "LocalIDOnly": "L", "DefaultIDOnly": "D"}


@pytest.fixture
def flow(api: Api, ground: Ground) -> str:
    pump = api.post(f"{ground.database}/elements", {"Name": "Pump"})
    return api.post(f"{pump}/attributes", {"Name": "Flow", "Type": "Double", "DefaultUnitsName": ""})


@pytest.mark.parametrize(("name", "letter"), FORMS.items())
def test_web_ids_are_answered_in_the_asked_form_also_in_links(api: Api, flow: str, name: str, letter: str) -> None:
    shown = api.get(flow, webIdType=name.lower())
    assert shown["WebId"].startswith(f"{letter}1AbE")
    assert shown["Links"]["Self"] == f"{ROOT}/attributes/{shown['WebId']}"
    assert f"/elements/{letter}1Em" in shown["Links"]["Element"]
    assert api.get(f"attributes/{shown['WebId']}")["Id"] == shown["Id"]
    known = decode(shown["WebId"])
    assert (known.id is None, bool(known.path)) == (letter == "P", letter in "FP")
    if letter != "P":
        assert known.id == UUID(shown["Id"])


def test_a_location_has_the_asked_form(api: Api, ground: Ground) -> None:
    made = api.post(f"{ground.database}/elements", {"Name": "X"}, webIdType="IDOnly")
    assert made.startswith(f"{ROOT}/elements/I1Em")


def test_a_full_web_id_of_another_server_falls_back_to_its_path(api: Api, flow: str) -> None:
    other = encode("Element", form="F", server=UUID(int=1), id=UUID(int=2), path=r"\\AF\Db\Pump")
    assert api.get(f"elements/{other}")["Name"] == "Pump"
    nothing = encode("Element", form="F", server=UUID(int=1), id=UUID(int=2), path=r"\\AF\Db\Fan")
    assert api.get(f"elements/{nothing}", status=404)["Errors"]
    by_ids = encode("Element", form="I", server=UUID(int=1), id=Element.objects.get().pk, path=r"\\AF\Db\Pump")
    assert api.get(f"elements/{by_ids}", status=404)["Errors"]


@pytest.mark.parametrize(
    "text", ["x", "F1Em", "F1EmAAAA", "F9EmVNWLnQ", "F1ZzVNWLnQ", "Pump", "F1Em*", "%00", "F1EmÄ", "P1Em", "a" * 3000]
)
def test_a_text_that_is_no_web_id_is_400_with_the_words_that_clients_look_for(api: Api, flow: str, text: str) -> None:
    errors = api.get(f"elements/{text}", status=400)["Errors"]
    assert errors[0].startswith("Unknown or invalid WebID format: '")


def test_a_web_id_of_another_kind_is_400(api: Api, flow: str) -> None:
    web_id = api.get(flow)["WebId"]
    errors = api.get(f"points/{web_id}", status=400)["Errors"]
    assert errors == [f"Unknown or invalid WebID format: '{web_id}'."]


@pytest.mark.parametrize(
    ("segment", "path", "status"),
    [
        ("attributes", r"\\af\DB\pump|FLOW", 200),
        ("elements", r"\\AF\Db\Elements[Pump]", 200),
        ("elements", r"\\AF\Databases[Db]\Pump", 200),
        ("dataservers", r"\\PI", 200),
        ("dataservers", r"\\PIServers[PI]", 200),
        ("dataservers", r"\\PIServer[pi]", 200),
        ("assetservers", r"\\AF", 200),
        ("assetdatabases", r"\\AF\Db", 200),
        ("elements", r"\\AF\Db\Fan", 404),
        ("elements", r"\\XX\Db\Pump", 404),
        ("attributes", r"\\AF\Db\Pump|Flow|Deep", 404),
        ("points", r"\\PI\nothing", 404),
        ("elements", r"\\AF\Db\Pump|Flow", 404),
        ("elements", "Pump", 400),
        ("elements", r"\AF\Db\Pump", 400),
        ("elements", "", 400),
        ("assetservers", r"\\", 400),
    ],
)
def test_a_path_leads_to_its_object_or_to_a_sentence(api: Api, flow: str, segment: str, path: str, status: int) -> None:
    answer = api.get(segment, status=status, path=path)
    assert "WebId" in answer if status == 200 else list(answer) == ["Errors"]


def test_an_object_is_found_by_a_guid_in_its_path(api: Api, flow: str) -> None:
    pump = Element.objects.get()
    assert api.get("elements", path=rf"\\AF\Db\Elements[{{{pump.pk}}}]")["Name"] == "Pump"
    database = AssetDatabase.objects.get()
    assert api.get("elements", path=rf"\\AF\Databases[{{{database.pk}}}]\Pump")["Name"] == "Pump"


def test_a_missing_point_is_told_in_the_words_that_clients_look_for(api: Api, ground: Ground) -> None:
    (error,) = api.get("points", status=404, path=r"\\PI\gone")["Errors"]
    assert error.startswith("PI Point not found")


def test_servers_are_found_by_name_and_listed_without_one(api: Api, ground: Ground) -> None:
    assert api.get("dataservers", name="pi")["Id"] == str(DataServer.objects.get().pk)
    assert api.get("assetservers", NAME="af")["Id"] == str(AssetServer.objects.get().pk)
    assert api.names("dataservers") == ["PI"]
    assert api.names("assetservers") == ["AF"]
    assert api.get("dataservers", status=404, name="none")["Errors"]


@pytest.mark.parametrize("segment", ["elements", "attributes", "points", "tables", "enumerationsets"])
def test_a_path_is_required_where_there_is_no_list(api: Api, ground: Ground, segment: str) -> None:
    assert api.get(segment, status=400)["Errors"] == ["The parameter 'path' is required."]


# ---- several at once ------------------------------------------------------------------------------


def test_several_objects_are_answered_in_the_order_asked(api: Api, flow: str) -> None:
    web_id = api.get(flow)["WebId"]
    reply = api.ask("GET", "attributes/multiple", webId=[web_id], path=[r"\\AF\Db\Pump|Flow"])
    assert reply.status_code == 200
    items = reply.json()["Items"]
    assert [(item["Identifier"], item["IdentifierType"], item["Exception"]) for item in items] == [
        (web_id, "WebId", None),
        (r"\\AF\Db\Pump|Flow", "Path", None),
    ]
    assert [item["Object"]["Name"] for item in items] == ["Flow", "Flow"]


def test_what_fails_of_several_is_told_in_its_place_with_207(api: Api, flow: str) -> None:
    paths = [r"\\AF\Db\Pump|Flow", r"\\AF\Db\Pump|No", "nonsense"]
    reply = api.ask("GET", "attributes/multiple", path=paths, webId="bad")
    assert reply.status_code == 207
    bad, good, missing, nonsense = reply.json()["Items"]
    assert good["Object"]["Name"] == "Flow"
    for item in (bad, missing, nonsense):
        assert item["Object"] is None
        assert list(item["Exception"]) == ["Errors"]
    assert bad["Exception"]["Errors"] == ["Unknown or invalid WebID format: 'bad'."]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("All", [True, False]), ("itemswithexception", [False]), ("ItemsWithoutException", [True])],
)
def test_only_the_wanted_of_several_are_answered(api: Api, flow: str, mode: str, expected: list[bool]) -> None:
    paths = [r"\\AF\Db\Pump", r"\\AF\Db\Fan"]
    items = api.ask("GET", "elements/multiple", path=paths, includeMode=mode).json()["Items"]
    assert [item["Object"] is not None for item in items] == expected


# ---- selected fields ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ("Name", {"Name": "Flow"}),
        ("name;TYPE", {"Name": "Flow", "Type": "Double"}),
        ("Name;Nonsense", {"Name": "Flow"}),
        ("Nonsense", {}),
        ("Links.Nonsense", {"Links": {}}),
    ],
)
def test_an_object_is_cut_down_to_the_selected_fields(
    api: Api, flow: str, selected: str, expected: dict[str, Any]
) -> None:
    assert api.get(flow, selectedFields=selected) == expected


def test_a_selected_link_is_the_only_link(api: Api, flow: str) -> None:
    shown = api.get(flow, selectedFields="Links.Self")
    assert shown == {"Links": {"Self": flow}}


def test_items_of_a_list_are_cut_down_and_errors_are_not(api: Api, flow: str, ground: Ground) -> None:
    where = f"{ground.database}/elements"
    assert api.get(where, selectedFields="items.name") == {"Items": [{"Name": "Pump"}]}
    assert api.get(where, selectedFields="Items.Nothing") == {"Items": [{}]}
    assert api.get(where, selectedFields="Links") == {"Links": {}}
    multiple = api.get("elements/multiple", path=r"\\AF\Db\Pump", selectedFields="Items.Object.Name")
    assert multiple == {"Items": [{"Object": {"Name": "Pump"}}]}
    assert list(api.get("elements/x", status=400, selectedFields="Name")) == ["Errors"]
