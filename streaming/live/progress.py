"""How far the log has been told, and who waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from .hub import Hub
from .together import Together


class Progress:
    """`look` makes the follower read the log; `last` is the number of the last value that has been written."""

    def __init__(self, hub: Hub, look: Callable[[], None], last: Callable[[], Awaitable[int]]) -> None:
        self._hub = hub
        self._look = look
        self._last = last
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._asking = Together(self._asked, lambda _: 1)

    def told(self) -> None:
        """The follower has come further."""
        for number, future in self._waiting:
            if number <= self._hub.now["log"] and not future.done():
                future.set_result(None)

    async def reached(self, number: int) -> None:
        """Until the log has been told up to a number."""
        if self._hub.now["log"] >= number:
            return
        waiting = (number, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._look()
        try:
            await waiting[1]
        finally:
            self._waiting.remove(waiting)

    async def settled(self) -> None:
        """Until what has been written by now has been told: it is no news to who subscribes then. Many who wait at
        once cost one query."""
        await self.reached(await self._asking.ask(None))

    async def _asked(self, asked: Sequence[None]) -> list[int]:
        return [await self._last()] * len(asked)
