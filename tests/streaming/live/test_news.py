"""What was written before somebody subscribed is no news to them; what is written afterwards is, all of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from streaming.live import log
from tests.streaming.endpoints.plant import Plant

from .clients import Socket, values
from .test_channel import tell
from .test_dialogue import VERSION_2, subscribe
from .test_subscribe import make


class Follower:
    """The follower of the log, who may be held up before it reads."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()

    def read_page(self, *args: Any) -> log.Page:
        self.free.wait(10)
        return self.read(*args)

    read = staticmethod(log.read_page)


@pytest.fixture
def follower(monkeypatch: pytest.MonkeyPatch) -> Iterator[Follower]:
    made = Follower()
    monkeypatch.setattr(log, "read_page", made.read_page)
    yield made
    made.free.set()


async def opened_behind(follower: Follower, opening: Any) -> Socket:
    """A socket that was asked for while the follower had not read what was written; it has read it a moment later."""
    waiting = asyncio.ensure_future(opening)
    await asyncio.sleep(0.3)
    follower.free.set()
    socket: Socket = await waiting
    return socket


@pytest.mark.parametrize("followed", [False, True])
async def test_a_channel_tells_what_is_written_after_it_was_opened(
    plant: Plant, open_socket: Any, follower: Follower, followed: bool
) -> None:
    tank = await make(plant.filled, "Tank", [(0, 1.0)])
    path = f"streams/{tank.web_id()}/channel"
    if followed:
        await open_socket(path)
    follower.free.clear()
    await make(tell, plant, tank, (1, 2.0))
    socket = await opened_behind(follower, open_socket(path))
    await make(tell, plant, tank, (2, 3.0), (3, 4.0))
    heard: list[Any] = []
    while len(heard) < 2:
        heard += values(await socket.hear())
    assert heard == [3.0, 4.0]


@pytest.mark.parametrize("mode", ["all", "latest"])
@pytest.mark.parametrize("initial", [False, True])
async def test_a_subscription_starts_with_what_there_is_when_it_is_made(
    plant: Plant, open_socket: Any, follower: Follower, mode: str, initial: bool
) -> None:
    tank = await make(plant.filled, "Tank", [(0, 1.0)])
    await open_socket(f"streams/{tank.web_id()}/channel")  # it is followed already
    follower.free.clear()
    await make(tell, plant, tank, (1, 2.0))
    socket = await opened_behind(follower, open_socket(VERSION_2))
    follower.free.clear()
    await make(tell, plant, tank, (2, 3.0))
    await socket.say(subscribe("a", tank.web_id(), Mode=mode, Initial=initial))
    await asyncio.sleep(0.3)
    follower.free.set()
    await socket.until(Action="Subscribed")
    if initial:
        assert values(await socket.until(Action="Data")) == [3.0]
    await make(tell, plant, tank, (3, 4.0))
    assert values(await socket.until(Action="Data")) == [4.0]


async def test_who_comes_back_is_told_what_was_written_meanwhile(
    plant: Plant, open_socket: Any, follower: Follower
) -> None:
    tank = await make(plant.filled, "Tank", [(0, 1.0)])
    socket = await open_socket(VERSION_2)
    await socket.say(subscribe("a", tank.web_id(), Initial=False))
    marker = (await socket.until(Action="Subscribed"))["Marker"]
    await socket.close()
    follower.free.clear()
    await make(tell, plant, tank, (1, 2.0))
    again = await open_socket(VERSION_2)
    await again.say({**subscribe("a", tank.web_id()), "From": marker})
    await asyncio.sleep(0.3)
    follower.free.set()
    assert values(await again.until(Action="Data")) == [2.0]
