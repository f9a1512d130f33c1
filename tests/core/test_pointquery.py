"""The search language of points: what is an alternative and what is only a word in a text."""

from __future__ import annotations

import pytest

from piwebapi.core.errors import BadRequest
from piwebapi.core.pointquery import alternatives


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", [[]]),
        ("sin*", [["sin*"]]),
        ("tag:=a OR tag:=b", [["a"], ["b"]]),
        ("tag:=a or (tag:=b AND step:true)", [["a"], ["b", "true"]]),
        ("descriptor:='this or that' pointtype:Int32", [["this or that", "Int32"]]),
        ("tag:='it''s' OR tag:=\"x or y\"", [["it's"], ["x or y"]]),
        ("tag:=motor or tag:=ore", [["motor"], ["ore"]]),
        ("(tag:=a)", [["a"]]),
    ],
)
def test_or_divides_and_everything_else_joins(text: str, values: list[list[str]]) -> None:
    assert [[item.value for item in query] for query in alternatives(text)] == values


@pytest.mark.parametrize("text", ["tag:=a OR", "OR tag:=a", "tag:=a OR OR tag:=b", "tag:='a", "a OR " * 60 + "b"])
def test_what_is_no_search_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="query"):
        alternatives(text)
