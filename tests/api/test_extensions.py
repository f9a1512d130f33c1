"""Operations that clients in the field call and that the vendor's contract does not have."""

from __future__ import annotations

import pytest

from .conftest import ROOT, Api, Ground


def test_databases_are_listed_without_a_path_over_all_servers(api: Api, ground: Ground) -> None:
    from piwebapi.models import AssetDatabase, AssetServer

    AssetDatabase.objects.create(server=AssetServer.objects.create(name="Other"), name="Archive")
    shown = api.get("assetdatabases")["Items"]
    assert [(item["Name"], item["Path"]) for item in shown] == [("Archive", r"\\Other\Archive"), ("Db", r"\\AF\Db")]
    assert shown[1]["Links"]["Self"] == f"{ROOT}/{ground.database}"
    assert api.names("assetdatabases", maxCount=1, startIndex=1) == ["Db"]
    assert api.get("assetdatabases", path=r"\\AF\Db")["Name"] == "Db"


def test_categories_of_a_database_are_those_of_elements(api: Api, ground: Ground) -> None:
    for name in ("Pumps", "Fans"):
        api.post(f"{ground.database}/elementcategories", {"Name": name})
    api.post(f"{ground.database}/tablecategories", {"Name": "Other"})
    assert api.names(f"{ground.database}/categories") == ["Fans", "Pumps"]


def test_templates_of_event_frames_have_a_list_and_attribute_templates_of_their_own(api: Api, ground: Ground) -> None:
    api.post(f"{ground.database}/elementtemplates", {"Name": "Pump"})
    body = {"Name": "Alarm", "InstanceType": "EventFrame", "Severity": "Major", "CanBeAcknowledged": True}
    alarm = api.post(f"{ground.database}/elementtemplates", body)
    api.post(f"{alarm}/attributetemplates", {"Name": "Limit", "Type": "Double", "DefaultValue": 3})
    (shown,) = api.get(f"{ground.database}/eventframetemplates")["Items"]
    assert (shown["Name"], shown["InstanceType"], shown["Severity"]) == ("Alarm", "EventFrame", "Major")
    (limit,) = api.get(f"eventframetemplates/{shown['WebId']}/attributetemplates")["Items"]
    assert (limit["Name"], limit["Type"], limit["DefaultValue"]) == ("Limit", "Double", 3)
    assert api.names(f"{ground.database}/elementtemplates") == ["Alarm", "Pump"]


@pytest.fixture
def table(api: Api, ground: Ground) -> str:
    made = api.post(f"{ground.database}/tables", {"Name": "Squares"})
    rows = [{"N": n, "Square": n * n} for n in range(25)]
    api.change("PUT", f"{made}/data", {"Columns": {"N": "Int32", "Square": "Int32"}, "Rows": rows}, status=201)
    return made


def test_rows_of_a_table_are_objects_page_by_page(api: Api, table: str) -> None:
    first = api.get(f"{table}/rows", maxCount=10)
    assert first["Items"] == [{"N": n, "Square": n * n} for n in range(10)]
    seen, page = list(first["Items"]), first
    while "Next" in page["Links"]:
        page = api.get(page["Links"]["Next"])
        seen += page["Items"]
    assert seen == [{"N": n, "Square": n * n} for n in range(25)]
    assert api.get(f"{table}/rows", selectedFields="Items.Square", startIndex=24) == {"Items": [{"Square": 576}]}


def test_all_units_stand_in_one_list(api: Api, ground: Ground) -> None:
    for name, unit in (("Length", "meter"), ("Mass", "gram")):
        body = {"Name": name, "CanonicalUnitName": unit, "CanonicalUnitAbbreviation": unit[0]}
        api.post(f"{ground.server}/unitclasses", body)
    assert [(item["Name"], item["Abbreviation"]) for item in api.get("uoms")["Items"]] == [
        ("gram", "g"),
        ("meter", "m"),
    ]


def test_an_unknown_object_of_an_extension_is_told_like_any_other(api: Api, ground: Ground) -> None:
    assert api.get("tables/nonsense/rows", status=400)["Errors"][0].startswith("Unknown or invalid WebID format:")
    assert api.get("eventframetemplates/nonsense/attributetemplates", status=400)["Errors"]
