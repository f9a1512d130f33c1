"""What is sent comes back: every writable member of every kind of object, on making and on changing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from piwebapi.api.openapi import item_of
from piwebapi.api.resource import Endpoint
from piwebapi.models import AssetServer, DataServer
from tests.contract.client import delete, get, patch, post, service

#: a value of each kind, once for making and once for changing
SAMPLES = {
    "load_text": ("a text <&> with 'quotes' and ü", "another"),
    "load_flag": (True, False),
    "load_integer": (7, -3),
    "load_number": (2.5, -0.125),
    "load_duration": ("PT5M", "P1DT2H"),
    "load_properties": ({"A": {"Value": "b"}}, {}),
    "load_severity": ("Minor", "Critical"),
    "load_names": ([], []),
    "load_any": (3, 4),
}
#: members whose values are names of something, or bounded by the others: kind.member
NAMED: dict[str, tuple[Any, Any]] = {
    "Attribute.Type": ("Int32", "String"),
    "Attribute.TypeQualifier": ("", ""),
    "Attribute.DefaultUnitsName": ("metre", "centimetre"),
    "Attribute.TraitName": ("Reason", ""),
    "Attribute.DataReferencePlugIn": ("Formula", ""),
    "Element.TemplateName": ("Tank", ""),
    "ElementTemplate.BaseTemplate": ("Vessel", ""),
    "ElementTemplate.InstanceType": ("EventFrame", "Element"),
    "Analysis.TemplateName": ("Model", ""),
    "Analysis.Status": ("Enabled", "Disabled"),
    "Analysis.Priority": ("High", "Low"),
    "AnalysisTemplate.TargetName": ("Tank", ""),
    "EventFrame.TemplateName": ("Stop", ""),
    "EventFrame.StartTime": ("2024-01-01T00:00:00Z", "2023-12-31T00:00:00Z"),
    "EventFrame.EndTime": ("2024-01-01T01:00:00Z", "2024-01-02T00:00:00Z"),
    "EventFrame.RefElementWebIds": ([], []),
    "Table.TimeZone": ("Europe/Paris", "UTC"),
    "UnitClass.CanonicalUnitName": ("mole", "kilomole"),
    "UnitClass.CanonicalUnitAbbreviation": ("mol", "kmol"),
    "Unit.ReferenceUnitAbbreviation": ("m", "m"),
    "Unit.Abbreviation": ("ft", "ft."),
    "Unit.ReferenceFactor": (0.25, 0.5),
    "Point.PointClass": ("base", "base"),
    "Point.PointType": ("Float32", "Float32"),
    "Point.DigitalSetName": ("", ""),
    "NotificationContactTemplate.PlugInName": ("Email", "WebService"),
    "NotificationRule.TemplateName": ("", ""),
    "NotificationRuleSubscriber.ContactTemplateName": ("Ann", "Ann"),
    "AnalysisRule.PlugInName": ("RollUp", "RollUp"),
    "SecurityMapping.Account": ("PLANT\\ann", "PLANT\\ann"),
}
NAMED |= {
    f"AttributeTemplate.{name.partition('.')[2]}": pair for name, pair in NAMED.items() if name[:10] == "Attribute."
}
for _kind in ("Analysis", "AnalysisTemplate"):
    NAMED[f"{_kind}.AnalysisRulePlugInName"] = ("PerformanceEquation", "RollUp")
    NAMED[f"{_kind}.TimeRulePlugInName"] = ("Periodic", "")


@dataclass
class Ground:
    """Addresses of objects that others can be made in, by kind."""

    homes: dict[str, str]
    samples: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@pytest.fixture
def ground(server: AssetServer, data_server: DataServer, root: str) -> Ground:
    homes = {
        "AssetServer": f"assetservers/{server.web_id()}",
        "DataServer": f"dataservers/{data_server.web_id()}",
        "AssetDatabase": root,
    }
    length = {"Name": "Length", "CanonicalUnitName": "metre", "CanonicalUnitAbbreviation": "m"}
    homes["UnitClass"] = post(f"{homes['AssetServer']}/unitclasses", length).location
    centimetre = {"Name": "centimetre", "Abbreviation": "cm", "ReferenceFactor": 0.01, "ReferenceUnitAbbreviation": "m"}
    post(f"{homes['UnitClass']}/units", centimetre)
    post(f"{homes['AssetServer']}/notificationcontacttemplates", {"Name": "Ann"})
    homes["ElementTemplate"] = post(f"{root}/elementtemplates", {"Name": "Tank"}).location
    post(f"{root}/elementtemplates", {"Name": "Vessel"})
    post(f"{root}/elementtemplates", {"Name": "Stop", "InstanceType": "EventFrame"})
    post(f"{root}/analysistemplates", {"Name": "Model"})
    homes["EnumerationSet"] = post(f"{root}/enumerationsets", {"Name": "Phase"}).location
    homes["Element"] = post(f"{root}/elements", {"Name": "E"}).location
    homes["Attribute"] = post(f"{homes['Element']}/attributes", {"Name": "A"}).location
    homes["EventFrame"] = post(f"{root}/eventframes", {"Name": "F", "StartTime": "*"}).location
    template = homes["ElementTemplate"]
    homes["AttributeTemplate"] = post(f"{template}/attributetemplates", {"Name": "A"}).location
    homes["NotificationRule"] = post(f"{homes['Element']}/notificationrules", {"Name": "R"}).location
    homes["NotificationRuleTemplate"] = post(f"{template}/notificationruletemplates", {"Name": "R"}).location
    analysis = {"Name": "R", "AnalysisRulePlugInName": "EventFrame"}
    rule = get(post(f"{homes['Element']}/analyses", analysis).location).body["Links"]["AnalysisRule"]
    homes["AnalysisRule"] = rule.removeprefix("http://localhost/piwebapi/")
    identity = post(f"{homes['AssetServer']}/securityidentities", {"Name": "I"}).web_id
    return Ground(homes, {"SecurityMapping.SecurityIdentityWebId": (identity, identity)})


def creations() -> list[Endpoint]:
    """One for each kind of object and place where it can be made."""
    others = ("SearchByAttribute", "SecurityEntry", "Annotation")
    return [
        one
        for one in service.endpoints
        if one.method == "POST" and "_Create" in one.operation and one.resource and one.body == "json"
        if not one.operation.endswith(others)
    ]


def frames_item(endpoint: Endpoint) -> Any:
    if not endpoint.operation.endswith("_CreateEventFrame"):
        return None
    return next(one.resource for one in service.endpoints if one.operation == "EventFrame_Get")


def values(item: Any, verb: str, at: int, samples: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for one in item.fields:
        if not one.write or verb not in one.on or one.wire == "Name":
            continue
        pair = samples.get(f"{item.name}.{one.wire}") or SAMPLES[one.load.__name__]
        body[one.wire] = pair[at]
    return body


def differing(sent: dict[str, Any], got: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (value, got.get(name)) for name, value in sent.items() if got.get(name) != value}


@pytest.mark.parametrize("endpoint", creations(), ids=lambda one: one.operation)
def test_what_is_sent_comes_back(endpoint: Endpoint, ground: Ground) -> None:
    assert endpoint.resource is not None
    item = frames_item(endpoint) or item_of(endpoint)
    where = f"{ground.homes[endpoint.resource.name]}/{endpoint.route.rpartition('/')[2]}"
    samples = NAMED | ground.samples
    body = values(item, "create", 0, samples)
    named = any(one.wire == "Name" and one.write for one in item.fields)
    made = post(where, {**body, "Name": "Made"} if named else body)
    assert made.status == 201, made.body
    shown = get(made.location).body
    assert not differing(body, shown)
    assert shown["Name"] == "Made" or not named
    changes = values(item, "update", 1, samples)
    changed = patch(made.location, {**changes, "Name": "Changed"} if named else changes)
    assert changed.status == 204, changed.body
    again = get(made.location).body
    assert not differing(changes, again)
    assert again["Id"] == shown["Id"]
    assert patch(made.location, again).status == 204, "what was read can be sent back"
    assert get(made.location).body == again
    assert patch(made.location, {"Colour": "red"}).body["Errors"] == ["Unknown member: Colour."]
    assert delete(made.location).status == 204
    assert get(made.location).status == 404


@pytest.mark.parametrize("value", [1, "x", [1], {}, {"value": 1}, {"Value": 1, "Type": "Int32"}])
def test_an_extended_property_is_an_object_with_its_value(root: str, value: object) -> None:
    """Found by a generated client, which could not read what the fuzz run had written."""
    answer = patch(root, {"ExtendedProperties": {"Area": value}})
    assert (answer.status, "'Area' must be an object" in answer.body["Errors"][0]) == (400, True)
    assert patch(root, {"ExtendedProperties": {"Area": {"Value": value}}}).status == 204
    assert get(root).body["ExtendedProperties"] == {"Area": {"Value": value}}
