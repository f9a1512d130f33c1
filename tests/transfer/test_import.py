"""What an import makes of a file, counted and read again by the standard library's own parser."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.core.management import call_command

from piwebapi.models import (
    Analysis,
    AnalysisTemplate,
    AssetDatabase,
    AssetServer,
    Attribute,
    AttributeTemplate,
    DataServer,
    Element,
    ElementReference,
    ElementTemplate,
    EnumerationSet,
    Point,
    Table,
    Unit,
)
from piwebapi.services.units import convert, find_unit
from piwebapi.transfer.report import Report

from .conftest import DAIRY, MOMENT, load

Write = Callable[..., Path]
TREE = ElementTree.parse(DAIRY).getroot()


def test_every_kind_of_object_is_there_as_often_as_the_file_names_it(dairy: Report) -> None:
    file = Counter(xml.tag for xml in TREE.iter())
    assert file["AFElement"] == 7  # of these one is a second place, one is to be deleted
    assert Element.objects.count() == file["AFElement"] - 2
    assert ElementTemplate.objects.count() == file["AFElementTemplate"] - 1  # one is of transfers
    assert AttributeTemplate.objects.count() == file["AFAttributeTemplate"]
    assert EnumerationSet.objects.get().values.count() == file["AFEnumerationValue"]
    assert Unit.objects.filter(unit_class__name="Churn Volume").count() == file["UOM"]
    assert len(Table.objects.get().rows) == len(TREE.findall(".//Recipes"))
    assert dairy.created["elements"] == 5


def test_an_element_has_the_attributes_of_its_templates_and_its_own(dairy: Report) -> None:
    templates = {xml.findtext("Name"): xml for xml in TREE.iter("AFElementTemplate")}
    vat = {xml.findtext("Name") for xml in templates["Vat"].iter("AFAttributeTemplate")}
    churn = {xml.findtext("Name") for xml in templates["Churn"].iter("AFAttributeTemplate")}
    names = {element.path: set(element.attributes.values_list("name", flat=True)) for element in Element.objects.all()}
    assert names == {
        "Valley": set(),
        "Hill": set(),
        r"Valley\V1": vat | {"Built", "By"},
        r"Valley\C1": vat | churn,
        r"Hill\V2": vat,
    }


def test_names_and_descriptions_of_the_database_and_its_server(dairy: Report) -> None:
    database = AssetDatabase.objects.get()
    assert (database.name, database.description, database.server.name) == ("Dairy", "A made-up dairy", "FARM")


def test_a_state_without_a_number_counts_on_from_the_one_before(dairy: Report) -> None:
    states = EnumerationSet.objects.get(pk="5a0f6f0e-7a50-4e55-9d4c-0a6f3f0f1a11")
    assert states.states() == {0: "Idle", 10: "Filling", 11: "Churning"}


def test_a_table_has_its_columns_with_types_and_its_cells(dairy: Report) -> None:
    table = Table.objects.get()
    assert table.columns == {
        "Cheese": "String",
        "Milk per kg": "Double",
        "Days": "Int32",
        "Raw": "Boolean",
        "First Made": "DateTime",
        "Rind": "String",
    }
    assert table.rows == [
        ["Comte", 10.5, 240, True, "2001-05-01T00:00:00Z", None],
        ["Brie", 7.0, 56, False, None, "white"],
        ["Feta", None, None, None, None, None],
    ]
    assert (table.time_zone, [c.name for c in table.categories.all()]) == ("Europe/Paris", ["Recipes"])


def test_units_of_the_file_convert_over_their_references(dairy: Report) -> None:
    server = AssetServer.objects.get()
    cup, churn = find_unit(server, "cp"), find_unit(server, "ch")
    assert cup is not None
    assert churn is not None
    # a churn is four pails, a pail is fifty cups
    assert convert(600.0, cup, churn) == pytest.approx(3.0)
    assert convert(3.0, churn, cup) == pytest.approx(600.0)


def test_templates_know_their_base_their_kind_and_their_categories(dairy: Report) -> None:
    churn = ElementTemplate.objects.get(name="Churn")
    assert [template.name for template in churn.lineage()] == ["Churn", "Vat"]
    assert [category.name for category in churn.categories.all()] == ["Moving Parts"]
    cleaning = ElementTemplate.objects.get(name="Cleaning")
    assert (cleaning.instance_type, cleaning.severity, cleaning.can_be_acknowledged) == ("EventFrame", 2, True)
    assert ElementTemplate.objects.get(name="Vat").extended_properties == {"Maker": {"Value": "Coop"}}


def test_an_attribute_template_has_type_unit_value_trait_and_category(dairy: Report) -> None:
    volume = AttributeTemplate.objects.get(trail="Volume")
    assert (volume.type, volume.unit.abbreviation, volume.value) == ("Double", "pl", 8.5)
    assert [category.name for category in volume.categories.all()] == ["Measured"]
    limit = AttributeTemplate.objects.get(trail="Volume|Limit")
    assert (limit.parent, limit.trait_name, limit.value) == (volume, "LimitHi", 12.0)
    phase = AttributeTemplate.objects.get(trail="Phase")
    assert (phase.type, phase.enumeration_set.name, phase.value) == ("EnumerationValue", "Phase", 10)
    assert AttributeTemplate.objects.get(trail="Label").is_hidden


def test_an_element_differs_from_its_template_where_the_file_says_so(dairy: Report) -> None:
    here = {row.trail: row for row in Element.objects.get(name="V1").attributes.all()}
    assert (here["Volume"].value, here["Cheese"].value) == (3.25, "Comte")
    assert here["Volume"].value_ticks == 17_067_816_000_000_000  # 2024-02-01T10:00:00Z
    assert here["Cheese"].value_ticks == MOMENT
    assert here["Volume"].unit.abbreviation == "pl"
    assert (here["Built"].value, here["Built"].template) == ("2000-01-01T00:00:00Z", None)
    assert (here["Built|By"].value, here["Built|By"].parent) == ("Anna", here["Built"])
    there = {row.trail: row.value for row in Element.objects.get(name="V2").attributes.all()}
    assert (there["Volume"], there["Cheese"]) == (8.5, "Brie")


def test_an_element_that_the_file_has_twice_has_two_parents(dairy: Report) -> None:
    places = {(link.child.path, link.parent.path, link.type) for link in ElementReference.objects.all()}
    assert places == {
        (r"Valley\V1", "Hill", "Weak Reference"),
        (r"Valley\C1", "Hill", "Parent-Child"),
    }
    assert str(Element.objects.get(name="V1").pk) == "0b64ad36-86f1-4df5-9b2c-6f3d9a4c7e21"


def test_analyses_have_their_rules_or_those_of_their_template(dairy: Report) -> None:
    made = AnalysisTemplate.objects.get()
    assert (made.name, made.target.name, made.create_enabled, made.group_id) == ("Butter Yield", "Churn", True, 3)
    daily = Analysis.objects.get(name="Daily Milk")
    assert (daily.status, daily.rule.plug_in) == ("Enabled", "PerformanceEquation")
    assert daily.rule.config_string == "'Volume' * 4"
    butter = Analysis.objects.get(name="Butter Yield")
    assert (butter.template, butter.rule.config_string) == (made, "'Speed' * 2")
    assert (butter.time_rule.plug_in, butter.time_rule.config_string) == ("Periodic", "Frequency=300")


def test_points_are_created_for_the_tags_that_attributes_name(dairy: Report) -> None:
    point = Point.objects.get()
    assert (point.name, point.server.name, point.point_type) == ("Valley.C1.Speed", "PLANT", "Int32")
    assert Attribute.objects.get(trail="Speed").point == point


@pytest.mark.django_db
def test_without_the_option_missing_points_are_reported_and_not_created() -> None:
    DataServer.objects.create(name="PLANT")
    report = load()
    assert not Point.objects.exists()
    assert {why: gap.paths for why, gap in report.unfound.items()} == {
        "There is no point 'Valley.C1.Speed' on the data server 'PLANT'.": [r"Valley\C1|Speed"]
    }


def test_what_is_not_understood_is_listed_with_its_place(dairy: Report) -> None:
    assert {kind: (gap.count, gap.paths) for kind, gap in dairy.gaps.items()} == {
        "security settings": (1, ["Dairy"]),
        "AFReferenceType": (1, ["ReferenceTypes[Feeds]"]),
        "AFTable/AFExtendedProperty": (1, ["Tables[Cheese Recipes] -> Source"]),
        "column of a table with an unknown type, kept as text": (1, ["Tables[Cheese Recipes] -> xs:anyURI"]),
        "AFElementTemplate of Transfer": (1, ["ElementTemplates[Delivery]"]),
        "reference to an element that is not in the file": (1, [r"Hill -> \Valley\Nowhere"]),
        "AFElement to be deleted": (1, [r"Hill\Old"]),
        "AFNotification": (1, ["Dairy"]),
    }


@pytest.mark.django_db
def test_a_reference_that_would_give_one_path_to_two_elements_is_left_out_and_told(written: Write) -> None:
    report = load(written("<Name>V2</Name>", "<Name>V1</Name>"))
    assert report.gaps["reference beside an element of the same name"].paths == [r"Hill\V1"]
    assert Element.objects.filter(name="V1").count() == 2


@pytest.mark.django_db
def test_a_second_object_of_one_name_is_told(written: Write) -> None:
    twice = "<AFAttributeCategory><Name>planned</Name><Description>again</Description></AFAttributeCategory>"
    report = load(written("<AFElementCategory>", twice + "<AFElementCategory>"))
    assert report.gaps["second attribute category of one name; the last one counts"].paths == ["Planned"]


def test_the_report_reads_as_sentences_a_person_can_follow(dairy: Report) -> None:
    lines = list(dairy.lines())
    assert re.match(r"Created: .*5 elements", lines[0])
    assert "Not taken over:" in lines
    assert "  1 x AFNotification: Dairy" in lines


@pytest.mark.django_db
def test_the_command_imports_and_tells_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_af", str(DAIRY), database="Other", server="HQ")
    said = capsys.readouterr()
    assert "5 elements" in said.out
    assert "Import: 5 of 7 elements" in said.err
    database = AssetDatabase.objects.get()
    assert (database.name, database.server.name) == ("Other", "HQ")
