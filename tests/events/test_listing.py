"""A list of event frames tells each as it is told by itself, also when it was told before and has changed since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import orjson
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from events import listing
from events.models import Annotation, EventFrame, EventFrameReference
from piwebapi.api.render import json_bytes
from piwebapi.api.service import Request, service
from piwebapi.callers import Caller
from piwebapi.core.webid import fold
from piwebapi.models import (
    AssetDatabase,
    AssetServer,
    Element,
    ElementCategory,
    ElementTemplate,
    SecurityEntry,
    SecurityIdentity,
    SecurityMapping,
)
from tests.connections import elsewhere
from tests.contract.client import READER, STAFF, post

from .plant import NOW, Plant, from_datetime

#: may do what an entry allows
GUEST = replace(READER, may_be_granted=True)
BASE = "http://localhost/piwebapi"
ALL = {"searchFullHierarchy": "true", "startTime": "2026-01-01", "endTime": "2026-12-31", "maxCount": "1000"}
ODD = 'Grüße "a" \\ </b>\n\u2028\U0001f600'


@pytest.fixture
def plant(transactional_db: None) -> Plant:
    """Frames that differ in what they can differ in; Step is a grandchild of Batch."""
    plant = Plant()
    other = Element.objects.create(database=plant.database, name="Unit_2", path="Site\\Unit_2")
    batch = plant.frame("Batch", elements=[plant.unit, other], description=ODD)
    phase = plant.frame("Phase", home=batch, end=None, elements=[other, plant.unit])
    plant.frame("Step", home=phase, template="DowntimeTemplate", severity=3)
    alarm = plant.frame("Alarm", elements=[plant.unit], category_names=["Downtime"])
    alarm.extended_properties = {"Ö": {"Value": [1, 2.5, None, True, "x"]}}
    alarm.acknowledged_at, alarm.acknowledged_by, alarm.can_be_acknowledged, alarm.is_locked = 1234567, "me", True, True
    alarm.save()
    note(alarm)
    listing._items = type(listing._items)(listing.SIZE, seconds=float("inf"))
    return plant


def note(frame: EventFrame) -> None:
    Annotation.objects.create(id=uuid4(), frame=frame, name="n", created=1, modified=1)


def answer(path: str, caller: Caller, query: dict[str, str]) -> bytes:
    reply = service.answer(Request("GET", path, urlencode(query), caller, from_datetime(NOW), BASE))
    assert reply.status == 200, reply.body
    return json_bytes(reply.body)


def listed(plant: Plant, caller: Caller = STAFF, **more: str) -> bytes:
    return answer(f"assetdatabases/{plant.database.web_id()}/eventframes", caller, ALL | more)


def one_by_one(caller: Caller = STAFF, **more: str) -> bytes:
    """What the list has to be, of objects that are asked for by themselves."""
    frames = EventFrame.objects.select_related("database__server").order_by("name_key")
    items = [answer(f"eventframes/{frame.web_id()}", caller, more) for frame in frames]
    return b'{"Links":{},"Items":[' + b",".join(items) + b"]}"


def named(name: str) -> EventFrame:
    return EventFrame.objects.get(name=name)


def renamed(rows: Any, name: str, **more: str) -> None:
    rows.update(name=name, name_key=fold(name), **more)


def columns(**values: Any) -> Callable[[], Any]:
    """Around the services, so that nothing counts it as a change."""
    return lambda: EventFrame.objects.filter(name="Alarm").update(**values)


def reordered() -> None:
    """The other one of two elements becomes the primary one."""
    rows = EventFrameReference.objects.filter(frame=named("Batch"))
    for row in rows:
        rows.filter(pk=row.pk).update(position=5 - row.position)


#: in an order in which each has an effect
CHANGES: dict[str, Callable[[], Any]] = {
    "description": columns(description="new"),
    "start": columns(start=7),
    "end": columns(end=None),
    "severity": columns(severity=5),
    "acknowledged": columns(acknowledged_at=None),
    "acknowledged by": columns(acknowledged_by="you"),
    "can be acknowledged": columns(can_be_acknowledged=False),
    "locked": columns(is_locked=False),
    "captured": columns(values_captured=False),
    "properties": columns(extended_properties={"a": {"Value": 1}}),
    "type of a property": columns(extended_properties={"a": {"Value": True}}),
    "template": lambda: EventFrame.objects.filter(name="Alarm").update(template=ElementTemplate.objects.get()),
    "name of its template": lambda: renamed(ElementTemplate.objects, "Stops"),
    "without its template": lambda: ElementTemplate.objects.all().delete(),
    "category more": lambda: named("Batch").categories.add(ElementCategory.objects.get()),
    "name of its category": lambda: renamed(ElementCategory.objects, "Stop"),
    "category less": lambda: named("Alarm").categories.clear(),
    "order of elements": reordered,
    "path of an element": lambda: Element.objects.filter(name="Unit_2").update(path="New\\U", path_key="NEW\\U"),
    "element more": lambda: EventFrameReference.objects.create(frame=named("Step"), element=Element.objects.all()[0]),
    "element less": lambda: EventFrameReference.objects.filter(frame=named("Alarm")).delete(),
    "another parent": lambda: EventFrame.objects.filter(name="Step").update(parent=named("Batch")),
    "first child": lambda: EventFrame.objects.filter(name="Step").update(parent=named("Alarm")),
    "without its parent": lambda: EventFrame.objects.filter(name="Step").update(parent=None),
    "annotated": lambda: note(named("Step")),
    "annotated no more": lambda: Annotation.objects.all().delete(),
    "name of its parent": lambda: renamed(EventFrame.objects.filter(name="Batch"), "Charge"),
    "last child": lambda: EventFrame.objects.filter(name="Phase").delete(),
    "element deleted": lambda: Element.objects.get(name="Unit_1").delete(),
    "name": lambda: renamed(EventFrame.objects.filter(name="Alarm"), "Alert"),
    "name of the server": lambda: renamed(AssetServer.objects, "AF2"),
    "name of the database": lambda: renamed(AssetDatabase.objects, "Db2"),
}


def test_a_list_holds_the_same_bytes_as_its_objects(plant: Plant) -> None:
    for form in ("Full", "IDOnly", "PathOnly", "LocalIDOnly", "DefaultIDOnly"):
        for caller in (STAFF, READER):
            told = one_by_one(caller, webIdType=form)
            assert [listed(plant, caller, webIdType=form) for _ in range(2)] == [told, told]


def test_selected_fields_are_those_of_the_objects(plant: Plant) -> None:
    for fields in ("Name", "Links.Parent;WebId", "Security.CanWrite", "Nothing", "Links;Name;StartTime"):
        items = ";".join(f"Items.{field}" for field in fields.split(";"))
        told = one_by_one(selectedFields=fields).replace(b'"Links":{},', b"", 1)
        assert [listed(plant, selectedFields=items) for _ in range(2)] == [told, told]
    assert listed(plant) == one_by_one()


def test_what_another_connection_has_changed_is_told_at_once(plant: Plant) -> None:
    before = listed(plant)
    for name, change in CHANGES.items():
        elsewhere(change)
        plant.database = AssetDatabase.objects.select_related("server").get()
        after = listed(plant)
        assert after == one_by_one(), name
        assert after != before, name
        before = after


def test_only_items_that_show_something_new_are_rendered(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[str] = []
    genuine = listing.dump
    monkeypatch.setattr(listing, "dump", lambda *given: rendered.append(given[1].name) or genuine(*given))
    for change in (lambda: None, lambda: None, columns(severity=1), columns(changed=77)):
        change()
        listed(plant)
    assert rendered == ["Alarm", "Batch", "Phase", "Step", "Alarm"]
    listed(plant, READER)  # with other rights
    assert len(rendered) == 9


def test_a_transaction_that_is_taken_back_leaves_nothing_behind(plant: Plant) -> None:
    before = listed(plant)
    with transaction.atomic():
        columns(description="never")()
        renamed(AssetDatabase.objects, "Never")
        assert listed(plant) == one_by_one() != before
        transaction.set_rollback(True)
    assert listed(plant) == before == one_by_one()


def test_a_list_of_any_length_takes_as_many_statements(plant: Plant) -> None:
    counts = []
    for more in (0, 30):
        for number in range(more):
            plant.frame(f"More_{number}", home=named("Phase"), elements=[plant.unit])
        listed(plant)
        with CaptureQueriesContext(connection) as captured:
            listed(plant)
        counts.append(len(captured))
    assert counts == [3, 3]


def test_the_last_page_is_that_of_what_fits(plant: Plant) -> None:
    def last(**more: str) -> str:
        found = orjson.loads(listed(plant, maxCount="1", **more))["Links"]["Last"]
        return found.rpartition("startIndex=")[2]

    assert (last(), last(severity="None"), last(nameFilter="*e*")) == ("3", "2", "1")


# -- rights ------------------------------------------------------------------------------------


def granted(where: str, names: list[str], account: str = "\\Everyone") -> None:
    """An entry of a new identity for the account, also for what lies below."""
    server = AssetServer.objects.get()
    identity = SecurityIdentity.objects.create(server=server, name=f"I{SecurityIdentity.objects.count()}")
    SecurityMapping.objects.create(server=server, name=identity.name, account=account, identity=identity)
    entry = {"SecurityIdentityName": identity.name, "AllowRights": names, "DenyRights": []}
    made = post(f"{where}/securityentries", entry, applyToChildren=True)
    assert made.status == 201, made.body


def test_rights_are_those_of_who_asks_and_of_now(plant: Plant) -> None:
    before = listed(plant, GUEST)
    granted(f"eventframes/{named('Batch').web_id()}", ["Read", "Annotate"])
    for caller in (GUEST, STAFF, GUEST):
        assert listed(plant, caller) == one_by_one(caller)
    first = listed(plant, GUEST)
    granted(f"eventframes/{named('Batch').web_id()}", ["Read", "Delete"])
    second = listed(plant, GUEST)
    assert second == one_by_one(GUEST)
    SecurityEntry.objects.filter(identity__name__startswith="I").delete()
    assert listed(plant, GUEST) == one_by_one(GUEST)
    assert len({before, first, second}) == 3


def test_rights_that_a_transaction_takes_back_are_forgotten(plant: Plant) -> None:
    """The next change of rights has the number of the one that was taken back."""
    alarm = f"eventframes/{named('Alarm').web_id()}"
    granted(alarm, ["Read"])
    with transaction.atomic():
        granted(alarm, ["Read", "Delete"])
        assert listed(plant, GUEST) == one_by_one(GUEST)
        transaction.set_rollback(True)
    granted(alarm, ["Read", "Annotate"])
    assert listed(plant, GUEST) == one_by_one(GUEST)


def test_rights_may_come_from_as_far_as_the_third_generation(plant: Plant) -> None:
    """Nothing that Step shows of itself or of its parent changes."""
    plant.frame("Top")
    granted(f"eventframes/{named('Top').web_id()}", ["Read", "Annotate"])
    before = listed(plant, GUEST)
    EventFrame.objects.filter(name="Batch").update(parent=named("Top"))
    step = f"eventframes/{named('Step').web_id()}"
    assert b'"CanAnnotate":true' in answer(step, GUEST, {})
    assert listed(plant, GUEST) == one_by_one(GUEST) != before
