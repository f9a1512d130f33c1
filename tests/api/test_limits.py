"""What no database column or no database engine can hold is refused with a sentence, on every engine alike."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api, Ground

POINT = {"Name": "X", "PointClass": "classic", "PointType": "Float64"}


@pytest.mark.parametrize(
    ("home", "body", "sentence"),
    [
        ("data:points", {**POINT, "EngineeringUnits": "u" * 61}, "EngineeringUnits has 61 characters; at most 60"),
        ("data:points", {**POINT, "Descriptor": "d" * 501}, "Descriptor has 501 characters; at most 500"),
        ("data:points", {**POINT, "DisplayDigits": 40_000}, "DisplayDigits must fit 16 bits."),
        ("database:tables", {"Name": "X", "TimeZone": "z" * 101}, "TimeZone has 101 characters; at most 100"),
        ("element:attributes", {"Name": "X", "DataReferencePlugIn": "p" * 101}, "DataReference has 101 characters"),
        ("element:attributes", {"Name": "X", "DisplayDigits": -40_000}, "DisplayDigits must fit 16 bits."),
        ("element:attributes", {"Name": "X", "DisplayDigits": 2**31}, "DisplayDigits must fit 32 bits."),
        ("element:analyses", {"Name": "X", "OutputTime": "o" * 101}, "OutputTime has 101 characters; at most 100"),
    ],
)
def test_a_text_or_number_that_fits_no_column_is_refused(
    api: Api, ground: Ground, home: str, body: dict[str, Any], sentence: str
) -> None:
    owner, _, collection = home.partition(":")
    element = api.post(f"{ground.database}/elements", {"Name": "E"})
    where = f"{element if owner == 'element' else getattr(ground, owner)}/{collection}"
    assert api.change("POST", where, body, status=400)["Errors"][0].startswith(sentence)
    assert api.names(where) == []


def test_the_longest_texts_are_kept(api: Api, ground: Ground) -> None:
    made = api.post(f"{ground.data}/points", {**POINT, "EngineeringUnits": "µ" * 60, "Descriptor": "d" * 500})
    assert api.get(made)["EngineeringUnits"] == "µ" * 60
    errors = api.change("PATCH", made, {"EngineeringUnits": "u" * 61}, status=400)["Errors"]
    assert errors == ["EngineeringUnits has 61 characters; at most 60 can be kept."]


def test_a_path_that_would_be_too_long_is_refused_on_making_and_on_renaming(api: Api, ground: Ground) -> None:
    top = here = api.post(f"{ground.database}/elements", {"Name": "T"})
    for _ in range(7):
        here = api.post(f"{here}/elements", {"Name": "n" * 250})
    assert (
        "Path has 2009 characters"
        in api.change("POST", f"{here}/elements", {"Name": "n" * 250}, status=400)["Errors"][0]
    )
    errors = api.change("PATCH", top, {"Name": "t" * 259}, status=400)["Errors"]
    assert errors[0].endswith("the path of an element below would be too long.")
    assert api.get(top)["Name"] == "T"


@pytest.mark.parametrize(
    "body",
    [
        {"Name": "X", "Description": "a\0b"},
        {"Name": "X", "ExtendedProperties": {"K": {"Value": "a\0b"}}},
        {"Name": "X", "ExtendedProperties": {"K\0": {"Value": "b"}}},
    ],
)
def test_the_character_nul_is_refused_anywhere_in_a_body(api: Api, ground: Ground, body: dict[str, Any]) -> None:
    where = f"{ground.database}/elements"
    assert "NUL" in api.change("POST", where, body, status=400)["Errors"][0]
    assert api.names(where) == []


def test_the_character_nul_is_refused_in_tables_and_values(api: Api, ground: Ground) -> None:
    table = api.post(f"{ground.database}/tables", {"Name": "T"})
    body = {"Columns": {"A": "String"}, "Rows": [{"A": "x\0"}]}
    assert "NUL" in api.change("PUT", f"{table}/data", body, status=400)["Errors"][0]
    element = api.post(f"{ground.database}/elements", {"Name": "E"})
    attribute = api.post(f"{element}/attributes", {"Name": "A", "Type": "String"})
    assert "NUL" in api.change("PUT", f"{attribute}/value", {"Value": "x\0"}, status=400)["Errors"][0]


@pytest.mark.parametrize("where", ["elements?path=%5C%5CAF%5CDb%5CA%00B", "dataservers?name=%00"])
def test_the_character_nul_is_refused_in_a_query(api: Api, ground: Ground, where: str) -> None:
    assert api.get(where, status=400)["Errors"]
    assert api.get(f"{ground.database}/elements?nameFilter=a%00*", status=400)["Errors"]


def test_a_backslash_before_u0000_is_plain_text(api: Api, ground: Ground) -> None:
    made = api.post(f"{ground.database}/elements", {"Name": "X", "Description": "\\u0000"})
    assert api.get(made)["Description"] == "\\u0000"


def test_columns_of_a_table_keep_their_order_on_every_engine(api: Api, ground: Ground) -> None:
    """PostgreSQL sorts the members of a JSON object by their length."""
    names = ["Zeta", "A", "Longest of all", "Mid", "BB", "b"]
    table = api.post(f"{ground.database}/tables", {"Name": "T"})
    row = {name: number for number, name in enumerate(names)}
    body = {"Columns": dict.fromkeys(names, "Int32"), "Rows": [row]}
    api.change("PUT", f"{table}/data", body, status=201)
    shown = api.get(f"{table}/data")
    assert list(shown["Columns"]) == names
    assert shown["Rows"] == [row]
    assert list(shown["Rows"][0]) == names
