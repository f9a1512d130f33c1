"""A second import brings what is new and what has changed, and doubles nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from piwebapi.models import (
    AssetDatabase,
    Attribute,
    AttributeTemplate,
    Element,
    ElementReference,
    ElementTemplate,
    EnumerationValue,
    Point,
    Table,
    Unit,
)
from piwebapi.transfer.report import Report

from .conftest import load

Write = Callable[..., Path]


def everything() -> dict[str, set[object]]:
    """The ids of all rows."""
    models = (
        AssetDatabase,
        Element,
        ElementReference,
        ElementTemplate,
        AttributeTemplate,
        Attribute,
        EnumerationValue,
        Table,
        Unit,
        Point,
    )
    return {model.__name__: set(model._default_manager.values_list("pk", flat=True)) for model in models}


def test_the_same_file_again_changes_and_doubles_nothing(dairy: Report) -> None:
    before = everything()
    report = load()
    assert everything() == before
    assert not +report.created
    assert not report.updated


def test_a_changed_description_value_and_state_are_taken_over(dairy: Report, written: Write) -> None:
    text = written().read_text(encoding="utf-8")
    for old, new in (
        ("Holds milk", "Holds much milk"),
        ('<Value type="Double">3.25</Value>', '<Value type="Double">4</Value>'),
        ("<Name>Filling</Name><Value>10</Value>", "<Name>Filling</Name><Value>20</Value>"),
        ("<Days>56</Days>", "<Days>57</Days>"),
    ):
        assert old in text
        text = text.replace(old, new)
    before = everything()
    report = load(written(text=text))
    assert everything() == before
    assert ElementTemplate.objects.get(name="Vat").description == "Holds much milk"
    assert Attribute.objects.get(element__path=r"Valley\V1", trail="Volume").value == 4.0
    assert set(EnumerationValue.objects.values_list("value", flat=True)) == {0, 20, 21}
    assert Table.objects.get().rows[1][2] == 57
    assert report.updated["element templates"] == 1
    assert report.updated["tables"] == 1


def test_a_new_attribute_template_reaches_the_elements_that_are_here(dairy: Report, written: Write) -> None:
    new = "<AFAttributeTemplate><Name>Fat</Name><Type>Double</Type></AFAttributeTemplate>"
    anchor = "<AFAttributeTemplate><Name>Phase</Name>"
    load(written(anchor, new + anchor))
    having = Attribute.objects.filter(trail="Fat").values_list("element__path", flat=True)
    assert set(having) == {r"Valley\V1", r"Valley\C1", r"Hill\V2"}


def test_a_new_element_comes_and_one_that_the_file_lacks_stays(dairy: Report, written: Write) -> None:
    gone = "<AFElement><Name>V2</Name><Template>Vat</Template></AFElement>"
    load(written(gone, "<AFElement><Name>V3</Name><Template>Vat</Template></AFElement>"))
    assert {"V2", "V3"} <= set(Element.objects.values_list("name", flat=True))


def test_names_in_another_case_mean_the_same_objects(dairy: Report, written: Write) -> None:
    before = everything()
    report = load(written("<Name>V2</Name><Template>Vat</Template>", "<Name>v2</Name><Template>VAT</Template>"))
    assert everything() == before
    assert report.updated["elements"] == 1


def test_units_that_the_server_has_stay_and_the_difference_is_told(dairy: Report, written: Write) -> None:
    report = load(written("<RefFactor>0.25</RefFactor>", "<RefFactor>0.5</RefFactor>"))
    assert Unit.objects.get(name="pail").factor == 0.25
    assert report.gaps["unit that is another one here"].paths == ["pail -> reference_factor"]


@pytest.mark.django_db
def test_a_file_may_be_imported_under_a_second_name(written: Write) -> None:
    load()
    load(database="Copy")
    assert AssetDatabase.objects.count() == 2
    assert Element.objects.filter(database__name="Copy").count() == 5
    # a GUID belongs to one object: the copy has one of its own
    first, second = Element.objects.filter(name="V1").order_by("database__name").values_list("pk", flat=True)
    assert str(second) == "0b64ad36-86f1-4df5-9b2c-6f3d9a4c7e21"
    assert first != second
