"""Searches by the stored values of attributes: the two operations, and ``|Name`` in query texts."""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from tests.contract.client import Answer, get, patch, post, put

LEVELS = {"Tank 1": 10, "Tank 2": 20.5, "Tank 3": 30}


@pytest.fixture
def tanks(root: str) -> dict[str, str]:
    """Three tanks with a level, a product and a state; gives the WebIds of the database and the template."""
    template = post(f"{root}/elementtemplates", {"Name": "Tank"}).location
    post(f"{root}/enumerationsets", {"Name": "State"})
    states = get(f"{root}/enumerationsets").items[0]["WebId"]
    for number, name in enumerate(("Off", "On")):
        post(f"enumerationsets/{states}/enumerationvalues", {"Name": name, "Value": number})
    for attribute in (
        {"Name": "Level", "Type": "Double", "DefaultUnitsName": "metre"},
        {"Name": "Product", "Type": "String", "DefaultValue": "Milk"},
        {"Name": "State", "Type": "EnumerationValue", "TypeQualifier": "State", "DefaultValue": 0},
        {"Name": "Clean", "Type": "Boolean", "DefaultValue": True},
        {"Name": "Flow", "Type": "Double", "DataReferencePlugIn": "PI Point", "ConfigString": "flow"},
    ):
        assert post(f"{template}/attributetemplates", attribute).status == 201
    for name, level in LEVELS.items():
        element = post(f"{root}/elements", {"Name": name, "TemplateName": "Tank"}).location
        level_id = get(f"{element}/attributes", nameFilter="Level").items[0]["WebId"]
        assert post_value(level_id, level) == 204
    return {"root": root.rsplit("/", 1)[1], "template": template.rsplit("/", 1)[1]}


@pytest.fixture(autouse=True)
def metres(server: Any) -> None:
    unit_class = post(
        f"assetservers/{server.web_id()}/unitclasses",
        {"Name": "Length", "CanonicalUnitName": "metre", "CanonicalUnitAbbreviation": "m"},
    ).location
    centimetre = {"Name": "centimetre", "Abbreviation": "cm", "ReferenceFactor": 0.01, "ReferenceUnitAbbreviation": "m"}
    assert post(f"{unit_class}/units", centimetre).status == 201


def post_value(attribute: str, value: object) -> int:
    return put(f"attributes/{attribute}/value", {"Value": value}).status


def search(tanks: dict[str, str], *queries: dict[str, Any], **more: Any) -> Answer:
    body = {"SearchRoot": tanks["root"], "ElementTemplate": tanks["template"], "ValueQueries": list(queries)}
    return post("elements/searchbyattribute", body, **more)


def query(name: str, operator: str, value: object, **more: str) -> dict[str, Any]:
    return {"AttributeName": name, "SearchOperator": operator, "AttributeValue": value, **more}


def found(answer: Answer) -> list[str]:
    assert answer.status == 201, answer.body
    return [item["Name"] for item in answer.body["Items"]]


@pytest.mark.parametrize(
    ("operator", "value", "names"),
    [
        ("Equal", 20.5, ["Tank 2"]),
        ("NotEqual", 20.5, ["Tank 1", "Tank 3"]),
        ("LessThan", 20.5, ["Tank 1"]),
        ("LessThanOrEqual", 20.5, ["Tank 1", "Tank 2"]),
        ("GreaterThan", 9, ["Tank 1", "Tank 2", "Tank 3"]),
        ("GreaterThanOrEqual", 30, ["Tank 3"]),
        ("In", [10, 30], ["Tank 1", "Tank 3"]),
    ],
)
def test_numbers_are_compared_as_numbers(tanks: dict[str, str], operator: str, value: object, names: list[str]) -> None:
    assert found(search(tanks, query("Level", operator, value))) == names


def test_a_value_may_be_given_in_another_unit(tanks: dict[str, str]) -> None:
    assert found(search(tanks, query("Level", "LessThan", 1500, AttributeUOM="cm"))) == ["Tank 1"]


def test_texts_states_and_truth_values_are_compared_as_what_they_are(tanks: dict[str, str]) -> None:
    assert len(found(search(tanks, query("Product", "Equal", "milk")))) == 3
    assert len(found(search(tanks, query("State", "Equal", "off")))) == 3
    assert found(search(tanks, query("State", "Equal", "On"))) == []
    assert len(found(search(tanks, query("Clean", "Equal", True)))) == 3
    assert found(search(tanks, query("Clean", "NotEqual", True))) == []


def test_all_conditions_must_hold(tanks: dict[str, str]) -> None:
    both = query("Level", "GreaterThan", 10), query("Level", "LessThan", 30)
    assert found(search(tanks, *both)) == ["Tank 2"]


