"""What is saved in the admin is what REST would have made of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from piwebapi.models import (
    Attribute,
    AttributeTemplate,
    Element,
    ElementReference,
    EnumerationSet,
    Point,
    Table,
    Unit,
    UnitClass,
)

from .forms import change, filled, said
from .plant import Plant

pytestmark = pytest.mark.django_db


def rest(browser: Client, address: str) -> Any:
    return browser.get(f"/piwebapi/{address}", headers={"accept": "application/json"}).json()


def names(browser: Client, address: str) -> list[str]:
    return [item["Name"] for item in rest(browser, address)["Items"]]


def test_a_renamed_element_takes_the_paths_below_along_and_rest_finds_it(browser: Client, plant: Plant) -> None:
    answer = change(browser, plant.unit, name="Unit_9")
    assert answer.status_code == 302
    pump = rest(browser, "elements?path=\\\\AFDEMO\\ProductionDB\\Unit_9\\Pump_1")
    assert pump["Name"] == "Pump_1"
    assert pump["Path"] == "\\\\AFDEMO\\ProductionDB\\Unit_9\\Pump_1"
    assert rest(browser, "elements?path=\\\\AFDEMO\\ProductionDB\\Unit_1\\Pump_1")["Errors"]
    assert Element.objects.get(pk=plant.element.pk).path_key == "UNIT_9\\PUMP_1"


def test_what_a_service_refuses_stands_above_the_form_and_nothing_is_changed(browser: Client, plant: Plant) -> None:
    answer = change(browser, plant.unit, name="Unit_2", description="changed")
    assert answer.status_code == 200
    assert "There is already an element with the name" in said(answer)
    plant.unit.refresh_from_db()
    assert (plant.unit.name, plant.unit.description) == ("Unit_1", "")


def test_a_name_that_af_forbids_is_refused_with_the_sentence_of_rest(browser: Client, plant: Plant) -> None:
    assert "must not contain control characters or any of" in said(change(browser, plant.unit, name="Unit*1"))


def test_a_new_element_gets_the_attributes_of_its_template(browser: Client, plant: Plant) -> None:
    form = filled(browser, "/admin/piwebapi/element/add/")
    form |= {"parent": plant.unit.pk, "name": "Pump_2", "template": plant.pump.pk}
    assert browser.post("/admin/piwebapi/element/add/", form).status_code == 302
    made = Element.objects.get(path="Unit_1\\Pump_2")
    assert names(browser, f"elements/{made.web_id()}/attributes") == ["Speed"]


def test_a_new_element_must_be_put_somewhere(browser: Client, plant: Plant) -> None:
    form = filled(browser, "/admin/piwebapi/element/add/") | {"name": "Nowhere"}
    assert "Choose where it belongs: parent or database." in said(browser.post("/admin/piwebapi/element/add/", form))


def test_categories_are_those_that_were_chosen(browser: Client, plant: Plant) -> None:
    critical = plant.database.elementcategory_set.get()
    change(browser, plant.element, categories=[critical.pk])
    assert names(browser, f"elements/{plant.element.web_id()}/categories") == ["Critical"]
    change(browser, plant.element, categories=[])
    assert names(browser, f"elements/{plant.element.web_id()}/categories") == []


def test_a_further_place_is_made_and_taken_away_by_the_services(browser: Client, plant: Plant) -> None:
    address = "/admin/piwebapi/elementreference/add/"
    assert browser.post(address, {"child": plant.element.pk, "parent": "", "type": "Parent-Child"}).status_code == 302
    at_root = ElementReference.objects.get(child=plant.element, parent=None)
    assert "Pump_1" in names(browser, f"assetdatabases/{plant.database.web_id()}/elements")
    browser.post(reverse("admin:piwebapi_elementreference_delete", args=(at_root.pk,)), {"post": "yes"})
    assert "Pump_1" not in names(browser, f"assetdatabases/{plant.database.web_id()}/elements")


def test_an_element_below_itself_is_refused(browser: Client, plant: Plant) -> None:
    form = {"child": plant.unit.pk, "parent": plant.element.pk, "type": "Parent-Child"}
    answer = browser.post("/admin/piwebapi/elementreference/add/", form)
    assert "cannot be referenced below itself" in said(answer)


def test_a_new_attribute_template_spreads_to_the_elements_that_are_there(browser: Client, plant: Plant) -> None:
    address = "/admin/piwebapi/attributetemplate/add/"
    form = filled(browser, address) | {"element_template": plant.pump.pk, "name": "Flow", "unit": plant.celsius.pk}
    assert browser.post(address, form).status_code == 302
    assert names(browser, f"elements/{plant.element.web_id()}/attributes") == ["Flow", "Speed", "Temperature"]
    assert AttributeTemplate.objects.get(name="Flow").unit == plant.celsius


def test_a_value_is_written_with_its_time_and_shows_in_the_stream(browser: Client, plant: Plant) -> None:
    before = plant.attribute.value_ticks
    assert change(browser, plant.attribute, value="21.75").status_code == 302
    assert rest(browser, f"streams/{plant.attribute.web_id()}/value")["Value"] == 21.75
    assert Attribute.objects.get(pk=plant.attribute.pk).value_ticks > before


def test_an_attribute_keeps_its_unit_when_two_units_share_an_abbreviation(browser: Client, plant: Plant) -> None:
    other = UnitClass.objects.create(server=plant.server, name="Charge")
    coulomb = Unit.objects.create(unit_class=other, name="coulomb", abbreviation="°C", canonical=True)
    change(browser, plant.attribute, unit=coulomb.pk)
    assert rest(browser, f"attributes/{plant.attribute.web_id()}")["DefaultUnitsName"] == "coulomb"
    change(browser, plant.attribute, unit="")
    assert rest(browser, f"attributes/{plant.attribute.web_id()}")["DefaultUnitsName"] == ""


def test_a_new_unit_is_converted_through_its_reference(browser: Client, plant: Plant) -> None:
    address = "/admin/piwebapi/unit/add/"
    form = filled(browser, address) | {"unit_class": plant.temperatures.pk, "name": "Fahrenheit", "abbreviation": "°F"}
    form |= {"reference": plant.celsius.pk, "reference_factor": "0.5", "reference_offset": "-10"}
    assert browser.post(address, form).status_code == 302
    made = Unit.objects.get(name="Fahrenheit")
    assert (made.factor, made.offset) == (0.5, 263.15)


def test_the_canonical_unit_of_a_class_stays(browser: Client, plant: Plant) -> None:
    kelvin = Unit.objects.get(name="kelvin")
    answer = browser.post(reverse("admin:piwebapi_unit_delete", args=(kelvin.pk,)), {"post": "yes"}, follow=True)
    assert "is the canonical unit of its class and cannot be deleted" in said(answer)
    assert Unit.objects.filter(pk=kelvin.pk).exists()


def test_the_states_of_a_set_are_changed_on_its_page(browser: Client, plant: Plant) -> None:
    address = reverse("admin:piwebapi_enumerationset_change", args=(plant.modes.pk,))
    form = filled(browser, address)
    form |= {"values-TOTAL_FORMS": 3, "values-0-name": "Stopped", "values-1-DELETE": "on"}
    form |= {"values-2-value": 7, "values-2-name": "Standby", "values-2-enumeration_set": plant.modes.pk}
    assert browser.post(address, form).status_code == 302
    assert EnumerationSet.objects.get(pk=plant.modes.pk).states() == {0: "Stopped", 7: "Standby"}


def test_two_states_of_one_value_are_refused(browser: Client, plant: Plant) -> None:
    address = reverse("admin:piwebapi_enumerationset_change", args=(plant.modes.pk,))
    form = filled(browser, address)
    form |= {"values-TOTAL_FORMS": 3, "values-2-value": 1, "values-2-name": "Again"}
    assert "already has a state with the value 1" in said(browser.post(address, form))
    assert EnumerationSet.objects.get(pk=plant.modes.pk).states() == {0: "Off", 1: "On"}


def test_the_data_of_a_table_are_replaced_as_by_rest(browser: Client, plant: Plant) -> None:
    change(browser, plant.table, data='{"Columns": {"Fuel": "String"}, "Rows": [{"Fuel": "Coal"}, {"Fuel": "Gas"}]}')
    assert rest(browser, f"tables/{plant.table.web_id()}/data")["Rows"] == [{"Fuel": "Coal"}, {"Fuel": "Gas"}]
    answer = change(browser, plant.table, data='{"Columns": {"Fuel": "Colour"}, "Rows": []}')
    assert "has the unknown type" in said(answer)
    assert Table.objects.get(pk=plant.table.pk).columns == {"Fuel": "String"}


def test_the_type_of_a_point_is_chosen_once(browser: Client, plant: Plant) -> None:
    change(browser, plant.point, descriptor="Runs?", point_type="String")
    point = rest(browser, f"points/{plant.point.web_id()}")
    assert (point["Descriptor"], point["PointType"], point["DigitalSetName"]) == ("Runs?", "Digital", "OnOff")


def test_a_digital_point_without_states_is_refused(browser: Client, plant: Plant) -> None:
    form = filled(browser, "/admin/piwebapi/point/add/") | {"server": plant.archive.pk, "name": "X"}
    answer = browser.post("/admin/piwebapi/point/add/", form | {"point_type": "Digital"})
    assert "A digital point needs a DigitalSetName." in said(answer)
    assert not Point.objects.filter(name="X").exists()


def test_a_template_that_others_are_derived_from_cannot_be_deleted(browser: Client, plant: Plant) -> None:
    type(plant.pump).objects.create(database=plant.database, name="BigPump", base=plant.pump)
    answer = browser.post(reverse("admin:piwebapi_elementtemplate_delete", args=(plant.pump.pk,)), {"post": "yes"})
    assert answer.status_code in (200, 302, 403)
    assert type(plant.pump).objects.filter(pk=plant.pump.pk).exists()


def test_the_rule_of_an_analysis_is_chosen_on_its_page(browser: Client, plant: Plant) -> None:
    change(browser, plant.analysis, rule_plugin="RollUp", status="Enabled")
    analysis = rest(browser, f"analyses/{plant.analysis.web_id()}")
    assert (analysis["AnalysisRulePlugInName"], analysis["Status"]) == ("RollUp", "Enabled")
