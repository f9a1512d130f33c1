"""Pages of lists: their links, and that neither a deep page nor a total that is not counted changes what comes."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from piwebapi.api import paging
from piwebapi.api.paging import passes_many
from piwebapi.core.wildcards import Pattern
from piwebapi.models import AssetDatabase, Element, ElementReference
from tests.contract.client import BASE, Answer, get, post

NAMES = [f"E{number:02}" for number in range(23)]


@pytest.fixture
def elements(database: AssetDatabase) -> None:
    Element.objects.bulk_create(Element(database=database, name=name, path=name) for name in reversed(NAMES))


def links(answer: Answer) -> dict[str, int]:
    """To which index each link leads."""
    urls = answer.body["Links"].items()
    return {name: int(parse_qs(urlsplit(url).query)["startIndex"][0]) for name, url in urls}


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (0, {"First": 0, "Next": 10, "Last": 20}),
        (10, {"First": 0, "Previous": 0, "Next": 20, "Last": 20}),
        (13, {"First": 0, "Previous": 3, "Last": 20}),
        (20, {"First": 0, "Previous": 10, "Last": 20}),
        (23, {"First": 0, "Previous": 13, "Last": 20}),
        (500, {"First": 0, "Previous": 490, "Last": 20}),
    ],
)
@pytest.mark.usefixtures("elements")
def test_a_page_tells_where_the_others_are(root: str, start: int, told: dict[str, int]) -> None:
    answer = get(f"{root}/elements", startIndex=start, maxCount=10)
    assert answer.names == NAMES[start : start + 10]
    assert links(answer) == told


@pytest.mark.usefixtures("elements")
def test_a_list_of_one_page_has_no_links(root: str) -> None:
    assert get(f"{root}/elements", maxCount=23).body["Links"] == {}
    assert get(f"{root}/elements").body["Links"] == {}


@pytest.mark.parametrize("order", ["Ascending", "Descending"])
@pytest.mark.usefixtures("elements")
def test_a_deep_page_is_the_same_slice_in_the_same_order(
    root: str, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = get(f"{root}/elements", startIndex=7, maxCount=9, sortOrder=order)
    monkeypatch.setattr(paging, "DEEP", 1)
    deep = get(f"{root}/elements", startIndex=7, maxCount=9, sortOrder=order, fresh=1)
    assert deep.items == usual.items
    assert links(deep) == links(usual)


@pytest.mark.usefixtures("elements")
def test_where_the_total_is_not_counted_the_last_page_is_not_told_and_following_next_still_ends(
    root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 5)
    seen: list[str] = []
    url = f"{root}/elements?maxCount=10&fresh=2"
    while url:
        path, _, query = url.partition("?")
        answer = get(path, **{name: texts[0] for name, texts in parse_qs(query).items()})
        assert "Last" not in answer.body["Links"] or len(answer.names) < 10
        seen += answer.names
        url = answer.body["Links"].get("Next", "").removeprefix(f"{BASE}/")
    assert seen == NAMES


def test_referenced_elements_are_listed_among_the_own_ones_and_counted_once(root: str, database: AssetDatabase) -> None:
    home, other = (Element.objects.create(database=database, name=name, path=name) for name in ("Home", "Other"))
    Element.objects.create(database=database, name="Own", path="Home\\Own", parent=home)
    guest = Element.objects.create(database=database, name="Guest", path="Other\\Guest", parent=other)
    ElementReference.objects.create(child=guest, parent=home)
    ElementReference.objects.create(child=guest, parent=None)
    assert get(f"elements/{home.web_id()}/elements").names == ["Guest", "Own"]
    assert get(f"{root}/elements").names == ["Guest", "Home", "Other"]
    assert get(f"{root}/elements", searchFullHierarchy=True).names == ["Guest", "Home", "Other", "Own"]
    page = get(f"{root}/elements", maxCount=2)
    assert (page.names, links(page)) == (["Guest", "Home"], {"First": 0, "Next": 2, "Last": 2})


def test_a_page_whose_keys_are_found_first_is_the_same_page(root: str) -> None:
    """For patterns that begin with a wildcard and for categories the index that gives the order is read first."""
    post(f"{root}/elementcategories", {"Name": "C"})
    for at in range(6):
        made = {"Name": f"E{at % 2}{at}", "CategoryNames": ["C"] if at % 3 else []}
        assert post(f"{root}/elements", made).status == 201
    where = f"{root}/elements"
    assert get(where, nameFilter="*3").names == ["E13"]
    assert get(where, nameFilter="*[12]?", maxCount=2).names == ["E11", "E13"]
    assert get(where, nameFilter="*[12]?", maxCount=2, startIndex=1).names == ["E13", "E15"]
    assert get(where, nameFilter="?0*", sortOrder="Descending").names == ["E04", "E02", "E00"]
    assert get(where, categoryName="C").names == ["E02", "E04", "E11", "E15"]
    assert get(where, categoryName="C", maxCount=2, startIndex=2).names == ["E11", "E15"]
    rows = Element.objects.filter(database__name="Dairy").order_by("name_key")
    assert passes_many(rows.filter(name_key__wild=Pattern.parse("*x")))
    assert passes_many(rows.filter(categories__name_key="C"))
    assert not passes_many(rows.filter(name_key__wild=Pattern.parse("x*"), template__name_key="T"))
