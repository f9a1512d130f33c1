"""A list asks the database as often for thirty rows as for three."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from piwebapi.models import (
    Analysis,
    AnalysisTemplate,
    AssetDatabase,
    AssetServer,
    Attribute,
    AttributeCategory,
    AttributeTemplate,
    DataServer,
    Element,
    ElementCategory,
    ElementReference,
    ElementTemplate,
    EnumerationSet,
    EnumerationValue,
    Point,
    Table,
    Unit,
    UnitClass,
)

from .conftest import Api, Ground


class Plant:
    """Grows by ten of everything that a list can show, each with all that it can refer to."""

    def __init__(self) -> None:
        self.server, self.database, self.data = (
            AssetServer.objects.get(),
            AssetDatabase.objects.get(),
            DataServer.objects.get(),
        )
        self.root = Element.objects.create(database=self.database, name="Root", path="Root")
        self.base = ElementTemplate.objects.create(database=self.database, name="Base")
        self.digital = EnumerationSet.objects.create(data_server=self.data, name="Digital")
        self.unit_class = UnitClass.objects.create(server=self.server, name="Class")
        self.unit = Unit.objects.create(unit_class=self.unit_class, name="Unit", abbreviation="u", canonical=True)
        self.set = EnumerationSet.objects.create(database=self.database, name="Set")
        self.attribute = Attribute.objects.create(element=self.root, name="Parent", trail="Parent")
        self.size = 0

    def grow(self, by: int = 10) -> None:
        for n in range(self.size, self.size + by):
            self.library(f"N{n}", n)
            self.tree(f"N{n}", n)
        self.size += by

    def library(self, name: str, n: int) -> None:
        within = {"database": self.database, "name": name}
        self.category = ElementCategory.objects.create(**within)
        self.attribute_category = AttributeCategory.objects.create(**within)
        self.template = ElementTemplate.objects.create(base=self.base, **within)
        self.template.categories.add(self.category)
        AttributeTemplate.objects.create(
            element_template=self.base,
            name=name,
            trail=name,
            unit=self.unit,
            type="EnumerationValue",
            enumeration_set=self.set,
            value=n,
        ).categories.add(self.attribute_category)
        self.analysis_template = AnalysisTemplate.objects.create(target=self.template, **within)
        Table.objects.create(**within)
        EnumerationSet.objects.create(**within)
        EnumerationValue.objects.create(enumeration_set=self.set, name=name, value=n)
        Unit.objects.create(unit_class=self.unit_class, name=name, abbreviation=name, reference=self.unit)
        UnitClass.objects.create(server=self.server, name=name)
        AssetDatabase.objects.create(server=self.server, name=name)

    def tree(self, name: str, n: int) -> None:
        point = Point.objects.create(server=self.data, name=name, point_type="Digital", digital_set=self.digital)
        child = Element.objects.create(
            database=self.database, name=name, path=f"Root\\{name}", parent=self.root, template=self.template
        )
        child.categories.add(self.category)
        other = Element.objects.create(database=self.database, name=name, path=name)
        ElementReference.objects.create(parent=child, child=other)
        for parent, trail in ((None, name), (self.attribute, f"Parent|{name}")):
            Attribute.objects.create(
                element=self.root,
                parent=parent,
                name=name,
                trail=trail,
                unit=self.unit,
                point=point,
                data_reference="PI Point",
                enumeration_set=self.set,
                template=AttributeTemplate.objects.first(),
            ).categories.add(self.attribute_category)
        Analysis.objects.create(element=self.root, template=self.analysis_template, name=name)


@pytest.fixture
def plant(api: Api, ground: Ground) -> Plant:
    api.get("assetdatabases")  # what only a first request asks is asked
    return Plant()


def own(kind: str) -> Callable[[Plant], str]:
    segments = {
        "root": "elements",
        "base": "elementtemplates",
        "set": "enumerationsets",
        "unit_class": "unitclasses",
        "database": "assetdatabases",
        "server": "assetservers",
        "data": "dataservers",
        "attribute": "attributes",
    }
    return lambda plant: f"{segments[kind]}/{getattr(plant, kind).web_id()}"


LISTS = [
    ("server", "assetdatabases"),
    ("server", "unitclasses"),
    ("unit_class", "units"),
    ("data", "points"),
    ("data", "enumerationsets"),
    ("database", "elements"),
    ("database", "elements?searchFullHierarchy=true"),
    ("database", "elementtemplates"),
    ("database", "analysistemplates"),
    ("database", "elementcategories"),
    ("database", "enumerationsets"),
    ("database", "tables"),
    ("set", "enumerationvalues"),
    ("root", "elements"),
    ("root", "attributes"),
    ("root", "attributes?searchFullHierarchy=true&associations=DataReference"),
    ("root", "analyses"),
    ("attribute", "attributes"),
    ("base", "attributetemplates"),
    ("base", "derivedelementtemplates"),
]


@pytest.mark.parametrize(("owner", "collection"), LISTS, ids=[f"{owner}/{rest}" for owner, rest in LISTS])
def test_more_rows_cost_no_more_queries(api: Api, plant: Plant, owner: str, collection: str) -> None:
    counts: list[int] = []
    items: list[int] = []
    for growth in (3, 27):
        plant.grow(growth)
        where = f"{own(owner)(plant)}/{collection}"
        with CaptureQueriesContext(
            connection,
        ) as asked:
            items.append(len(api.get(where)["Items"]))
        counts.append(len(asked))
    assert items[1] > items[0] >= 1 or collection == "enumerationsets"
    assert counts[1] == counts[0] <= 12


SEARCHES = ["elements/search", "attributes/search", "analyses/search", "analysistemplates/search"]


@pytest.mark.parametrize("search", SEARCHES)
def test_a_search_over_more_rows_costs_no_more_queries(api: Api, plant: Plant, search: str) -> None:
    counts = []
    for growth in (3, 27):
        plant.grow(growth)
        database = plant.database.web_id()
        with CaptureQueriesContext(connection) as asked:
            found = api.get(search, databaseWebId=database, query="Name:=N*")["Items"]
        assert len(found) >= plant.size
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 12


@pytest.mark.parametrize("where", ["assetdatabases", "uoms", "assetservers", "dataservers"])
def test_lists_over_all_servers_cost_no_more_queries_either(api: Api, plant: Plant, where: str) -> None:
    counts = []
    for growth in (3, 27):
        plant.grow(growth)
        with CaptureQueriesContext(connection) as asked:
            api.get(where)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 6


def test_the_paths_of_listed_elements_cost_no_query_per_row(api: Api, plant: Plant) -> None:
    counts = []
    for growth in (3, 27):
        plant.grow(growth)
        where = f"elements/{plant.root.web_id()}/elements"
        with CaptureQueriesContext(connection) as asked:
            found = api.get(where, associations="Paths")["Items"]
        assert found[0]["Paths"] == [r"\\AF\Db\Root\N0"]
        counts.append(len(asked))
    assert counts[0] == counts[1]


KINDS = {"elements": Element, "attributes": Attribute, "points": Point}


@pytest.mark.parametrize("segment", KINDS)
@pytest.mark.parametrize("form", ["F", "I", "P", "path"])
def test_several_objects_at_once_cost_few_queries(api: Api, plant: Plant, segment: str, form: str) -> None:
    plant.grow(20)
    rows = list(KINDS[segment].objects.all()[:30])
    names = [row.full_path if form == "path" else row.web_id(form) for row in rows]
    counts = []
    for size in (3, 20):
        asked_by = {"path" if form == "path" else "webId": names[-size:]}
        with CaptureQueriesContext(connection) as asked:
            found = api.get(f"{segment}/multiple", **asked_by)["Items"]
        assert [item["Object"]["WebId"] for item in found] == [row.web_id() for row in rows[-size:]]
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 10


def test_streams_by_the_paths_of_their_points_cost_few_queries(api: Api, plant: Plant) -> None:
    plant.grow(20)
    web_ids = [point.web_id("P") for point in Point.objects.all()]
    counts = []
    for size in (3, 20):
        with CaptureQueriesContext(connection) as asked:
            assert len(api.get("streamsets/value", webId=web_ids[:size])["Items"]) == size
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 10