def test_the_location_leads_to_the_pages_of_the_search(tanks: dict[str, str]) -> None:
    made = search(tanks, query("Level", "GreaterThan", 0), noResults=True)
    assert made.body is None
    page = get(made.location, maxCount=2)
    assert page.names == ["Tank 1", "Tank 2"]
    assert "startIndex=2" in page.body["Links"]["Next"]
    assert get(made.location, startIndex=2, nameFilter="*3").status == 200
    assert get(made.location, nameFilter="*3").names == ["Tank 3"]


def test_without_a_root_the_database_of_the_template_is_searched(tanks: dict[str, str]) -> None:
    assert found(search({**tanks, "root": ""}, query("Level", "Equal", 10))) == ["Tank 1"]


def test_a_search_sees_what_was_written_after_it_was_made(tanks: dict[str, str], root: str) -> None:
    made = search(tanks, query("Product", "Equal", "Cream"), noResults=True)
    product = get(f"{root}/elements").items[1]["Links"]["Attributes"].removeprefix("http://localhost/piwebapi/")
    post_value(get(product, nameFilter="Product").items[0]["WebId"], "Cream")
    assert get(made.location).names == ["Tank 2"]


@pytest.mark.parametrize(
    ("queries", "sentence"),
    [
        ([], "ValueQueries must be a list of 1 to 20 queries."),
        ([query("Depth", "Equal", 1)], "The template 'Tank' has no attribute 'Depth'."),
        ([query("Flow", "Equal", 1)], "come from a data reference"),
        ([query("Level", "Like", 1)], "The operator 'Like' is none of"),
        ([query("Level", "In", 1)], "takes a list"),
        ([query("Level", "Equal", "deep")], "'deep' is no number"),
        ([query("Level", "Equal", 1, AttributeUOM="K")], "The unit of measure 'K' does not exist."),
        ([query("Product", "LessThan", "a")], "have no order"),
        ([query("State", "Equal", "Broken")], "'Broken' is no state"),
        ([{"Name": "Level"}], "Unknown member: Name."),
    ],
)
def test_a_bad_description_is_refused_with_a_sentence(
    tanks: dict[str, str], queries: list[dict[str, Any]], sentence: str
) -> None:
    answer = search(tanks, *queries)
    assert answer.status == 400
    assert sentence in " ".join(answer.body["Errors"])


@pytest.mark.parametrize("search_id", ["", "abc", "eJyrVkrLz1eyUkpKLFKqBQAdegQ0", "%00"])
def test_a_search_id_that_nobody_made_is_refused(search_id: str) -> None:
    assert get(f"elements/searchbyattribute/{search_id or 'x'}").status == 400


def test_a_description_that_is_too_long_for_an_address_is_413(tanks: dict[str, str]) -> None:
    assert search(tanks, query("Product", "Equal", "x" * 60_000)).status == 201
    assert search(tanks, query("Product", "Equal", "x" * 70_000)).status == 413


@pytest.mark.parametrize(
    "wrong",
    [
        *({"name": None}, {"name": ["Level"]}, {"operator": 5}, {"operator": {}}, {"unit": []}, {"more": 1}),
        *({"root": 5}, {"template": None}, {"queries": 5}, {"queries": [5]}, {"times": 21}),
    ],
)
def test_a_search_id_of_another_shape_is_refused(tanks: dict[str, str], wrong: dict[str, Any]) -> None:
    def asked(wrong: dict[str, Any]) -> Answer:
        one = {"name": "Level", "value": 10, "operator": "Equal", "unit": ""}
        described = tanks | {"queries": [one] * wrong.get("times", 20)}
        described |= {name: value for name, value in wrong.items() if name in described}
        if wrong.keys() <= one.keys() | {"more"}:
            described["queries"] = [one | wrong]
        packed = urlsafe_b64encode(zlib.compress(json.dumps(described).encode())).decode().rstrip("=")
        return get(f"elements/searchbyattribute/{packed}")

    assert asked({"times": 20}).names == asked({"name": "Level"}).names == ["Tank 1"]
    refused = asked(wrong)
    assert (refused.status, "search id" in refused.body["Errors"][0]) == (400, True)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("|Level:>15", ["Tank 2", "Tank 3"]),
        ("Template:Tank |Level:<=20.5 |Product:M*", ["Tank 1", "Tank 2"]),
        ("|Product:Water", []),
        ("|Level:<>10", ["Tank 2", "Tank 3"]),
        ("|Level:IN(10; 30)", ["Tank 1", "Tank 3"]),
    ],
)
def test_a_query_text_may_compare_attributes(tanks: dict[str, str], text: str, names: list[str]) -> None:
    assert get("elements/search", databaseWebId=tanks["root"], query=text).names == names


def test_values_of_other_types_do_not_fit(tanks: dict[str, str], root: str) -> None:
    element = get(f"{root}/elements").items[0]["WebId"]
    product = get(f"elements/{element}/attributes", nameFilter="Product").items[0]["WebId"]
    assert patch(f"attributes/{product}", {"Description": "what is in it"}).status == 204
    assert get("elements/search", databaseWebId=tanks["root"], query="|Product:>1").names == []
