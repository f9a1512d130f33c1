"""Event frames of assets that are deleted."""

from __future__ import annotations

import pytest

from events import services
from events.export import export
from events.lakehouse.delta import DeltaGateway
from events.models import EventFrame, EventFrameTombstone
from piwebapi.core.times import from_datetime
from piwebapi.models import Element
from tests.api.conftest import Api

from .plant import NOW, Plant

pytestmark = pytest.mark.django_db


def test_frames_of_a_deleted_database_leave_tombstones_and_the_lake(
    plant: Plant, api: Api, delta: DeltaGateway
) -> None:
    parent = plant.frame("Outer")
    inner = services.create(parent, now=from_datetime(NOW), name="Inner", start="*-1h", end="*")
    web_ids = {frame.web_id("I") for frame in (parent, inner, plant.frame("Other"))}
    export(delta, NOW)
    assert delta.row_count() == 3
    marker = api.get("eventframes/changes")["Marker"]
    plant.database.delete()
    told = api.get("eventframes/changes", since=marker)["Items"]
    assert {item["WebId"] for item in told if item["Deleted"]} == web_ids
    export(delta, NOW)
    assert delta.row_count() == 0


def test_frames_that_refer_to_a_deleted_branch_have_changed(plant: Plant, api: Api) -> None:
    pump = Element.objects.create(database=plant.database, name="Pump", path="Unit_1\\Pump", parent=plant.unit)
    twin = Element.objects.create(database=plant.database, name="Unit_10", path="Unit_10")
    plant.frame("On the pump", elements=[pump])
    plant.frame("On the twin", elements=[twin])
    marker = api.get("eventframes/changes")["Marker"]
    plant.unit.delete()
    told = api.get("eventframes/changes", since=marker)["Items"]
    assert [(item["Name"], item["Deleted"]) for item in told] == [("On the pump", False)]
    assert told[0]["EventFrame"]["RefElementWebIds"] == []


def test_an_element_without_frames_changes_no_frame(plant: Plant) -> None:
    frame = plant.frame("F1")
    plant.unit.delete()
    assert EventFrame.objects.get(pk=frame.pk).changed == frame.changed
    assert not EventFrameTombstone.objects.exists()
