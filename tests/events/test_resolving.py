"""A conflict that somebody decides otherwise than the policy has: both sides get the version that was chosen."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.test import Client

from events.export import export
from events.ingest import ingest
from events.lakehouse.delta import DeltaGateway
from events.lakehouse.rows import FrameRow
from events.models import EventFrame, SyncConflict
from events.resolving import resolve
from events.runs import Options
from piwebapi.core.times import from_datetime

from .plant import NOW, Plant

TICKS_NOW = from_datetime(NOW)
LATER = datetime(2026, 3, 3, tzinfo=UTC)


def stored(delta: DeltaGateway) -> dict[str, FrameRow]:
    return {one.row.webid: one.row for batch in delta.read_since(None) for one in batch}


def disputed(plant: Plant, delta: DeltaGateway, policy: str) -> tuple[EventFrame, SyncConflict]:
    frame = plant.frame()
    delta.ensure_table()
    export(delta, NOW)
    delta.upsert(
        [replace(stored(delta)[frame.web_id()], description="theirs", category_names=("Odd",))], ingested=LATER
    )
    plant.update(frame, description="ours")
    ingest(delta, NOW, Options(policy=policy))
    export(delta, NOW)
    return frame, SyncConflict.objects.get()


@pytest.mark.parametrize(("policy", "chosen"), [("server", "lake"), ("lake", "server"), ("server", "server")])
def test_the_version_that_is_chosen_comes_to_both_sides(
    plant: Plant, delta: DeltaGateway, policy: str, chosen: str
) -> None:
    frame, conflict = disputed(plant, delta, policy)
    assert resolve(conflict, chosen, TICKS_NOW) == ""
    export(delta, NOW)
    frame.refresh_from_db()
    text, categories = ("theirs", ["Odd"]) if chosen == "lake" else ("ours", [])
    row = stored(delta)[frame.web_id()]
    assert (frame.description, row.description) == (text, text)
    assert [category.name for category in frame.categories.all()] == list(row.category_names) == categories
    conflict.refresh_from_db()
    assert (conflict.winner, conflict.policy) == (chosen, "by hand")
    assert ingest(delta, NOW, Options(policy=policy)).conflicts == 0


def test_a_frame_that_was_deleted_here_comes_back_and_goes_again(plant: Plant, delta: DeltaGateway) -> None:
    frame = plant.frame()
    web_id = frame.web_id()
    delta.ensure_table()
    export(delta, NOW)
    delta.upsert([replace(stored(delta)[web_id], description="theirs")], ingested=LATER)
    plant.delete(frame)
    ingest(delta, NOW, Options(policy="server"))
    export(delta, NOW)
    conflict = SyncConflict.objects.get()
    assert web_id not in stored(delta)
    resolve(conflict, "lake", TICKS_NOW)
    export(delta, NOW)
    assert EventFrame.objects.get(pk=conflict.frame_id).description == stored(delta)[web_id].description == "theirs"
    resolve(conflict, "server", TICKS_NOW)
    export(delta, NOW)
    assert not EventFrame.objects.filter(pk=conflict.frame_id).exists()
    assert web_id not in stored(delta)


def test_a_locked_frame_keeps_its_version_and_the_reason_is_told(plant: Plant, delta: DeltaGateway) -> None:
    frame, conflict = disputed(plant, delta, "server")
    EventFrame.objects.filter(pk=frame.pk).update(is_locked=True)
    assert resolve(conflict, "lake", TICKS_NOW) == "The event frame is locked."
    conflict.refresh_from_db()
    assert conflict.policy == "server"


def test_the_admin_lets_somebody_choose(plant: Plant, delta: DeltaGateway, admin_client: Client) -> None:
    frame, conflict = disputed(plant, delta, "server")
    chosen = {"action": "take_theirs", "_selected_action": [conflict.pk]}
    answer = admin_client.post("/admin/events/syncconflict/", chosen, follow=True)
    assert "1 decided" in answer.content.decode()
    frame.refresh_from_db()
    assert frame.description == "theirs"
