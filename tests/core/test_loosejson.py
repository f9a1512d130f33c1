"""JSON with single quotes and Python's words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piwebapi.core.loosejson import loads

plain = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs", "Cc"]))
)
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text("abc_ '\"", max_size=5), inner))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'Value':4.2}", {"Value": 4.2}),
        ("[{'Value': '111'}]", [{"Value": "111"}]),
        ("{'Good': True, 'Value': None, 'Old': False}", {"Good": True, "Value": None, "Old": False}),
        ("{'Name': 'It\\'s \"quoted\"'}", {"Name": 'It\'s "quoted"'}),
        ("{'Name': 'None of them is True'}", {"Name": "None of them is True"}),
        ('{"Name": "it\'s strict"}', {"Name": "it's strict"}),
        ("{}", {}),
    ],
)
def test_loose_json_is_understood(text: str, value: Any) -> None:
    assert loads(text) == value


@given(values)
def test_strict_json_means_what_it_means(value: Any) -> None:
    assert loads(json.dumps(value)) == value


@given(st.dictionaries(st.text("abc", min_size=1), st.text("abc' \"x") | st.integers(0, 9) | st.booleans() | st.none()))
def test_what_python_prints_is_understood(value: dict[str, Any]) -> None:
    assert loads(repr(value)) == value


@pytest.mark.parametrize("text", ["", "{'a': }", "<xml/>", "{'a': 1"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        loads(text)
