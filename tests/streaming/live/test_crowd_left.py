"""Who has gone before he was let in takes no place."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from streaming.live.crowd import Crowd


async def test_who_leaves_while_the_others_are_asked_takes_no_place() -> None:
    answered, asked = asyncio.Event(), asyncio.Event()

    async def admit(here: Mapping[str, int], names: Sequence[str], most: int) -> list[bool]:
        asked.set()
        await answered.wait()
        return [True] * len(names)

    crowd = Crowd(admit)

    async def knock() -> None:
        async with crowd.enter("ann"):
            await asyncio.sleep(60)

    first, second = asyncio.create_task(knock()), asyncio.create_task(knock())
    await asked.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    answered.set()
    while not crowd.here["ann"]:
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.01)
    assert crowd.here["ann"] == 1
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert crowd.here["ann"] == 0
    crowd.stop()
