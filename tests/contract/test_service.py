"""What the service tells of itself, traits, licenses, points by their attributes, and data references made real."""

from __future__ import annotations

import pytest

from piwebapi.models import DataServer, Point
from tests.contract.client import NOBODY, STAFF, ask, delete, get, patch, post


def test_the_landing_page_of_the_system_leads_to_pages_that_are_there() -> None:
    links = get("system").body["Links"]
    assert set(links) == {"Self", "CacheInstances", "Configuration", "Status", "UserInfo", "Versions"}
    for link in ("CacheInstances", "Configuration"):
        assert get(links[link].removeprefix("http://localhost/piwebapi/")).status == 200


def test_each_setting_can_be_read_alone_and_none_can_be_deleted() -> None:
    told = get("system/configuration").body
    assert told["MaxReturnedItemsPerCall"] == 150_000
    for key, value in told.items():
        assert get(f"system/configuration/{key.lower()}").body == value
    refused = delete("system/configuration/DebugMode")
    assert (refused.status, "environment" in refused.body["Errors"][0]) == (403, True)
    assert delete("system/configuration/Colour").status == get("system/configuration/Colour").status == 404
    assert ask("DELETE", "system/configuration/DebugMode", None, NOBODY).status == 401


def test_nothing_secret_is_told(settings: object) -> None:
    told = str(get("system/configuration").body)
    assert settings.SECRET_KEY not in told
    assert "password" not in told.lower()


def test_traits_are_listed_by_category_and_found_by_name() -> None:
    every = get("attributetraits", category="all").names
    assert get("attributetraits").names == every
    limits = get("attributetraits", category="Limits").names
    assert limits == [f"Limit{name}" for name in ("Minimum", "LoLo", "Lo", "Target", "Hi", "HiHi", "Maximum")]
    places = get("attributetraits", category=["location", "Forecast"]).names
    assert places == ["Forecast", "LocationLatitude", "LocationLongitude", "LocationAltitude"]
    shown = get("attributetraits/limithihi").body
    assert (shown["Abbreviation"], shown["RequireNumeric"], shown["IsAllowedOnRootAttribute"]) == ("HiHi", True, False)
    assert get("attributetraits/Colour").status == 404


def test_an_attribute_with_a_trait_links_it_and_is_found_by_it(root: str) -> None:
    element = post(f"{root}/elements", {"Name": "Tank"}).location
    level = post(f"{element}/attributes", {"Name": "Level", "Type": "Double"}).location
    high = post(f"{level}/attributes", {"Name": "High", "Type": "Double", "TraitName": "limithi"}).location
    assert get(high).body["TraitName"] == "LimitHi"
    assert get(high).body["Links"]["Trait"].endswith("/attributetraits/LimitHi")
    assert "Trait" not in get(level).body["Links"]
    for query in ({"trait": "LimitHi"}, {"traitCategory": "Limit"}, {"trait": "limithi", "traitCategory": "all"}):
        assert get(f"{level}/attributes", **query).names == (["High"] if "trait" in query else ["High"])
    assert get(f"{level}/attributes", traitCategory="Location").names == []
    refused = patch(high, {"TraitName": "Colour"})
    assert refused.body["Errors"][0].startswith("There is no attribute trait 'Colour'; known are LimitMinimum")


