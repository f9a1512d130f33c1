"""JSONPath as batch requests write it."""

from __future__ import annotations

from typing import Any

import jsonpath
import pytest

from piwebapi.core.errors import BadRequest
from piwebapi.core.jsonpaths import MOST_STEPS, Paths, cost, is_path, normal, root_name


def select(path: str, root: Any) -> list[Any]:
    return Paths().select(path, root)


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
        ("$..['WebId']", ["a", "b"]),
        ("$..[?(@.Name == 'Y')].WebId", ["b"]),
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


def answer(items: int) -> dict[str, Any]:
    """The answer of a list of elements to the request 'a'."""
    links = {"Self": "https://plant/x", "Elements": "https://plant/y"}
    found = [
        {"Name": f"P{at}", "WebId": f"F1{at}", "Links": links, "Value": {"V": at, "Good": True}} for at in range(items)
    ]
    return {"a": {"Status": 200, "Content": {"Links": {}, "Items": found}}}


@pytest.mark.parametrize(
    "path",
    [
        "$.a.Content.Items[*].WebId",
        "$.a.Content.Items[-2:]",
        "$.a.Content.Items[0,2,7]",
        "$..*",
        "$..Links.*",
        "$..*[?(@.V > 1 && @.Good == true)]",
        "$.a.Content.Items[?(@.Value.V >= $.a.Status || @.Name == 'P1')].Name",
        "$.a.Content.Items[?length(@.Name) == 2 && !@.Missing]",
        "$.a.Content.Items[?(@.Missing == @.Other)].Name",
        "$.a.Content.Items[?(# < 2)].Name",
        "$[*,*].Status",
    ],
)
def test_what_is_selected_is_what_the_library_selects(path: str) -> None:
    assert select(path, answer(4)) == jsonpath.findall(normal(path), answer(4)) != []


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("$.a.Content.Items[*].WebId", 3),
        ("$..WebId", 12),
        ("$..*[?(@.Name == 'P1')]", 120),
        ("$..*[?search(@.Name, 'Q')]", 130),
        ("$[*,*][*,*][*,*][*,*].WebId", 65),
    ],
)
def test_the_steps_grow_as_the_answer_does(path: str, most: int) -> None:
    def steps(items: int) -> int:
        paths = Paths()
        paths.select(path, answer(items))
        return MOST_STEPS - paths.left

    growth = [steps(2 * items) - steps(items) for items in (100, 200, 400)]
    assert growth[0] <= 100 * most
    assert growth[1] == pytest.approx(2 * growth[0], rel=0.1)
    assert growth[2] == pytest.approx(4 * growth[0], rel=0.1)


@pytest.mark.parametrize(
    "query", ["count($..*) > 1", "@..*", "count(@.*) == 1", "$.a.Content..Name", "value(@..Name) == 1"]
)
def test_a_query_in_a_filter_names_one_member(query: str) -> None:
    with pytest.raises(BadRequest, match="in a filter must name one member"):
        select(f"$..*[?({query})]", ROOT)


@pytest.mark.parametrize(
    ("path", "items"),
    [
        ("$..*..*..*..*", 10_000),
        ("$" + "[*,*]" * 5, 10_000),
        ("$..*[?(" + "||".join(["1==2"] * 100) + ")]", 2_000),
        ("$..*[" + ",".join(["'a'"] * 300) + "]", 2_000),
        (r"$.a.Content.Items[?search(@.Name, '(?i)\\pL{300}')]", 100),
    ],
)
def test_a_path_that_costs_too_much_is_refused(path: str, items: int) -> None:
    with pytest.raises(BadRequest, match="look at too much"):
        select(path, answer(items))


def test_the_paths_of_a_batch_share_their_steps() -> None:
    paths, root = Paths(1_000), answer(100)
    assert len(paths.select("$.a.Content.Items[*].Name", root)) == 100  # 4 nodes of the way, 200 others, 25 characters
    assert paths.left == 1_000 - 4 - 200 - 25
    for _ in range(3):
        paths.select("$.a.Content.Items[*].Name", root)
    with pytest.raises(BadRequest):
        paths.select("$.a.Content.Items[*].Name", root)


@pytest.mark.parametrize(
    "path", ["$" + ".b" * 100_000, "$.a" + "[0]" * 900, "$.a[?(" + "(" * 5_000 + "@.x" + ")" * 5_000 + ")]"]
)
def test_a_path_that_is_too_long_is_refused(path: str) -> None:
    with pytest.raises(BadRequest, match="may have 2,000 characters"):
        select(path, ROOT)


@pytest.mark.parametrize(
    "path", ["$" + ".b" * 999, "$.a[?" + "!" * 900 + "@.x]", "$.a[?(" + "||".join(["@.x"] * 300) + ")]"]
)
def test_a_deep_path_is_answered_or_refused(path: str) -> None:
    try:
        assert select(path, TEXTS) == []
    except BadRequest:
        return


@pytest.mark.parametrize(
    "form", ["$.a[?(@.n in $.a)]", "$.a[?(@ in $.b)]", "$.a[?('x' contains @.n)]", "$.a[~]", "$.a[$.b]"]
)
def test_what_the_vendor_has_not_is_refused(form: str) -> None:
    with pytest.raises(BadRequest):
        select(form, {"a": [{"n": 5}], "b": "text"})


def test_arrays_and_objects_equal_nothing() -> None:
    root = {"a": [{"n": [1]}], "b": [1]}
    assert select("$.a[?(@.n == $.b)]", root) == []
    assert select("$.a[?(@.n != $.b)]", root) == [{"n": [1]}]


@pytest.mark.parametrize(("pattern", "least"), [("Pump_.*", 20), (r"\pL" * 50, 30_000), (r"(?i)\pL{300}", 165_000)])
def test_an_expression_costs_what_it_takes(pattern: str, least: int) -> None:
    """Microseconds, as measured on the machine of 2026."""
    assert least <= cost(pattern) <= 5 * least
    assert cost("a{" + "9" * 5_000 + "}") < 10_000
