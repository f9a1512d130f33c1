"""JSONPath as batch requests write it."""

from __future__ import annotations

import pytest

from piwebapi.core.errors import BadRequest
from piwebapi.core.jsonpaths import is_path, normal, root_name, select

ROOT = {
    "1": {"Content": {"Items": [{"Name": "X", "WebId": "a"}, {"Name": "Y", "WebId": "b"}]}, "Status": 200},
    "my-id x": {"Headers": {"Location": "http://host/piwebapi/elements/F1Em"}},
    "it's": {"Status": 404},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.1.Content.Items[*].WebId", ["a", "b"]),
        ("$.1.Content.Items[0].WebId", ["a"]),
        ("$['1'].Content.Items[-1:].WebId", ["b"]),
        ("$.1.Content.Items[?(@.Name == 'Y')].WebId", ["b"]),
        ('$.1.Content.Items[?(@.Name=="X")].WebId', ["a"]),
        ("$.my-id x.Headers.Location", ["http://host/piwebapi/elements/F1Em"]),
        ("$.it's.Status", [404]),
        ("$.*.Status", [200, 404]),
        ("$..WebId", ["a", "b"]),
        ("$.1.Content.Missing", []),
    ],
)
def test_a_path_selects(path: str, found: list[object]) -> None:
    assert select(path, ROOT) == found


TEXTS = {"a": [{"n": "Pump_1"}, {"n": "Pump_12"}, {"n": "pump"}, {"n": "a" * 60 + "!"}, {"n": "(a+)+"}, {"n": 5}]}


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (r"match(@.n, 'Pump_\\d')", ["Pump_1"]),
        (r"search(@.n, 'p_\\d')", ["Pump_1", "Pump_12"]),
        ("@.n =~ /pump.*/", ["pump"]),
        ("@.n =~ /pump.*/i", ["Pump_1", "Pump_12", "pump"]),
        ("@.n =~ /ump/", []),
        ("match(@.n, 'Pump_1|pump')", ["Pump_1", "pump"]),
        ("search(@.n, @.n)", ["Pump_1", "Pump_12", "pump", "a" * 60 + "!", "(a+)+"]),
        ("search(@.n, 5)", []),
    ],
)
def test_regular_expressions_choose(condition: str, found: list[object]) -> None:
    assert select(f"$.a[?({condition})].n", TEXTS) == found


@pytest.mark.timeout(20)
@pytest.mark.parametrize("condition", ["search(@.n, '(a+)+$')", "match(@.n, '(a|aa)+')", "@.n =~ /(a*)*b/"])
def test_an_evil_regular_expression_is_answered_at_once(condition: str) -> None:
    assert select(f"$.a[?({condition})].n", TEXTS) == []


@pytest.mark.parametrize("condition", ["search(@.n, '(')", r"match(@.n, '(a)\\1')", "@.n =~ /(?=a)a/"])
def test_a_regular_expression_that_cannot_be_searched_is_refused(condition: str) -> None:
    with pytest.raises(BadRequest, match="regular expression"):
        select(f"$.a[?({condition})].n", TEXTS)


@pytest.mark.parametrize("path", ["$.1.[", "$.1.Items[?(@.Name = )]", "$x"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(BadRequest):
        select(path, ROOT)


def test_a_normal_path_has_its_names_in_brackets() -> None:
    assert normal("$.1.Items[*].Name") == "$['1']['Items'][*]['Name']"


def test_the_first_name_is_the_id_of_a_request() -> None:
    assert root_name("$.my-id x.Headers") == "my-id x"
    assert root_name("$['it\\'s'].Status") == "it's"
    assert root_name("$..WebId") is None


def test_only_what_begins_with_the_root_is_a_path() -> None:
    assert is_path("$.1.Content")
    assert not is_path("http://host/piwebapi/elements/{0}")
