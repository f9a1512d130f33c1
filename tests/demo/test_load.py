"""Counts, names and references of the demo plant; numbers are those that are promised to users."""

from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from events import demo
from events.models import EventFrame, EventFrameAttribute
from piwebapi.demo import facts, loader
from piwebapi.models import (
    Analysis,
    AssetDatabase,
    Attribute,
    AttributeTemplate,
    DataServer,
    Element,
    ElementTemplate,
    EnumerationSet,
    Point,
    Table,
)

from .conftest import MOMENT


def test_the_smallest_size_has_128_sensors_and_84_elements(plant: facts.Layout) -> None:
    assert Point.objects.filter(signal="process").count() == 128
    assert Point.objects.count() == 138
    assert Element.objects.count() == 84
    assert Attribute.objects.count() == 4 * 4 + 16 * 9 + 64 * 5
    assert Analysis.objects.count() == 16
    plants = Element.objects.filter(parent=None).values_list("name", flat=True)
    assert set(plants) == {"Eraring_Plant", "Bayswater_Plant", "Loy_Yang_A_Plant", "Stanwell_Plant"}


@pytest.mark.parametrize(
    ("asked", "tags", "elements"),
    [(128, 128, 84), (1000, 1040, 660), (1040, 1040, 660), (10_000, 10_000, 6275), (30_000, 30_240, 18_960)],
)
def test_a_number_of_tags_gives_the_smallest_size_that_has_them(asked: int, tags: int, elements: int) -> None:
    layout = facts.layout_for(asked)
    assert (layout.tags, layout.elements) == (tags, elements)


@pytest.mark.parametrize("asked", [0, -1, 30_241])
def test_no_size_has_no_or_too_many_tags(asked: int) -> None:
    with pytest.raises(ValueError, match="128, 1,040, 10,000, 30,240 tags"):
        facts.layout_for(asked)