def test_the_license_counts_points(data_server: DataServer) -> None:
    Point.objects.create(server=data_server, name="a", created_ticks=0)
    told = get(f"dataservers/{data_server.web_id()}/license", module="pibasess.MaxPointCount").body
    assert (told["AmountUsed"], int(told["AmountLeft"]) + 1) == ("1", int(told["TotalAmount"]))
    assert get(f"dataservers/{data_server.web_id()}/license", module="PI.Coffee").status == 404


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["cos", "sin1", "sin2"]),
        ("sin*", ["sin1", "sin2"]),
        ("tag:=sin* AND PointType:=Int32", ["sin2"]),
        ("tag:=sin1 OR (tag:=cos Step:false)", ["cos", "sin1"]),
        ("descriptor:=*level*", ["sin1"]),
        ("span:>100", ["cos"]),
        ("engunits:<>bar", ["sin1", "sin2"]),
    ],
)
def test_points_are_found_by_their_point_attributes(data_server: DataServer, query: str, names: list[str]) -> None:
    for name, more in (
        ("sin1", {"descriptor": "The level here"}),
        ("sin2", {"point_type": "Int32", "step": True}),
        ("cos", {"span": 200.0, "engineering_units": "bar"}),
    ):
        Point.objects.create(server=data_server, name=name, created_ticks=0, **more)
    assert get("points/search", dataServerWebId=data_server.web_id(), query=query).names == names


def test_a_search_for_points_by_something_unknown_is_refused(data_server: DataServer) -> None:
    refused = get("points/search", dataServerWebId=data_server.web_id(), query="colour:=red")
    assert (refused.status, refused.body["Errors"][0].startswith("The filter 'colour' is not known")) == (400, True)


def test_data_references_get_their_points_for_one_attribute_and_for_a_branch(
    root: str, data_server: DataServer
) -> None:
    site = post(f"{root}/elements", {"Name": "Site"}).location
    pump = post(f"{site}/elements", {"Name": "Pump"}).location
    reference = {"Type": "Int32", "DataReferencePlugIn": "PI Point"}
    flow = {"Name": "Flow", "ConfigString": r"\\PI\%Element%.Flow;pointtype=Int32", **reference}
    speed = {"Name": "Speed", "ConfigString": r"\\PI\%Element%.Speed", **reference}
    made = post(f"{pump}/attributes", flow).location
    post(f"{pump}/attributes", speed)
    assert post(f"{made}/config").status == 201
    assert list(Point.objects.values_list("name", "point_type")) == [("Pump.Flow", "Int32")]
    assert post(f"{site}/config").status == 200
    assert Point.objects.count() == 1
    log = post(f"{site}/config", includeChildElements=True)
    assert (log.status, len(log.body["Items"])) == (200, 1)
    assert set(Point.objects.values_list("name", flat=True)) == {"Pump.Flow", "Pump.Speed"}
    assert get(made).body["Links"]["Point"]
    named = {"Name": "Named", "ConfigString": f"{data_server.full_path}\\Named", **reference}
    assert post(f"{post(f'{pump}/attributes', named).location}/config").status == 201
    assert Point.objects.filter(name="Named", server=data_server).exists()
    lost = {"Name": "Lost", "ConfigString": r"\\Nowhere\tag", **reference}
    assert post(f"{post(f'{pump}/attributes', lost).location}/config").status == 207


def test_attributes_are_found_below_a_database_and_an_element(root: str) -> None:
    site = post(f"{root}/elements", {"Name": "Site"}).location
    pump = post(f"{site}/elements", {"Name": "Pump", "Description": "moves water"}).location
    for owner, name in ((site, "Area"), (pump, "Speed"), (pump, "Power")):
        post(f"{owner}/attributes", {"Name": name, "Type": "Int32" if name == "Power" else "Double"})
    assert get(f"{root}/elementattributes").names == ["Area"]
    assert get(f"{root}/elementattributes", searchFullHierarchy=True).names == ["Area", "Power", "Speed"]
    assert get(f"{site}/elementattributes").names == ["Power", "Speed"]
    assert get(f"{site}/elementattributes", attributeType="int32").names == ["Power"]
    assert get(f"{site}/elementattributes", elementDescriptionFilter="*water*", attributeNameFilter="S*").names == [
        "Speed"
    ]
    assert get(f"{root}/elementattributes", searchFullHierarchy=True, elementNameFilter="S*").names == ["Area"]


def test_who_asks_is_told_who_that_is() -> None:
    assert ask("GET", "system/userinfo", None, NOBODY).body["IsAuthenticated"] is False
    assert ask("GET", "system/userinfo", None, STAFF).body["Name"] == "boss"
