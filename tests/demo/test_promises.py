"""The names and numbers that the documentation of the demo plant promises, written down once more."""

from __future__ import annotations

import pytest

from piwebapi.demo import facts
from piwebapi.models import (
    AnalysisTemplate,
    AssetDatabase,
    AttributeCategory,
    DataServer,
    Element,
    ElementCategory,
    ElementTemplate,
    EnumerationSet,
    NotificationRule,
    Point,
)

FACILITIES = """
Loy_Yang_A Loy_Yang_B Yallourn Eraring Bayswater Mount_Piper Vales_Point Stanwell Kogan_Creek Callide Gladstone
Tarong Millmerran Torrens_Island Pelican_Point Osborne Quarantine Hazelwood Macquarie Uranquinty Hornsdale_Wind
Capital_Wind Snowtown_Wind Lake_Bonney_Wind Broken_Hill_Solar Nyngan_Solar Moree_Solar Darling_Downs_Solar
Bungala_Solar Tailem_Bend_Solar Kennedy_Energy_Park Snowy_Hydro Tumut_1 Tumut_2 Tumut_3 Murray_1 Murray_2 Blowering
Gordon Poatina Tarraleah Trevallyn Cethana Olympic_Dam Mount_Isa_Copper Bowen_Basin Hunter_Valley Pilbara_Iron_Ore
Kalgoorlie_Gold Roy_Hill Port_Hedland Gladstone_Refinery Kwinana_Refinery Bell_Bay_Aluminium Kurnell_Desalination
Perth_Desalination Adelaide_Desalination Gold_Coast_Desalination Sydney_Water_Treatment Melbourne_Water
""".split()

#: sensor: unit, zero, top, noise
SENSORS = {
    "Temperature": ("degC", 20, 100, 2),
    "Pressure": ("bar", 1, 10, 0.5),
    "Flow": ("m3/h", 0, 500, 10),
    "Level": ("%", 0, 100, 5),
    "Power": ("kW", 100, 5000, 100),
    "Speed": ("RPM", 0, 3600, 50),
    "Voltage": ("V", 380, 420, 5),
    "Current": ("A", 0, 100, 2),
}
EQUIPMENT = ("Pump", "Compressor", "HeatExchanger", "Reactor")


@pytest.mark.parametrize(
    ("tags", "plants", "units", "elements"),
    [
        (128, ["Eraring", "Bayswater", "Loy_Yang_A", "Stanwell"], 4, 84),
        (1_040, FACILITIES[:10], 13, 660),
        (10_000, FACILITIES[:25], 50, 6_275),
        (30_240, FACILITIES, 63, 18_960),
    ],
)
def test_a_size_has_its_plants_in_their_order(tags: int, plants: list[str], units: int, elements: int) -> None:
    layout = facts.layout_for(tags)
    assert list(layout.plants) == plants
    assert layout.units == units
    assert tags == len(plants) * units * 8
    assert elements == len(plants) * (1 + units * 5)
    assert (layout.tags, layout.elements) == (tags, elements)


def test_a_unit_has_its_eight_points_with_their_ranges(plant: facts.Layout) -> None:
    points = Point.objects.filter(name__startswith="Loy_Yang_A_Unit001_").order_by("pk")
    assert [point.name for point in points] == [f"Loy_Yang_A_Unit001_{name}_PV" for name in SENSORS]
    shown = [(p.engineering_units, p.zero, p.zero + p.span, p.noise) for p in points]
    assert shown == list(SENSORS.values())
    assert {(p.point_type, p.point_source) for p in points} == {("Float32", "SIM")}
    assert points[2].descriptor == "Flow sensor at Loy_Yang_A Plant Unit 1"


def test_servers_and_the_database_have_their_names(plant: facts.Layout) -> None:
    database = AssetDatabase.objects.select_related("server").get()
    assert database.full_path == r"\\AFDEMO\ProductionDB"
    assert database.description == "Production Asset Database"
    assert DataServer.objects.get().name == "PIDEMO"
    assert database.extended_properties["DefaultPIServer"] == {"Value": "PIDEMO"}


def test_elements_stand_at_their_paths_made_from_their_templates(plant: facts.Layout) -> None:
    made = dict(Element.objects.values_list("path", "template__name"))
    assert made[r"Stanwell_Plant"] == "PlantTemplate"
    assert made[r"Stanwell_Plant\Unit_4"] == "ProcessUnitTemplate"
    for kind in EQUIPMENT:
        assert made[rf"Stanwell_Plant\Unit_4\{kind}_101"] == f"{kind}Template"
    assert len(made) == 84


def test_an_element_has_its_attributes(plant: facts.Layout) -> None:
    def trails(path: str) -> set[str]:
        return set(Element.objects.get(path=path).attributes.values_list("trail", flat=True))

    assert trails("Eraring_Plant") == {"Location", "Region", "Capacity", "Commissioned"}
    assert trails(r"Eraring_Plant\Unit_1") == {*SENSORS, "Mode"}
    for kind in EQUIPMENT:
        expected = {"Status", "Capacity", "Manufacturer", "SerialNumber", "InstallDate"}
        assert trails(rf"Eraring_Plant\Unit_1\{kind}_101") == expected
    capacity = Element.objects.get(path="Eraring_Plant").attributes.get(name="Capacity")
    assert (capacity.value, capacity.unit.abbreviation) == (2880.0, "MW")


def test_categories_and_sets_have_their_names(plant: facts.Layout) -> None:
    kinds = {"BatchRun", "Alarm", "Maintenance", "Downtime"}
    names = set(ElementCategory.objects.values_list("name", flat=True))
    assert names == {"Production", "Primary", "ProcessUnit", "Equipment"} | kinds
    assert set(AttributeCategory.objects.values_list("name", flat=True)) == {"Process", "Electrical", "Configuration"}
    assert list(EnumerationSet.objects.get(name="EquipmentStatus").states().values()) == [
        "Running",
        "Standby",
        "Stopped",
        "Fault",
    ]
    frames = ElementTemplate.objects.filter(instance_type="EventFrame").values_list("name", flat=True)
    assert set(frames) == {f"{kind}Template" for kind in kinds}
    assert AnalysisTemplate.objects.get().name == "Efficiency"


def test_every_plant_has_one_notification_rule_with_a_subscriber(plant: facts.Layout) -> None:
    rules = NotificationRule.objects.select_related("element__database__server").order_by("element__path")
    assert [rule.full_path for rule in rules] == [
        rf"\\AFDEMO\ProductionDB\{name}_Plant\NotificationRules[Alarm]" for name in sorted(plant.plants)
    ]
    for rule in rules:
        assert rule.criteria == "Template:=AlarmTemplate Severity:>=Major"
        assert [subscriber.contact.name for subscriber in rule.subscribers.all()] == ["Shift Supervisor"]
