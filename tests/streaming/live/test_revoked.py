"""A right that is taken away while a socket is open ends what it was for, within ten seconds, on every dialect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from piwebapi.core import rights
from piwebapi.models import Counter, Element, SecurityEntry
from streaming.live import limits
from tests.streaming.endpoints.plant import Plant

from .clients import Socket
from .test_subscribe import make, subscribe

NO_MORE = "It is there no more, or not for this user."
Loss = Callable[[Plant], None]


def deny(plant: Plant, kind: str, obj: Any, right: int = rights.BITS["ReadData"]) -> None:
    [world] = plant.af.security_identities.filter(name="World")
    SecurityEntry.objects.create(kind=kind, object_id=obj.pk, identity=world, deny=right)


def an_entry_of_the_element(plant: Plant) -> None:
    deny(plant, "Element", plant.pump)


def an_entry_above_it(plant: Plant) -> None:
    deny(plant, "AssetDatabase", plant.db)


def an_entry_of_the_server(plant: Plant) -> None:
    SecurityEntry.objects.get(object_id=plant.af.pk, identity__name="World").delete()


def an_entry_that_another_process_makes(plant: Plant) -> None:
    """No signal reaches this one."""
    with transaction.atomic():
        SecurityEntry.objects.filter(object_id=plant.af.pk, identity__name="World").update(allow=0)
        Counter.take("security")


def a_move_to_where_nobody_reads(plant: Plant) -> None:
    vault = Element.objects.create(database=plant.db, name="Vault", path="Vault")
    deny(plant, "Element", vault)
    plant.pump.parent, plant.pump.path = vault, "Vault\\Pump"
    plant.pump.save()


class Watched:
    """Sockets of the three dialects that listen to an attribute of the pump and to one of the boiler."""

    def __init__(self, lost: str, kept: str, first: Socket, second: Socket, both: Socket, one: Socket) -> None:
        self.lost, self.kept = lost, kept
        self.first, self.second, self.both, self.one = first, second, both, one


@pytest.fixture
async def watched(plant: Plant, open_socket: Any) -> Watched:
    lost, kept = await make(plant.simulated, "Lost"), await make(plant.simulated, "Kept")
    inner = (await make(plant.attribute, "Speed", plant.pump, point=lost)).web_id()
    outer = (await make(plant.attribute, "Level", point=kept)).web_id()
    first, second = await open_socket("streams/channel"), await open_socket("streams/channel?version=2")
    both = await open_socket(f"streamsets/channel?webId={inner}&webId={outer}")
    one = await open_socket(f"streams/{inner}/channel")
    for web_id in (inner, outer):
        await first.say(subscribe(web_id))
    await second.say({"Action": "Subscribe", "Id": "a", "Resources": [inner, outer]})
    assert (await second.until(Action="Subscribed"))["Status"] == "Success"
    for _ in range(2):
        assert (await first.until(Action="Subscribed"))["Status"] == "Success"
    return Watched(inner, outer, first, second, both, one)


@pytest.mark.parametrize(
    "loss", [an_entry_of_the_element, a_move_to_where_nobody_reads], ids=lambda loss: loss.__name__
)
async def test_what_may_not_be_read_any_more_ends_and_the_rest_goes_on(
    plant: Plant, watched: Watched, open_socket: Any, loss: Loss
) -> None:
    await make(loss, plant)
    async with asyncio.timeout(10):
        assert await watched.one.until(10, Closed=4404) == {"Closed": 4404, "Reason": NO_MORE}
        ended = await watched.first.until(10, Action="Unsubscribed")
        left = await watched.second.until(10, Action="Notice")
    resource = f"streams/{watched.lost}/value"
    assert (ended["Resource"], ended["Status"], ended["Reason"]) == (resource, "Error", NO_MORE)
    assert (left["Kind"], [one["WebId"] for one in left["Streams"]], left["Reason"]) == (
        "Left",
        [watched.lost],
        NO_MORE,
    )
    for socket in (watched.second, watched.both):
        await socket.for_a_while(0.1)  # what was on its way
        message = await socket.hear()
        assert {item["WebId"] for item in message["Items"]} == {watched.kept}
    assert (await watched.first.hear())["Resource"] == f"streams/{watched.kept}/value"
    await watched.first.say(subscribe(watched.lost))
    assert (await watched.first.until(Action="Subscribe"))["Status"] == "Error"
    assert (await open_socket(f"streams/{watched.lost}/channel")).status in (403, 404)


@pytest.mark.parametrize(
    "loss",
    [an_entry_above_it, an_entry_of_the_server, an_entry_that_another_process_makes],
    ids=lambda loss: loss.__name__,
)
async def test_a_right_on_everything_that_is_lost_ends_everything(
    plant: Plant, watched: Watched, monkeypatch: pytest.MonkeyPatch, loss: Loss
) -> None:
    monkeypatch.setattr(limits, "RECHECK_SECONDS", 1)
    await make(loss, plant)
    async with asyncio.timeout(10):
        for socket in (watched.one, watched.both):
            assert await socket.until(10, Closed=4404) == {"Closed": 4404, "Reason": NO_MORE}
        for _ in range(2):
            await watched.first.until(10, Action="Unsubscribed")
        left = await watched.second.until(10, Kind="Left")
    assert {one["WebId"] for one in left["Streams"]} == {watched.lost, watched.kept}
