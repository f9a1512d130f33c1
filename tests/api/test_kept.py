"""What is kept in memory of the catalogue is told only while it is true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from events.models import EventFrame
from piwebapi import catalog
from piwebapi.catalog import Kept
from piwebapi.models import (
    Attribute,
    DataServer,
    Element,
    ElementTemplate,
    EnumerationSet,
    EnumerationValue,
    Point,
)
from tests.connections import elsewhere
from tests.streaming.endpoints.plant import Answer, Client, Plant, hour, web_id


@pytest.fixture
def plant(transactional_db: None) -> Plant:
    return Plant()


@pytest.fixture
def client(transactional_db: None) -> Client:
    return Client()


def cost(ask: Callable[[], Answer]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert ask().status == 200
    return len(captured)


CHANGES: dict[str, Callable[[Element], Any]] = {
    "save": lambda boiler: setattr(boiler, "description", "new") or boiler.save(),
    "update": lambda boiler: Element.objects.filter(pk=boiler.pk).update(description="new"),
    "bulk_update": lambda boiler: (
        setattr(boiler, "description", "new") or Element.objects.bulk_update([boiler], ["description"])
    ),
}


@pytest.mark.parametrize("how", CHANGES)
@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_a_change_is_told_at_once_however_it_is_made(client: Client, plant: Plant, how: str, where: str) -> None:
    path = f"elements/{web_id(plant.boiler)}"
    assert client.get(path).body["Description"] == ""
    change = lambda: CHANGES[how](plant.boiler)  # noqa: E731
    change() if where == "here" else elsewhere(change)
    assert client.get(path).body["Description"] == "new"


def test_an_answer_that_is_still_true_costs_no_query(client: Client, plant: Plant) -> None:
    path = f"elements/{web_id(plant.boiler)}/elements"
    client.get(path)
    assert cost(lambda: client.get(path)) == 0
    Element.objects.create(database=plant.db, name="Fan", path="Boiler\\Fan", parent=plant.boiler)
    assert [item["Name"] for item in client.get(path).items] == ["Fan", "Pump"]


def test_a_kept_answer_is_the_answer(client: Client, plant: Plant) -> None:
    plant.attribute("Level", unit=plant.metre)
    for path in (f"elements/{web_id(plant.boiler)}/attributes", f"dataservers/{web_id(plant.pi)}/points"):
        first = client.get(path, selectedFields="Items.Name;Items.WebId")
        assert client.get(path, selectedFields="Items.Name;Items.WebId").body == first.body
        assert client.get(path).body != first.body


def test_nothing_is_kept_of_what_a_transaction_may_undo(client: Client, plant: Plant) -> None:
    path = f"elements/{web_id(plant.boiler)}"
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Element.objects.update(description="never")
        assert client.get(path).body["Description"] == "never"
        raise ZeroDivisionError
    assert client.get(path).body["Description"] == ""


def test_a_deleted_object_is_gone_at_once(client: Client, plant: Plant) -> None:
    path = f"elements/{web_id(plant.pump)}"
    assert client.get(path).status == 200
    Element.objects.filter(pk=plant.pump.pk).delete()
    assert client.get(path).status == 404


def test_what_one_caller_was_told_is_not_told_to_another(plant: Plant) -> None:
    path = f"elements/{web_id(plant.boiler)}"
    assert Client().get(path).status == 200
    stranger = Client()
    stranger.caller = type(stranger.caller)("nobody", None, "anonymous", False, False, False)
    assert stranger.get(path).status == 401


# -- streams -----------------------------------------------------------------------------------


def test_a_kept_stream_costs_no_query_and_follows_its_point(client: Client, plant: Plant) -> None:
    point = plant.simulated("s")
    path = f"streams/{web_id(point)}/value"
    client.get(path)
    assert cost(lambda: client.get(path)) == 0
    before = client.get(path, time=hour(1)).body["Value"]
    Point.objects.filter(pk=point.pk).update(zero=1000.0)
    assert client.get(path, time=hour(1)).body["Value"] >= 1000.0 > before
    point.delete()
    assert client.get(path).status == 404


def test_a_static_value_is_told_as_soon_as_it_is_set(client: Client, plant: Plant) -> None:
    limit = plant.attribute("Limit", value=1.0, type="Double")
    path = f"streams/{web_id(limit)}/value"
    assert client.get(path).body["Value"] == 1.0
    assert client.post(path, {"Value": 2.0}).status == 204
    assert client.get(path).body["Value"] == 2.0
    Attribute.objects.update(value=3.0)
    assert client.get(path).body["Value"] == 3.0


def test_a_state_is_told_by_its_new_name(client: Client, plant: Plant) -> None:
    point = plant.filled("mode", [(0, 1)], "Digital", digital_set=plant.modes)
    path = f"streams/{web_id(point)}/value"
    assert client.get(path).body["Value"]["Name"] == "Running"
    EnumerationValue.objects.filter(value=1).update(name="Going")
    assert client.get(path).body["Value"]["Name"] == "Going"


# -- the mechanism -----------------------------------------------------------------------------


def test_writing_values_does_not_change_the_catalogue(client: Client, plant: Plant) -> None:
    point = plant.point("p")
    before = catalog.version()
    assert client.post(f"streams/{web_id(point)}/value", {"Value": 2.0}).status == 202
    assert catalog.version() == before


def test_thousands_of_changes_leave_no_thousands_of_rows(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "KEPT_ROWS", 10)
    versions = set()
    for number in range(45):
        Point.objects.create(server=plant.pi, name=f"p{number}")  # outside of a transaction
        versions.add(catalog.version())
    assert len(versions) == 45
    assert catalog.CatalogChange.objects.count() <= 21


def test_the_least_used_values_give_way() -> None:
    kept: Kept[str] = Kept(20)
    for name in "abc":
        kept.put(name, 1, name, 2)
    assert kept.get("a", 1) == "a"
    assert kept.get("b", 2) is None  # of another version
    for name in "defghij":
        kept.put(name, 1, name, 2)
    kept.put("k", 1, "k", 2)
    assert kept.get("b", 1) is None
    assert kept.get("a", 1) == "a"
    kept.put("large", 1, "larger than an eighth", 3)
    assert kept.get("large", 1) is None


def test_the_owner_of_a_list_is_kept_only_while_it_is_as_it_was(client: Client, plant: Plant) -> None:
    point = plant.filled("Tank", [(0, 1.0)])
    server = DataServer.objects.get(pk=point.server_id)
    path = f"dataservers/{web_id(server)}/points"
    assert [item["Path"] for item in client.get(path, maxCount=5).items] == [f"\\\\{server.name}\\Tank"]
    elsewhere(lambda: DataServer.objects.filter(pk=server.pk).update(name="RENAMED", name_key="RENAMED"))
    assert [item["Path"] for item in client.get(path, maxCount=6).items] == ["\\\\RENAMED\\Tank"]


def test_what_a_frame_shows_of_the_catalogue_is_kept_only_while_it_is_as_it_was(client: Client, plant: Plant) -> None:
    template = ElementTemplate.objects.create(database=plant.db, name="Trip", instance_type="EventFrame")
    EventFrame.objects.create(database=plant.db, name="One", start=0, end=1, template=template)
    path = f"assetdatabases/{web_id(plant.db)}/eventframes"
    asked = {"startTime": "1970-01-01T00:00:00Z"}
    assert [item["TemplateName"] for item in client.get(path, **asked).items] == ["Trip"]
    elsewhere(lambda: ElementTemplate.objects.filter(pk=template.pk).update(name="Halt", name_key="HALT"))
    assert [item["TemplateName"] for item in client.get(path, **asked).items] == ["Halt"]


def test_what_attributes_have_in_common_is_kept_only_while_it_is_as_it_was(client: Client, plant: Plant) -> None:
    states = EnumerationSet.objects.create(database=plant.db, name="States")
    more = {"unit": plant.metre, "enumeration_set": states, "type": "EnumerationValue"}
    plant.attribute("Level", point=plant.point("Tank", "Digital", digital_set=plant.modes), **more)
    path = f"elements/{web_id(plant.boiler)}/attributes"
    asked = {"associations": "DataReference"}

    def told() -> tuple[str, ...]:
        [item] = client.get(path, **asked).items
        point = item["DataReference"]["PIPoint"]
        return item["TypeQualifier"], item["DefaultUnitsName"], point["DigitalSetName"], point["Path"]

    assert told() == ("States", "metre", "Modes", "\\\\PI\\Tank")
    for row in (states, plant.metre, plant.modes, plant.pi):
        elsewhere(lambda row=row: type(row).objects.filter(pk=row.pk).update(name="New", name_key="NEW"))
    assert told() == ("New", "New", "New", "\\\\New\\Tank")


def test_attributes_of_another_element_cost_no_query_for_what_they_have_in_common(client: Client, plant: Plant) -> None:
    for owner in (plant.boiler, plant.pump):
        for name in "AB":
            plant.attribute(name, owner, unit=plant.metre, point=plant.point(f"{owner.name}{name}"))
    first, second = (f"elements/{web_id(owner)}/attributes" for owner in (plant.boiler, plant.pump))
    client.get(first)
    assert cost(lambda: client.get(second)) == 3  # the element, its attributes, their categories


def test_what_is_kept_is_worked_out_anew_after_a_minute_though_nothing_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes a table around Django leaves no new version."""
    now = [1000.0]
    monkeypatch.setattr(catalog, "monotonic", lambda: now[0])
    kept: Kept[str] = Kept(100)
    kept.put("key", 1, "value")
    now[0] += 59.9
    assert kept.get("key", 1) == "value"
    now[0] += 0.2
    assert kept.get("key", 1) is None
