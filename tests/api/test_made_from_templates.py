"""What an element gets from its template, and how attributes, points and further parents behave."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ROOT, Api, Ground


@pytest.fixture
def pump(api: Api, ground: Ground) -> str:
    """The template Pump, based on Machine: Machine has Maker and Power|Limit, Pump has Flow and its own Maker."""
    api.post(f"{ground.database}/elementcategories", {"Name": "Rotating"})
    api.post(f"{ground.database}/attributecategories", {"Name": "Measured"})
    machine = api.post(f"{ground.database}/elementtemplates", {"Name": "Machine"})
    text = {"Type": "String", "DefaultValue": "unknown"}
    api.post(f"{machine}/attributetemplates", {"Name": "Maker", **text})
    power = api.post(f"{machine}/attributetemplates", {"Name": "Power", "Type": "Double", "DefaultValue": 7.5})
    api.post(f"{power}/attributetemplates", {"Name": "Limit", "Type": "Int32", "DefaultValue": 9, "IsHidden": True})
    body = {"Name": "Pump", "BaseTemplate": "machine", "CategoryNames": ["Rotating"]}
    pump = api.post(f"{ground.database}/elementtemplates", body)
    api.post(f"{pump}/attributetemplates", {"Name": "Maker", **text, "DefaultValue": "Pumps Ltd"})
    flow = {"Name": "Flow", "DataReferencePlugIn": "PI Point", "ConfigString": r"\\PI\%Element%.%Attribute%"}
    api.post(f"{pump}/attributetemplates", {**flow, "CategoryNames": ["measured"], "Type": "Double"})
    return pump


def value(api: Api, attribute: str) -> Any:
    found = api.get(attribute)
    return api.get(found["Links"]["Value"])["Value"]


def test_a_new_element_has_the_attributes_of_its_template_and_of_the_base(api: Api, ground: Ground, pump: str) -> None:
    point = {"Name": "P1.Flow", "PointClass": "classic", "PointType": "Float64"}
    api.post(f"{ground.data}/points", point)
    made = api.post(f"{ground.database}/elements", {"Name": "P1", "TemplateName": "pump"})
    element = api.get(made)
    assert (element["TemplateName"], element["CategoryNames"]) == ("Pump", ["Rotating"])
    assert element["Links"]["Template"] == pump
    assert api.names(f"{made}/attributes") == ["Flow", "Maker", "Power"]
    assert api.names(f"{made}/attributes", searchFullHierarchy=True) == ["Flow", "Maker", "Power"]
    everything = api.get(f"{made}/attributes", searchFullHierarchy=True, showHidden=True)["Items"]
    assert [item["Path"].partition("|")[2] for item in everything] == ["Flow", "Power|Limit", "Maker", "Power"]
    flow, _, maker, power = everything
    assert (flow["CategoryNames"], flow["DataReferencePlugIn"]) == (["Measured"], "PI Point")
    assert flow["Links"]["Point"] == f"{ROOT}/points/" + api.get("points", path=r"\\PI\P1.Flow")["WebId"]
    assert (power["HasChildren"], maker["HasChildren"]) == (True, False)
    assert value(api, maker["Links"]["Self"]) == "Pumps Ltd"
    assert value(api, power["Links"]["Self"]) == 7.5
    assert value(api, everything[1]["Links"]["Self"]) == 9


def test_an_attribute_template_that_comes_later_reaches_all_elements(api: Api, ground: Ground, pump: str) -> None:
    made = api.post(f"{ground.database}/elements", {"Name": "P1", "TemplateName": "Pump"})
    plain = api.post(f"{ground.database}/elements", {"Name": "Plain"})
    base = api.get(pump)["Links"]["BaseTemplate"]
    api.post(f"{base}/attributetemplates", {"Name": "Age", "Type": "Int32", "DefaultValue": 3})
    assert "Age" in api.names(f"{made}/attributes")
    assert api.names(f"{plain}/attributes") == []


def test_a_template_that_is_given_later_brings_its_attributes(api: Api, ground: Ground, pump: str) -> None:
    made = api.post(f"{ground.database}/elements", {"Name": "P1"})
    api.post(f"{made}/attributes", {"Name": "Maker", "Type": "String"})
    api.change("PUT", api.get(f"{made}/attributes")["Items"][0]["Links"]["Value"], {"Value": "Own"})
    api.change("PATCH", made, {"TemplateName": "Pump"})
    assert api.names(f"{made}/attributes") == ["Flow", "Maker", "Power"]
    maker = api.get("attributes", path=r"\\AF\Db\P1|Maker")
    assert api.get(maker["Links"]["Value"])["Value"] == "Own"


def test_inherited_attribute_templates_are_listed_on_request(api: Api, pump: str) -> None:
    where = f"{pump}/attributetemplates"
    assert api.names(where) == ["Flow", "Maker"]
    assert sorted(set(api.names(where, showInherited=True))) == ["Flow", "Maker", "Power"]
    everything = api.names(where, showInherited=True, showDescendants=True)
    assert sorted(set(everything)) == ["Flow", "Limit", "Maker", "Power"]


def test_templates_tell_their_bases_and_what_is_derived_from_them(api: Api, ground: Ground, pump: str) -> None:
    big = api.post(f"{ground.database}/elementtemplates", {"Name": "Big Pump", "BaseTemplate": "Pump"})
    assert api.names(f"{big}/baseelementtemplates") == ["Pump", "Machine"]
    machine = api.get(pump)["Links"]["BaseTemplate"]
    assert api.names(f"{machine}/derivedelementtemplates") == ["Pump"]
    assert api.names(f"{machine}/derivedelementtemplates", showDescendants=True) == ["Big Pump", "Pump"]
    errors = api.change("PATCH", machine, {"BaseTemplate": "Big Pump"}, status=400)["Errors"]
    assert errors == ["A template cannot be derived from itself."]
    errors = api.change("DELETE", machine, status=400)["Errors"]
    assert errors == ["'Machine' is used by 1 objects (element template) and cannot be deleted."]


def test_a_database_goes_with_all_that_is_in_it(api: Api, ground: Ground, pump: str) -> None:
    made = api.post(f"{ground.database}/elements", {"Name": "P1", "TemplateName": "Pump"})
    api.change("DELETE", ground.database)
    for gone in (ground.database, pump, made):
        assert api.get(gone, status=404)["Errors"]
    assert api.names(f"{ground.server}/assetdatabases") == []


def test_lists_by_template_have_those_of_derived_templates_too(api: Api, ground: Ground, pump: str) -> None:
    api.post(f"{ground.database}/elementtemplates", {"Name": "Big Pump", "BaseTemplate": "Pump"})
    for name, template in (("A", "Machine"), ("B", "Pump"), ("C", "Big Pump"), ("D", "")):
        api.post(f"{ground.database}/elements", {"Name": name, "TemplateName": template})
    where = f"{ground.database}/elements"
    assert api.names(where, templateName="machine") == ["A", "B", "C"]
    assert api.names(where, templateName="Big Pump") == ["C"]
    assert api.names(where, templateName="Nothing") == []
    assert api.names(where) == ["A", "B", "C", "D"]


def test_a_template_or_category_that_is_not_there_is_refused_and_nothing_is_made(api: Api, ground: Ground) -> None:
    where = f"{ground.database}/elements"
    errors = api.change("POST", where, {"Name": "X", "TemplateName": "Nope"}, status=400)["Errors"]
    assert errors == ["The element template 'Nope' does not exist."]
    errors = api.change("POST", where, {"Name": "X", "CategoryNames": ["No", "None"]}, status=400)["Errors"]
    assert errors == ["Unknown categories: No, None."]
    assert api.names(where) == []


def test_an_attribute_of_states_takes_its_set_and_reads_as_a_state(api: Api, ground: Ground) -> None:
    states = api.post(f"{ground.database}/enumerationsets", {"Name": "Mode"})
    for number, name in enumerate(("Off", "Slow", "Fast")):
        api.post(f"{states}/enumerationvalues", {"Name": name, "Value": number * 10})
    element = api.post(f"{ground.database}/elements", {"Name": "E"})
    body = {"Name": "Mode", "Type": "EnumerationValue", "TypeQualifier": "mode"}
    made = api.post(f"{element}/attributes", body)
    shown = api.get(made)
    assert (shown["Type"], shown["TypeQualifier"]) == ("EnumerationValue", "Mode")
    assert shown["Links"]["EnumerationSet"] == states
    for sent in ("fast", 20, {"Name": "Fast", "Value": 20}):
        api.change("PUT", f"{made}/value", {"Value": "Off"})
        api.change("PUT", f"{made}/value", {"Value": sent})
        assert value(api, made) == {"Name": "Fast", "Value": 20, "IsSystem": False}
    assert api.change("PUT", f"{made}/value", {"Value": "Sideways"}, status=400)["Errors"]
    assert value(api, made)["Name"] == "Fast"


def test_values_of_static_attributes_are_linked_to_themselves_others_to_their_stream(api: Api, ground: Ground) -> None:
    element = api.post(f"{ground.database}/elements", {"Name": "E"})
    static = api.get(api.post(f"{element}/attributes", {"Name": "Size", "Type": "Double"}))
    body = {"Name": "Twice", "Type": "Double", "DataReferencePlugIn": "Formula", "ConfigString": "A=Size;[A*2]"}
    computed = api.get(api.post(f"{element}/attributes", body))
    assert static["Links"]["Value"] == f"{ROOT}/attributes/{static['WebId']}/value"
    assert computed["Links"]["Value"] == f"{ROOT}/streams/{computed['WebId']}/value"
    assert "Point" not in static["Links"]
    api.change("PUT", static["Links"]["Value"], {"Value": "21"})
    assert api.get(computed["Links"]["Value"])["Value"] == 42.0


def test_an_element_with_several_parents_is_one_element(api: Api, ground: Ground) -> None:
    where = f"{ground.database}/elements"
    north, south = (api.post(where, {"Name": name}) for name in ("North", "South"))
    valve = api.post(f"{north}/elements", {"Name": "Valve"})
    knob = api.post(f"{valve}/elements", {"Name": "Knob"})
    web_id = api.get(valve)["WebId"]
    api.change("POST", f"{south}/referencedelements", referencedElementWebId=web_id)
    assert api.names(f"{south}/elements") == ["Valve"]
    assert api.names(f"{south}/referencedelements") == ["Valve"]
    assert api.names(f"{north}/referencedelements") == []
    assert api.get("elements", path=r"\\AF\Db\South\Valve\Knob")["WebId"] == api.get(knob)["WebId"]
    assert api.get(f"{valve}/paths")["Items"] == [r"\\AF\Db\North\Valve", r"\\AF\Db\South\Valve"]
    assert api.get(knob, associations="paths")["Paths"] == [r"\\AF\Db\North\Valve\Knob", r"\\AF\Db\South\Valve\Knob"]
    assert api.names(f"{south}/elements", searchFullHierarchy=True) == ["Knob", "Valve"]
    assert api.names(where, searchFullHierarchy=True) == ["Knob", "North", "South", "Valve"]
    circle = {"referencedElementWebId": api.get(north)["WebId"]}
    assert "below itself" in api.change("POST", f"{knob}/referencedelements", status=400, **circle)["Errors"][0]
    assert api.change("POST", f"{south}/elements", {"Name": "valve"}, status=400)["Errors"]
    api.change("DELETE", f"{south}/referencedelements", referencedElementWebId=web_id)
    assert api.names(f"{south}/elements") == []
    assert api.get(valve)["Name"] == "Valve"


def test_renaming_an_element_moves_all_below_and_old_web_ids_go_on(api: Api, ground: Ground) -> None:
    root = api.post(f"{ground.database}/elements", {"Name": "A_1"})
    api.post(f"{ground.database}/elements", {"Name": "AX1"})  # would fit A_1 as a LIKE pattern
    child = api.post(f"{root}/elements", {"Name": "B"})
    leaf = api.post(f"{child}/attributes", {"Name": "C", "Type": "Int32"})
    api.change("PATCH", root, {"Name": "Straße"})
    assert api.get(child)["Path"] == r"\\AF\Db\Straße\B"
    assert api.get(leaf)["Path"] == r"\\AF\Db\Straße\B|C"
    assert api.get("attributes", path=r"\\AF\Db\straße\b|c")["Id"] == api.get(leaf)["Id"]
    assert api.get("elements", path=r"\\AF\Db\AX1")["Name"] == "AX1"
    assert api.get("elements", status=404, path=r"\\AF\Db\A_1\B")["Errors"]


def test_deleting_an_element_takes_its_branch_and_its_attributes(api: Api, ground: Ground) -> None:
    root = api.post(f"{ground.database}/elements", {"Name": "A"})
    child = api.post(f"{root}/elements", {"Name": "B"})
    leaf = api.post(f"{child}/attributes", {"Name": "C", "Type": "Int32"})
    api.change("DELETE", root)
    for gone in (root, child, leaf):
        assert api.get(gone, status=404)["Errors"]
    assert api.names(f"{ground.database}/elements", searchFullHierarchy=True) == []
