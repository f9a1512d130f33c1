"""Pages, filters and orders of lists; what is expected is worked out on a plain Python list."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from piwebapi.models import AssetDatabase, Attribute, DataServer, Element, ElementCategory, Point

from .conftest import Api, Ground

PLAIN = ["Pump 1", "pump 2", "Pump 10", "valve_b", "Ärmel", "Tank", "Tänk", "100% full"]


@pytest.fixture
def rows(ground: Ground) -> str:
    """Elements of these names in the database; the even ones have the category C."""
    database = AssetDatabase.objects.get()
    category = ElementCategory.objects.create(database=database, name="Even Ones")
    for number, name in enumerate(PLAIN):
        element = Element.objects.create(database=database, name=name, path=name, description=f"Row {number}")
        if number % 2 == 0:
            element.categories.add(category)
    return f"{ground.database}/elements"


def by_name(names: list[str]) -> list[str]:
    return sorted(names, key=str.upper)


def test_names_are_sorted_without_regard_to_case_and_backwards_on_request(api: Api, rows: str) -> None:
    assert api.names(rows) == by_name(PLAIN)
    assert api.names(rows, sortOrder="descending") == by_name(PLAIN)[::-1]
    assert api.names(rows, sortField="Name", sortOrder="Ascending") == by_name(PLAIN)


def test_other_fields_sort_too(api: Api, rows: str) -> None:
    assert api.names(rows, sortField="CreationDate") == PLAIN
    ids = [item["Id"] for item in api.get(rows, sortField="ID")["Items"]]
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", PLAIN),
        ("Pump*", ["Pump 1", "Pump 10", "pump 2"]),
        ("PUMP ?", ["Pump 1", "pump 2"]),
        ("pump 1", ["Pump 1"]),
        ("Pump", []),
        ("*1*", ["Pump 1", "Pump 10", "100% full"]),
        ("T[aä]nk", ["Tank", "Tänk"]),
        ("t[!a]nk", ["Tänk"]),
        ("ärm*", ["Ärmel"]),
        ("100%*", ["100% full"]),
        ("%", []),
        ("valve_b", ["valve_b"]),
        ("valve?b", ["valve_b"]),
        ("valve__", []),
        ("\\*", []),
    ],
)
def test_a_name_filter_takes_wildcards_and_nothing_else(api: Api, rows: str, pattern: str, expected: list[str]) -> None:
    assert api.names(rows, nameFilter=pattern) == by_name(expected)


def test_filters_by_category_and_description_join(api: Api, rows: str) -> None:
    even = by_name(PLAIN[::2])
    assert api.names(rows, categoryName="even ones") == even
    assert api.names(rows, categoryName="Odd Ones") == []
    assert api.names(rows, descriptionFilter="row [03]") == by_name([PLAIN[0], PLAIN[3]])
    assert api.names(rows, descriptionFilter="row [03]", categoryName="Even Ones") == [PLAIN[0]]


def start_of(link: str) -> int:
    return int(parse_qs(urlsplit(link).query)["startIndex"][0])


@pytest.mark.parametrize("size", [1, 3, 4, 8])
def test_pages_cover_everything_once_and_their_links_lead_on(api: Api, rows: str, size: int) -> None:
    seen: list[str] = []
    page = api.get(rows, maxCount=size, sortOrder="Descending")
    while True:
        seen += [item["Name"] for item in page["Items"]]
        if "Next" not in page["Links"]:
            break
        page = api.get(page["Links"]["Next"])
    assert seen == by_name(PLAIN)[::-1]
    last = (len(PLAIN) - 1) // size * size
    if len(PLAIN) > size:
        assert start_of(page["Links"]["Last"]) == last
        assert start_of(page["Links"]["First"]) == 0
        assert start_of(page["Links"]["Previous"]) == last - size
        first = api.get(page["Links"]["First"])
        assert "Previous" not in first["Links"]
        assert [item["Name"] for item in first["Items"]] == by_name(PLAIN)[::-1][:size]


def test_a_page_link_keeps_the_question_and_is_a_whole_url(api: Api, rows: str) -> None:
    page = api.get(rows, maxCount=1, nameFilter="Pump*", selectedFields="Items.Name;Links.Next", STARTINDEX=1)
    link = urlsplit(page["Links"]["Next"])
    assert (link.scheme, link.netloc) == ("http", "localhost")
    assert parse_qs(link.query) == {
        "maxCount": ["1"],
        "nameFilter": ["Pump*"],
        "selectedFields": ["Items.Name;Links.Next"],
        "startIndex": ["2"],
    }
    assert api.get(page["Links"]["Next"]) == {"Links": {}, "Items": [{"Name": "pump 2"}]}


def test_a_page_behind_the_end_is_empty_and_leads_back(api: Api, rows: str) -> None:
    page = api.get(rows, startIndex=500, maxCount=3)
    assert page["Items"] == []
    assert "Next" not in page["Links"]
    assert start_of(page["Links"]["Last"]) == (len(PLAIN) - 1) // 3 * 3


def test_a_list_of_one_page_has_no_links(api: Api, rows: str) -> None:
    assert api.get(rows)["Links"] == {}
    assert api.get(rows, maxCount=len(PLAIN))["Links"] == {}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"maxCount": 150_001}, "Parameter 'maxCount' is greater than the maximum allowed (150000)."),
        ({"maxCount": 0}, "The parameter 'maxCount' must be greater than zero, but is 0."),
        ({"maxCount": -1}, "The parameter 'maxCount' must be greater than zero, but is -1."),
        ({"maxCount": "ten"}, "The parameter 'maxCount' must be a whole number, not 'ten'."),
        ({"startIndex": -5}, "The parameter 'startIndex' must not be negative, but is -5."),
        ({"sortOrder": "Up"}, "The parameter 'sortOrder' has the unknown value 'Up'; known are Ascending, Descending."),
        ({"searchFullHierarchy": "maybe"}, "The parameter 'searchFullHierarchy' must be true or false, not 'maybe'."),
        ({"webIdType": "Short"}, "The parameter 'webIdType' has the unknown value 'Short'."),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(api: Api, rows: str, query: dict[str, Any], sentence: str) -> None:
    assert api.get(rows, status=400, **query) == {"Errors": [sentence]}


def test_all_faults_of_a_request_are_told_at_once(api: Api, rows: str) -> None:
    errors = api.get(rows, status=400, maxCount=0, startIndex="x", sortOrder="Up")["Errors"]
    assert len(errors) == 3


def test_the_largest_number_of_items_is_allowed(api: Api, rows: str) -> None:
    assert len(api.names(rows, maxCount=150_000)) == len(PLAIN)
    assert api.get(rows, startIndex=2**70)["Items"] == []


def test_the_hierarchy_is_searched_on_request(api: Api, rows: str) -> None:
    database = AssetDatabase.objects.get()
    tank = Element.objects.get(name="Tank")
    below = Element.objects.create(database=database, parent=tank, name="Pump 3", path="Tank\\Pump 3")
    Element.objects.create(database=database, parent=below, name="Pump 4", path="Tank\\Pump 3\\Pump 4")
    assert "Pump 3" not in api.names(rows, nameFilter="Pump*")
    assert api.names(rows, nameFilter="Pump ?", searchFullHierarchy="TRUE") == ["Pump 1", "pump 2", "Pump 3", "Pump 4"]
    inside = f"elements/{tank.web_id()}/elements"
    assert api.names(inside) == ["Pump 3"]
    assert api.names(inside, searchFullHierarchy="true") == ["Pump 3", "Pump 4"]


def test_attributes_are_filtered_by_type_trait_and_what_hides_them(api: Api, rows: str) -> None:
    tank = Element.objects.get(name="Tank")
    for name, more in {
        "Level": {"type": "Double"},
        "High": {"type": "Double", "trait_name": "LimitHi"},
        "Note": {"type": "String"},
        "Secret": {"type": "String", "is_hidden": True},
        "Out": {"type": "String", "is_excluded": True},
    }.items():
        Attribute.objects.create(element=tank, name=name, trail=name, **more)
    where = f"elements/{tank.web_id()}/attributes"
    assert api.names(where) == ["High", "Level", "Note"]
    assert api.names(where, showHidden=True) == ["High", "Level", "Note", "Secret"]
    assert api.names(where, showExcluded=True) == ["High", "Level", "Note", "Out"]
    assert api.names(where, valueType="double") == ["High", "Level"]
    assert api.names(where, trait="LimitHi") == ["High"]
    assert api.names(where, nameFilter="*e*", sortOrder="Descending") == ["Note", "Level"]
    hidden = api.get("attributes", path=r"\\AF\Db\Tank|Secret")
    assert hidden["IsHidden"]


def test_points_are_listed_by_name_page_by_page(api: Api, ground: Ground) -> None:
    server = DataServer.objects.get()
    Point.objects.bulk_create(
        Point(server=server, name=f"Tag.{n:03}", name_key=f"TAG.{n:03}", point_type="Float32") for n in range(25)
    )
    where = f"{ground.data}/points"
    assert api.names(where, maxCount=10, startIndex=20) == [f"Tag.{n:03}" for n in range(20, 25)]
    assert api.names(where, nameFilter="tag.01?") == [f"Tag.{n:03}" for n in range(10, 20)]
    assert start_of(api.get(where, maxCount=10)["Links"]["Last"]) == 20