@pytest.mark.django_db
def test_the_command_loads_1040_sensors_660_elements_and_250_event_frames(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("load_demo", tags=1040, seed=7)
    assert Point.objects.filter(point_source="SIM", signal="process").count() == 1040
    assert Element.objects.count() == 660
    assert EventFrame.objects.count() == 250
    said = capsys.readouterr()
    assert "1,040 sensors and 10 further points, 660 elements, 250 event frames (seed 7)." in said.out
    assert "Demo plant: 660 of 660 elements\n" in said.err
    assert Point.objects.get(pk=1).name == "Loy_Yang_A_Unit001_Temperature_PV"
    assert Point.objects.get(pk=1040).name == "Callide_Unit013_Current_PV"


@pytest.mark.django_db
def test_without_a_demo_plant_no_event_frame_begins() -> None:
    assert demo.advance(MOMENT) == 0


def test_a_second_load_is_refused_with_a_sentence(plant: facts.Layout) -> None:
    with pytest.raises(CommandError, match="^There is an asset server AFDEMO already: .*loaded before.$"):
        call_command("load_demo", tags=128)
    assert Point.objects.count() == 138


@pytest.mark.django_db
def test_points_of_others_are_not_run_over() -> None:
    Point.objects.create(server=DataServer.objects.create(name="OTHER"), name="MINE")
    with pytest.raises(CommandError, match="point ids from 1 on"):
        call_command("load_demo", tags=128)
    assert Point.objects.get().name == "MINE"


@pytest.mark.django_db
def test_the_next_point_is_numbered_behind_the_demo(plant: facts.Layout) -> None:
    assert Point.objects.create(server=DataServer.objects.get(), name="MINE").pk == 139


def everything() -> list[tuple[str, UUID | int, str, object]]:
    """Model, id, name and value of all rows that have a name."""
    found: list[tuple[str, UUID | int, str, object]] = []
    for model in (AssetDatabase, Element, ElementTemplate, AttributeTemplate, Point, Analysis, Table):
        found += [(model.__name__, row.pk, row.name, None) for row in model.objects.order_by("pk")]
    for model in (Attribute, EventFrameAttribute):
        found += [(model.__name__, row.pk, row.name, row.value) for row in model.objects.order_by("pk")]
    return found


def loaded_and_forgotten(seed: int, now: int = MOMENT) -> list[tuple[str, UUID | int, str, object]]:
    with transaction.atomic():
        loader.load(facts.layout_for(128), seed, now, lambda elements: None)
        demo.load(now)
        found = everything()
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_ids_names_and_values_on_another_day() -> None:
    first = loaded_and_forgotten(1)
    assert len(first) > 1000
    assert first == loaded_and_forgotten(1, MOMENT + 1)
    later = loaded_and_forgotten(1, MOMENT + 864_000_000_000 * 3 + 1)
    assert plant_of(first) == plant_of(later)  # what happened in the last 30 days depends on the day


def plant_of(found: list[tuple[str, UUID | int, str, object]]) -> list[tuple[str, UUID | int, str, object]]:
    return [row for row in found if row[0] != "EventFrameAttribute"]


@pytest.mark.django_db
def test_another_seed_gives_other_ids_and_values_but_the_same_tags() -> None:
    first, second = loaded_and_forgotten(1), loaded_and_forgotten(2)
    tags = {row for row in first if row[0] == "Point"}
    assert set(first) & set(second) == tags


def test_history_begins_at_the_midnight_a_year_before_the_load(plant: facts.Layout) -> None:
    # 2023-06-16: 365 days before 2024-06-15, for 2024 has a 29th of February
    assert set(Point.objects.values_list("created_ticks", flat=True)) == {16_868_736_000_000_000}


def test_a_sensor_reads_its_point_by_server_and_point_id(plant: facts.Layout) -> None:
    sensor = Attribute.objects.get(element__path=r"Loy_Yang_A_Plant\Unit_1", name="Temperature")
    # Loy_Yang_A is the third plant of this size: two plants of four units of eight sensors come before
    assert sensor.point_id == 65
    server = DataServer.objects.get().pk
    assert sensor.config_string == rf"\\PIDEMO?{server}\Loy_Yang_A_Unit001_Temperature_PV?65"
    assert (sensor.data_reference, sensor.unit.abbreviation) == ("PI Point", "degC")
    point = sensor.point
    assert (point.zero, point.span, point.noise, point.engineering_units) == (20.0, 80.0, 2.0, "degC")
    assert point.descriptor == "Temperature sensor at Loy_Yang_A Plant Unit 1"


def test_every_sensor_has_the_point_that_its_data_reference_names(plant: facts.Layout) -> None:
    names = dict(Point.objects.values_list("pk", "name"))
    sensors = Attribute.objects.filter(data_reference="PI Point")
    assert sensors.count() == 128
    for config, id, sensor in sensors.values_list("config_string", "point_id", "name"):
        assert config.endswith(rf"\{names[id]}?{id}")
        assert names[id].endswith(f"_{sensor}_PV")


def test_every_attribute_has_its_template_and_a_category(plant: facts.Layout) -> None:
    assert not Attribute.objects.filter(template=None).exists()
    assert not Attribute.objects.filter(categories=None).exists()
    for attribute in Attribute.objects.select_related("template", "element"):
        assert attribute.template.element_template_id == attribute.element.template_id
        assert attribute.template.name == attribute.name


def test_equipment_looks_its_capacity_up_in_the_table(plant: facts.Layout) -> None:
    pump = Element.objects.get(path=r"Stanwell_Plant\Unit_4\Pump_101")
    capacity = pump.attributes.get(name="Capacity")
    assert capacity.config_string == "SELECT Capacity FROM [Equipment Capacity] WHERE Equipment = '%Element%'"
    assert (capacity.data_reference, capacity.is_configuration_item) == ("Table Lookup", True)
    assert {"Equipment": "Pump_101", "Capacity": 450.0} in Table.objects.get().records()
    assert [category.name for category in pump.categories.all()] == ["Equipment"]


def test_states_are_stored_by_their_codes(plant: facts.Layout) -> None:
    states = Attribute.objects.filter(type="EnumerationValue").select_related("enumeration_set")
    assert states.count() == 16 + 64
    assert {row.value for row in states} <= {0, 1, 2, 3}
    assert EnumerationSet.objects.get(name="UnitMode").states() == {
        0: "Running",
        1: "Standby",
        2: "Stopped",
        3: "Maintenance",
    }


def test_the_default_points_come_behind_the_sensors(plant: facts.Layout) -> None:
    points = Point.objects.filter(pk__gt=128).order_by("pk")
    assert [(point.name, point.signal) for point in points] == [
        ("SINUSOID", "sine"),
        ("SINUSOIDU", "sine"),
        ("CDT158", "walk"),
        ("CDEP158", "walk"),
        ("CDM158", "states"),
        ("BA:TEMP.1", "walk"),
        ("BA:LEVEL.1", "walk"),
        ("BA:CONC.1", "walk"),
        ("BA:ACTIVE.1", "states"),
        ("BA:PHASE.1", "states"),
    ]
    phase = points.last()
    assert phase is not None
    assert (phase.point_type, phase.digital_set.name, phase.step) == ("Digital", "Phases", True)
    assert len(phase.digital_set.states()) == 8
