"""Tables with their data, states, units and what a point tells of itself."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ROOT, Api, Ground

DATA = {
    "Columns": {"Model": "String", "Count": "Int32", "Since": "DateTime"},
    "Rows": [
        {"Model": "X", "Count": 3, "Since": "2020-01-01T00:00:00Z"},
        {"Model": "Y", "Count": None, "Since": None},
        {"Model": "Z"},
    ],
}


@pytest.fixture
def table(api: Api, ground: Ground) -> str:
    made = api.post(f"{ground.database}/tables", {"Name": "Cars"})
    api.change("PUT", f"{made}/data", DATA, status=201)
    return made


def test_a_table_gives_back_the_data_that_was_put(api: Api, table: str) -> None:
    shown = api.get(f"{table}/data")
    assert shown["Columns"] == DATA["Columns"]
    assert shown["Rows"] == [*DATA["Rows"][:2], {"Model": "Z", "Count": None, "Since": None}]
    assert api.get(table)["Links"]["Data"] == f"{table}/data"


def test_putting_data_replaces_all_of_it(api: Api, table: str) -> None:
    api.change("PUT", f"{table}/data", {"columns": {"A": "boolean"}, "rows": [{"A": True}]}, status=201)
    assert api.get(f"{table}/data")["Rows"] == [{"A": True}]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ([], "The body must be a JSON object with Columns and Rows."),
        ({"Rows": []}, "Columns must be an object of column types, Rows a list of objects."),
        ({"Columns": {"A": "Money"}, "Rows": []}, "The column 'A' has the unknown type 'Money'."),
        ({"Columns": {"A": "String"}, "Rows": [{"B": 1}]}, "Row 0 has unknown columns: B."),
        ({"Columns": {"A": "String"}, "Rows": [5]}, "Row 0 is not an object."),
        ({"Columns": {"A": "Int32"}, "Rows": [{"A": 1}, {"A": "x"}]}, "Row 1: 'x' of the column 'A' is no Int32."),
        ({"Columns": {"A": "DateTime"}, "Rows": [{"A": "soon"}]}, "Row 0: 'soon' of the column 'A' is no DateTime."),
    ],
)
def test_data_that_fits_no_table_is_refused_and_the_old_stays(api: Api, table: str, body: Any, sentence: str) -> None:
    assert api.change("PUT", f"{table}/data", body, status=400)["Errors"] == [sentence]
    assert len(api.get(f"{table}/data")["Rows"]) == 3


def test_numbers_that_come_as_texts_are_kept_as_numbers(api: Api, table: str) -> None:
    body = {"Columns": {"A": "Int32", "B": "Double", "C": "String"}, "Rows": [{"A": "7", "B": "1.5", "C": 4}]}
    api.change("PUT", f"{table}/data", body, status=201)
    assert api.get(f"{table}/data")["Rows"] == [{"A": 7, "B": 1.5, "C": "4"}]


def test_states_are_listed_by_value_and_two_cannot_have_one(api: Api, ground: Ground) -> None:
    states = api.post(f"{ground.database}/enumerationsets", {"Name": "Mode"})
    for name, value in (("High", 2), ("Off", 0), ("Low", 1)):
        api.post(f"{states}/enumerationvalues", {"Name": name, "Value": value})
    shown = api.get(f"{states}/enumerationvalues")["Items"]
    assert [(item["Name"], item["Value"]) for item in shown] == [("Off", 0), ("Low", 1), ("High", 2)]
    error = api.change("POST", f"{states}/enumerationvalues", {"Name": "Other", "Value": 1}, status=400)["Errors"]
    assert error == ["The set 'Mode' already has a state with the value 1."]
    assert api.change("PATCH", shown[0]["Links"]["Self"], {"Value": 2}, status=400)["Errors"]
    api.change("PATCH", shown[0]["Links"]["Self"], {"Value": 9})
    assert api.names(f"{states}/enumerationvalues") == ["Low", "High", "Off"]


def test_a_unit_follows_its_reference_to_the_canonical_one(api: Api, ground: Ground) -> None:
    body = {"Name": "Warmth", "CanonicalUnitName": "kelvin", "CanonicalUnitAbbreviation": "K"}
    made = api.post(f"{ground.server}/unitclasses", body)
    assert api.get(f"{made}/canonicalunit")["Abbreviation"] == "K"
    celsius = {"Name": "celsius", "Abbreviation": "C", "ReferenceFactor": 1.0, "ReferenceOffset": 273.15}
    api.post(f"{made}/units", celsius)
    fahrenheit = {"Name": "fahrenheit", "Abbreviation": "F", "ReferenceUnitAbbreviation": "C"}
    body = {**fahrenheit, "ReferenceFactor": 5 / 9, "ReferenceOffset": -160 / 9}
    shown = api.get(api.post(f"{made}/units", body))
    # 212 F = 100 C = 373.15 K
    assert 212 * shown["Factor"] + shown["Offset"] == pytest.approx(373.15)
    assert shown["ReferenceUnitAbbreviation"] == "C"
    canonical = api.get(f"{made}/canonicalunit")
    api.change("PATCH", canonical["Links"]["Self"], canonical)
    errors = api.change("DELETE", canonical["Links"]["Self"], status=400)["Errors"]
    assert errors == ["'kelvin' is the canonical unit of its class and cannot be deleted."]
    assert api.get("units", path=r"\\AF\UOMDatabase\Fahrenheit")["Name"] == "fahrenheit"


def test_a_changed_reference_unit_changes_those_that_follow_it(api: Api, ground: Ground) -> None:
    body = {"Name": "Length", "CanonicalUnitName": "meter", "CanonicalUnitAbbreviation": "m"}
    made = api.post(f"{ground.server}/unitclasses", body)
    step = api.post(f"{made}/units", {"Name": "step", "Abbreviation": "st", "ReferenceFactor": 0.5})
    mile = {"Name": "mile", "Abbreviation": "mi", "ReferenceFactor": 1000, "ReferenceUnitAbbreviation": "st"}
    mile = api.post(f"{made}/units", mile)
    assert api.get(mile)["Factor"] == 500.0
    api.change("PATCH", step, {"ReferenceFactor": 0.75})
    assert (api.get(step)["Factor"], api.get(mile)["Factor"]) == (0.75, 750.0)
    errors = api.change("PATCH", step, {"ReferenceUnitAbbreviation": "mi"}, status=400)["Errors"]
    assert errors == ["A unit cannot be its own reference."]
    errors = api.change("DELETE", step, status=400)["Errors"]
    assert errors == ["'step' is the reference of mile and cannot be deleted."]


def test_an_attribute_takes_a_unit_by_its_name_or_abbreviation(api: Api, ground: Ground) -> None:
    body = {"Name": "Length", "CanonicalUnitName": "meter", "CanonicalUnitAbbreviation": "m"}
    api.post(f"{ground.server}/unitclasses", body)
    element = api.post(f"{ground.database}/elements", {"Name": "E"})
    for name, unit in (("A", "meter"), ("B", "m"), ("C", "METER")):
        made = api.post(f"{element}/attributes", {"Name": name, "Type": "Double", "DefaultUnitsName": unit})
        shown = api.get(made)
        assert (shown["DefaultUnitsName"], shown["DefaultUnitsNameAbbreviation"]) == ("meter", "m")
    body = {"Name": "D", "Type": "Double", "DefaultUnitsName": "cubit"}
    errors = api.change("POST", f"{element}/attributes", body, status=400)["Errors"]
    assert errors == ["The unit of measure 'cubit' does not exist."]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"PointClass": "classic"}, "PointType is required."),
        ({"PointClass": "classic", "PointType": "Float12"}, "PointType must be one of"),
        ({"PointClass": "classic", "PointType": "Digital"}, "A digital point needs a DigitalSetName."),
        (
            {"PointClass": "classic", "PointType": "Digital", "DigitalSetName": "No"},
            "The digital set 'No' does not exist.",
        ),
    ],
)
def test_a_point_that_cannot_be_is_refused(api: Api, ground: Ground, body: dict[str, Any], sentence: str) -> None:
    errors = api.change("POST", f"{ground.data}/points", {"Name": "X", **body}, status=400)["Errors"]
    assert errors[0].startswith(sentence)
    assert api.names(f"{ground.data}/points") == []


def test_a_digital_point_has_its_set_and_is_stepped(api: Api, ground: Ground) -> None:
    states = api.post(f"{ground.data}/enumerationsets", {"Name": "OnOff"})
    for value, name in enumerate(("Off", "On")):
        api.post(f"{states}/enumerationvalues", {"Name": name, "Value": value})
    body = {"Name": "Valve", "PointClass": "classic", "PointType": "digital", "DigitalSetName": "ONOFF"}
    shown = api.get(api.post(f"{ground.data}/points", body))
    assert (shown["PointType"], shown["DigitalSetName"], shown["Step"]) == ("Digital", "OnOff", True)
    assert api.change("DELETE", states, status=400)["Errors"]


def test_point_attributes_are_told_by_name_and_by_filter(api: Api, ground: Ground) -> None:
    body = {"Name": "Flow", "PointClass": "classic", "PointType": "Float64", "Descriptor": "a flow", "Zero": 5}
    made = api.post(f"{ground.data}/points", {**body, "Span": 20, "EngineeringUnits": "l/s"})
    every = {item["Name"]: item["Value"] for item in api.get(f"{made}/attributes")["Items"]}
    assert (every["descriptor"], every["zero"], every["span"], every["engunits"]) == ("a flow", 5.0, 20.0, "l/s")
    assert (every["tag"], every["pointtype"], every["ptclassname"]) == ("Flow", "Float64", "classic")
    some = api.get(f"{made}/attributes", name=["Zero", "SPAN"])["Items"]
    assert [item["Name"] for item in some] == ["span", "zero"]
    assert api.names(f"{made}/attributes", nameFilter="location?") == [f"location{n}" for n in range(1, 6)]
    one = api.get(f"{made}/attributes/Descriptor")
    assert (one["Name"], one["Value"]) == ("descriptor", "a flow")
    assert one["Links"]["Point"] == made
    for where in (f"{made}/attributes?name=flavour", f"{made}/attributes/flavour"):
        assert "flavour" in api.get(where, status=400)["Errors"][0]


def test_a_point_keeps_its_id_and_type_when_it_is_changed(api: Api, ground: Ground) -> None:
    body = {"Name": "Flow", "PointClass": "classic", "PointType": "Float64"}
    made = api.post(f"{ground.data}/points", body)
    before = api.get(made)
    api.change("PATCH", made, {"Name": "Flow.PV", "EngineeringUnits": "bar", "PointType": "Int32", "Step": True})
    after = api.get(made)
    assert after["WebId"].startswith(before["WebId"][:32])
    assert (after["Id"], after["PointType"], after["Name"]) == (before["Id"], "Float64", "Flow.PV")
    assert (after["EngineeringUnits"], after["Step"]) == ("bar", True)
    assert after["Links"]["DataServer"] == f"{ROOT}/{ground.data}"
