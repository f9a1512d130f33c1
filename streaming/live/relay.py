"""The bell between server processes, over the channel layer (in-process, or Redis).

One channel and one group for all processes. The layer loses messages by design and forgets members, so it
only says "look": at most twenty times a second, and membership is renewed every half minute. Without it
followers look twice a second.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer

log = logging.getLogger(__name__)

GROUP = "osipi.live"
LEAST_PAUSE = 0.05
MEMBERSHIP_SECONDS = 30.0


class Relay:
    def __init__(self, heard: Callable[[], None]) -> None:
        self.heard = heard
        self.layer: Any = get_channel_layer()
        self.channel = ""
        self._wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._said = 0.0

    def start(self) -> None:
        if self.layer is not None:
            self._tasks = [asyncio.create_task(self._forever(step)) for step in (self._hear, self._pass_on)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(Exception):
            if self.channel:
                await self.layer.group_discard(GROUP, self.channel)

    def ring(self) -> None:
        """Others shall look; call it in the event loop."""
        self._wanted.set()

    async def _forever(self, step: Callable[[], Any]) -> None:
        """A layer that fails (Redis restarts) is tried again; the followers look by themselves meanwhile."""
        while True:
            try:
                await step()
            except Exception as fault:
                if time.monotonic() - self._said > 60:
                    self._said = time.monotonic()
                    log.warning("The channel layer does not answer (%s); live values come a little later.", fault)
                self.channel = ""
                await asyncio.sleep(1)

    async def _hear(self) -> None:
        self.channel = self.channel or await self.layer.new_channel("live")
        await self.layer.group_add(GROUP, self.channel)
        until = time.monotonic() + MEMBERSHIP_SECONDS
        with suppress(TimeoutError):
            while (left := until - time.monotonic()) > 0:
                async with asyncio.timeout(left):
                    await self.layer.receive(self.channel)
                self.heard()

    async def _pass_on(self) -> None:
        await self._wanted.wait()
        self._wanted.clear()
        await self.layer.group_send(GROUP, {"type": "look"})
        await asyncio.sleep(LEAST_PAUSE)
