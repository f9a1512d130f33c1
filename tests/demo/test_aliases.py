"""Older identifiers, literally as clients hold them."""

import pytest

from events import demo
from events.models import EventFrame
from piwebapi import access
from piwebapi.core.webid import WebId
from piwebapi.demo import facts
from piwebapi.demo.aliases import resolve
from piwebapi.models import AssetDatabase, DataServer, Element, Point

from .conftest import MOMENT


def found(kind: str, path: str) -> WebId:
    return WebId("P", kind, "", None, None, None, path)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("F1DP-Loy_Yang_A-U001-Temp-000001", "LOY_YANG_A_UNIT001_TEMPERATURE_PV"),  # 1,040 and larger
        ("F1DP-Loy_Yang_A-U001-Temp-000065", "LOY_YANG_A_UNIT001_TEMPERATURE_PV"),  # 128: the third plant
        ("F1DP-Eraring-U001-Temp-000001", "ERARING_UNIT001_TEMPERATURE_PV"),  # 128: the first plant
        ("F1DP-Loy_Yang_A-U002-Curr-000016", "LOY_YANG_A_UNIT002_CURRENT_PV"),
        ("F1DP-Callide-U013-Curr-001040", "CALLIDE_UNIT013_CURRENT_PV"),
        ("F1DP-Broken_Hill_Solar-U050-Leve-009996", "BROKEN_HILL_SOLAR_UNIT050_LEVEL_PV"),
        ("F1DP-Melbourne_Water-U063-Volt-030239", "MELBOURNE_WATER_UNIT063_VOLTAGE_PV"),
    ],
)
def test_a_tag_goes_by_plant_unit_sensor_and_running_number(text: str, tag: str) -> None:
    assert resolve(text) == found("Point", rf"PIDEMO\{tag}")


@pytest.mark.parametrize(
    ("text", "kind", "path"),
    [
        ("F1DP-Server-Primary", "DataServer", "PIDEMO"),
        ("F1DP-DB-Production", "AssetDatabase", r"AFDEMO\PRODUCTIONDB"),
        ("F1DP-Site-Loy_Yang_A", "Element", r"AFDEMO\PRODUCTIONDB\LOY_YANG_A_PLANT"),
        ("F1DP-Unit-Loy_Yang_A-1", "Element", r"AFDEMO\PRODUCTIONDB\LOY_YANG_A_PLANT\UNIT_1"),
        ("F1DP-Unit-Tumut_3-63", "Element", r"AFDEMO\PRODUCTIONDB\TUMUT_3_PLANT\UNIT_63"),
        (
            "F1DP-Equip-Loy_Yang_A-U1-HeatExchanger",
            "Element",
            r"AFDEMO\PRODUCTIONDB\LOY_YANG_A_PLANT\UNIT_1\HEATEXCHANGER_101",
        ),
    ],
)
def test_servers_and_elements_go_by_their_paths(text: str, kind: str, path: str) -> None:
    assert resolve(text) == found(kind, path)


@pytest.mark.parametrize(
    "text",
    [
        "F1DP-Loy_Yang_A-U001-Temp-000002",  # that number is a pressure
        "F1DP-Loy_Yang_A-U001-Temperature-000001",
        "F1DP-Loy_Yang_A-U1-Temp-000001",
        "F1DP-Loy_Yang_A-U001-Temp-1",
        "F1DP-Loy_Yang_A-U064-Temp-000505",
        "F1DP-Atlantis-U001-Temp-000001",
        "F1DP-Loy_Yang_A-U001-Temp-000001\n",
        " F1DP-Loy_Yang_A-U001-Temp-000001",
        "f1dp-Loy_Yang_A-U001-Temp-000001",
        "F1DP-Server-Secondary",
        "F1DP-Site-Atlantis",
        "F1DP-Unit-Loy_Yang_A-0",
        "F1DP-Unit-Loy_Yang_A-01",
        "F1DP-Unit-Loy_Yang_A-64",
        "F1DP-Equip-Loy_Yang_A-U1-Boiler",
        "F1DP-EF-1",
        "F1DP-EF-00001",
        "F1DP-",
        "",
        # a true WebId of a point whose server's GUID begins with 0xf8
        "F1DP-AAAAAAAAAAAAAAAAAAAAAUgAAAATVlQSVxTSU5VU09JRA",
    ],
)
def test_everything_else_is_no_older_identifier(text: str) -> None:
    assert resolve(text) is None


def test_the_sample_that_is_no_alias_is_a_true_web_id() -> None:
    web_id = access.decode("F1DP-AAAAAAAAAAAAAAAAAAAAAUgAAAATVlQSVxTSU5VU09JRA")
    assert (web_id.kind, web_id.id, web_id.path) == ("Point", 82, r"MYPI\SINUSOID")


def test_every_older_identifier_finds_its_object(plant: facts.Layout) -> None:
    expected = {
        "F1DP-Eraring-U001-Temp-000001": Point.objects.get(pk=1),
        "F1DP-Stanwell-U004-Curr-000128": Point.objects.get(pk=128),
        "F1DP-Server-Primary": DataServer.objects.get(),
        "F1DP-DB-Production": AssetDatabase.objects.get(),
        "F1DP-Site-Stanwell": Element.objects.get(path="Stanwell_Plant"),
        "F1DP-Unit-Stanwell-4": Element.objects.get(path=r"Stanwell_Plant\Unit_4"),
        "F1DP-Equip-Stanwell-U4-Pump": Element.objects.get(path=r"Stanwell_Plant\Unit_4\Pump_101"),
    }
    for text, row in expected.items():
        web_id = resolve(text)
        assert web_id is not None
        assert access.look_up(web_id) == row


def test_event_frames_are_numbered_from_0_along_time(plant: facts.Layout) -> None:
    demo.load(MOMENT)
    rows = list(EventFrame.objects.order_by("start"))
    for number in (0, 1, 249):
        web_id = resolve(f"F1DP-EF-{number:04d}")
        assert web_id is not None
        assert access.look_up(web_id) == rows[number]
    assert resolve("F1DP-EF-0250") is None


@pytest.mark.django_db
def test_without_a_demo_plant_there_are_no_older_event_frames() -> None:
    assert resolve("F1DP-EF-0000") is None
