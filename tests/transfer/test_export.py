"""An exported database comes back as it was, and nothing that an attribute can hold is lost on the way."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from piwebapi.models import (
    Analysis,
    AnalysisRule,
    AssetDatabase,
    AssetServer,
    Attribute,
    AttributeTemplate,
    Element,
    ElementCategory,
    ElementTemplate,
    EnumerationSet,
    EnumerationValue,
    Table,
    UnitClass,
)
from piwebapi.transfer import exporter, importer
from piwebapi.transfer.document import Document
from piwebapi.transfer.importer import Options
from piwebapi.transfer.report import Report
from tests.transfer.conftest import MOMENT


def exported(name: str = "Dairy") -> str:
    database = AssetDatabase.objects.select_related("server").get(name=name)
    return "".join(exporter.run(database, ids=False))


def imported(text: str, database: str = "") -> Report:
    options = Options(database=database)
    return importer.run(Document(Path("export"), text.encode()), options, now=MOMENT)


def without_times(text: str) -> str:
    return re.sub(r"<Timestamp>[^<]*</Timestamp>", "", text)


def moved(text: str, to: str) -> str:
    """The same export from a database of another name."""
    head, _, rest = text.partition("<AFDatabase>")
    return (
        head.replace('Database="Dairy"', f'Database="{to}"')
        + "<AFDatabase>"
        + rest.replace("<Name>Dairy</Name>", f"<Name>{to}</Name>", 1).replace("\\Dairy\\", f"\\{to}\\")
    )


def test_an_export_that_is_imported_elsewhere_is_exported_the_same_again(dairy: Report) -> None:
    first = exported()
    report = imported(first, database="Copy")
    assert not report.gaps
    assert without_times(exported("Copy")) == without_times(moved(first, "Copy"))
    copy = AssetDatabase.objects.get(name="Copy")
    for model, path in ((Element, "database"), (Attribute, "element__database"), (Analysis, "element__database")):
        dairies, copies = (model.objects.filter(**{f"{path}__name": name}).count() for name in ("Dairy", "Copy"))
        assert dairies == copies > 0
    assert copy.description == "A made-up dairy"


def test_a_fresh_server_gets_the_units_of_the_export(dairy: Report) -> None:
    first = exported()
    AssetDatabase.objects.all().delete()
    AssetServer.objects.all().delete()
    report = imported(first)
    assert (report.gaps, UnitClass.objects.filter(name="Churn Volume").count()) == ({}, 1)
    assert exported() == first


def test_importing_an_export_into_its_own_database_changes_nothing(dairy: Report) -> None:
    first = exported()
    report = imported(first)
    assert (report.gaps, +report.created, +report.updated) == ({}, {}, {})
    assert exported() == first


def test_an_export_with_ids_keeps_them_where_they_are_free(dairy: Report) -> None:
    database = AssetDatabase.objects.select_related("server").get()
    own = Attribute.objects.filter(template=None)
    elements, attributes = (set(rows.values_list("pk", flat=True)) for rows in (Element.objects.all(), own.all()))
    text = "".join(exporter.run(database))
    database.delete()
    imported(text)
    assert set(Element.objects.values_list("pk", flat=True)) == elements
    assert set(own.all().values_list("pk", flat=True)) == attributes


VALUES = {
    "double": ("Double", 0.1 + 0.2),
    "tiny": ("Double", 1e-300),
    "bool": ("Boolean", False),
    "long": ("Int64", 2**53 + 1),
    "text": ("String", 'a < b & c > "d"\r\n\tend'),
    "empty": ("String", ""),
    "none": ("Double", None),
    "array": ("DoubleArray", [1.5, -2.0]),
    "strings": ("StringArray", ["a", "<b>"]),
    "any": ("Anything", True),
    "anynumber": ("Anything", 2.5),
}


@pytest.fixture
def things(db: None) -> AssetDatabase:
    """A database with what an export might get wrong."""
    server = AssetServer.objects.create(name="AF")
    database = AssetDatabase.objects.create(server=server, name="Things", extended_properties={"A": {"Value": "b"}})
    states = EnumerationSet.objects.create(database=database, name="S")
    EnumerationValue.objects.create(enumeration_set=states, name="Off", value=0)
    category = ElementCategory.objects.create(database=database, name="Cat")
    template = ElementTemplate.objects.create(database=database, name="T")
    template.categories.add(category)
    of_template = AttributeTemplate.objects.create(
        element_template=template, name="x", trail="x", type="String", value="abc", description="told", is_hidden=True
    )
    element = Element.objects.create(database=database, name="E", path="E", template=template)
    Attribute.objects.create(
        element=element, name="x", trail="x", type="String", value=None, template=of_template, value_ticks=MOMENT
    )
    for name, (kind, value) in VALUES.items():
        Attribute.objects.create(
            element=element, name=name, trail=name, type=kind, value=value, value_ticks=MOMENT if value else None
        )
    Attribute.objects.create(
        element=element, name="state", trail="state", type="EnumerationValue", enumeration_set=states, value=0
    )
    Table.objects.create(
        database=database,
        name="Tab",
        columns={"a b": "String", "1st": "Double", "x_x0041_": "Boolean", "ä": "Int32", "t": "DateTime"},
        rows=[["", 0.1, True, 3, "2024-01-01T00:00:00Z"], [None, None, False, None, None]],
    )
    return database


def test_values_of_all_kinds_survive(things: AssetDatabase) -> None:
    before = dict(Attribute.objects.values_list("name", "value"))
    text = "".join(exporter.run(things, ids=False))
    report = imported(text, database="Copy")
    assert not report.gaps
    after = dict(Attribute.objects.filter(element__database__name="Copy").values_list("name", "value"))
    assert after == before
    copied = Table.objects.get(database__name="Copy")
    original = Table.objects.get(database__name="Things")
    assert (copied.columns, copied.rows) == (original.columns, original.rows)
    assert AssetDatabase.objects.get(name="Copy").extended_properties == {"A": {"Value": "b"}}


def test_what_differs_from_the_template_is_told_also_when_it_is_nothing(things: AssetDatabase) -> None:
    imported("".join(exporter.run(things, ids=False)), database="Copy")
    row = Attribute.objects.get(element__database__name="Copy", name="x")
    assert (row.description, row.is_hidden, row.value) == ("", False, None)
    assert not Element.objects.get(database__name="Copy").categories.exists()


def test_rules_below_rules_survive(dairy: Report) -> None:
    analysis = Analysis.objects.get(name="Daily Milk")
    child = AnalysisRule.objects.create(analysis=analysis, parent=analysis.rule, plug_in="RollUp", config_string="a")
    AnalysisRule.objects.create(analysis=analysis, parent=child, plug_in="Imbalance", variable_mapping="x||y")
    first = exported()
    assert not imported(first, database="Copy").gaps
    assert without_times(exported("Copy")) == without_times(moved(first, "Copy"))
    copied = AnalysisRule.objects.get(analysis__element__database__name="Copy", plug_in="Imbalance")
    assert (copied.parent.plug_in, copied.parent.parent.plug_in) == ("RollUp", "PerformanceEquation")
    assert +imported(first).created == {}


def test_the_command_writes_a_file_that_the_other_one_reads(dairy: Report, tmp_path: Path) -> None:
    path = tmp_path / "dairy.xml"
    call_command("export_af", "dairy", path, "--without-ids", stdout=StringIO())
    assert path.read_text(encoding="utf-8") == exported()
    assert not importer.run(Document(path), Options(), now=MOMENT).gaps
