"""Live delivery in one server process: the hub, and what feeds it.

Three loops. The **ticker** walks the wheel, twenty steps a second; at each full second it computes all
simulated tags at once. The **follower** reads the sequence log when the bell rings, and twice a second
anyway. The **keeper** does what has time: forgets unwanted tags, tells the other processes what is open here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import TYPE_CHECKING

from piwebapi.core.ticks import TICKS_PER_SECOND

from . import bell, log
from .hub import Hub, Tag
from .metrics import Metrics
from .relay import Relay
from .sources import Sampler, Source, current_values
from .threads import Threads
from .wheel import STEPS

if TYPE_CHECKING:
    from .connection import Connection

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
KEEP_SECONDS = 15.0
#: A ticker that was held up so long does not walk the missed steps one by one.
HELD_UP = 2 * STEPS
#: Events of a written tag that are kept for those who take all of them.
KEPT = 256


def now_ticks() -> int:
    return time.time_ns() // 100


class Live:
    """One per event loop; `current()` gives the one that runs."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.threads = Threads()
        self.sampler = Sampler()
        self.metrics = Metrics()
        self.relay = Relay(self.look)
        self.connections: dict[str, Connection] = {}
        #: what a caller has called a tag -> its key; saves asking the database for it again
        self.known: dict[tuple[str, str, str], Hashable] = {}
        self.points: dict[int, dict[Tag, None]] = {}
        self.computed: dict[Tag, None] = {}
        self.position = 0
        self._look = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self.position = await self.threads.run(log.last_sequence)
        bell.listen(self.heard)
        self.relay.start()
        self._tasks = [
            asyncio.create_task(self._forever(self.tick)),
            asyncio.create_task(self._forever(self.follow)),
            asyncio.create_task(self._forever(self.keep)),
        ]

    async def stop(self) -> None:
        bell.leave(self.heard)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.relay.stop()
        await self.threads.close()

    async def _forever(self, loop: Callable[[], Awaitable[None]]) -> None:
        """A fault is told and does not end live delivery."""
        while True:
            try:
                await loop()
            except Exception:
                logger.exception("Live delivery: %s failed and starts again", loop.__name__)
                await asyncio.sleep(1)

    # -- the ticker ----------------------------------------------------------------------------

    async def tick(self) -> None:
        step = int(time.time() * STEPS)
        while True:
            step += 1
            delay = step / STEPS - time.time()
            if not -HELD_UP / STEPS < delay < 1:  # held up, or somebody has set the clock
                step = int(time.time() * STEPS)
            elif delay > 0:
                await asyncio.sleep(delay)
            started = time.perf_counter()
            if step % STEPS == 0:
                self.second(step // STEPS * TICKS_PER_SECOND)
            for subscription, regular in self.hub.due(step):
                subscription.owner.due(subscription, subscription.begin(regular), regular)
            self.metrics.busy_seconds += time.perf_counter() - started
            if delay < 0:
                await asyncio.sleep(0)  # others want to run, too

    def second(self, now: int) -> None:
        """New values of simulated tags; those of computed ones come from a thread a moment later."""
        for tag, moment, text in self.sampler.sample(now):
            if moment > tag.time:
                self.hub.publish(tag, moment, text)
        if self.computed:
            self._computing = asyncio.create_task(self.compute(now))

    async def compute(self, now: int) -> None:
        """Formulas: their inputs may be written points, so this asks the database."""
        tags = list(self.computed)
        for tag, found in zip(
            tags, await self.threads.run(current_values, [tag.detail for tag in tags], now), strict=True
        ):
            if found is not None and (found[0] > tag.time or found[1] != tag.latest):
                self.hub.publish(tag, *found)

    # -- the follower --------------------------------------------------------------------------

    def heard(self) -> None:
        """The bell, in the thread of a writer."""
        self._loop.call_soon_threadsafe(self._pass_on)

    def _pass_on(self) -> None:
        self.relay.ring()
        self.look()

    def look(self) -> None:
        self._look.set()

    async def follow(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._look.wait(), LOOK_SECONDS)
            except TimeoutError:
                self.metrics.looks += 1
            self._look.clear()
            page = await self.threads.run(log.read_page, self.position, self.points, now_ticks())
            self.told(page)
            self.position = page.until
            if page.full:
                self.look()

    def told(self, page: log.Page) -> None:
        for event in page.events:
            time_of_value = -(2**63) if event.removed else event.time
            self.hub.publish(event.tag, time_of_value, event.text, keep=KEPT)
        for tag, found in page.current:
            tag.time = -(2**63)
            if found is not None:
                self.hub.current(tag, *found)

    # -- the keeper ----------------------------------------------------------------------------

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            self.forget(self.hub.sweep())

    def forget(self, tags: Sequence[Tag]) -> None:
        if not tags:
            return
        self.known = {name: key for name, key in self.known.items() if key in self.hub.tags}
        self.sampler.discard(tags)
        for tag in tags:
            self.computed.pop(tag, None)
            point = tag.detail.point
            if point is not None:
                self.points[point].pop(tag, None)
                if not self.points[point]:
                    del self.points[point]

    # -- tags ----------------------------------------------------------------------------------

    def wanted(self, sources: Sequence[Source]) -> tuple[list[Tag], list[Tag]]:
        """The tags of the sources, and those of them that are new: `fill` these once they are subscribed.

        They are followed from now on, and read afterwards, so that nothing falls between.
        """
        tags: list[Tag] = []
        new: dict[Tag, None] = {}
        for source in sources:
            tag = self.hub.tags.get(source.key)
            if tag is None:
                tag = self.hub.tag(source.key, source, logged=source.point is not None)
                new[tag] = None
                if source.point is not None:
                    self.points.setdefault(source.point, {})[tag] = None
                elif source.computed:
                    self.computed[tag] = None
            tags.append(tag)
        self.sampler.add(tag for tag in new if tag.detail.simulated)
        return tags, list(new)

    async def fill(self, tags: Sequence[Tag]) -> None:
        """The current values of new tags; one query for all written points."""
        if not tags:
            return
        values = await self.threads.run(current_values, [tag.detail for tag in tags], now_ticks())
        for tag, found in zip(tags, values, strict=True):
            if found is not None:
                self.hub.current(tag, *found)


_running: dict[asyncio.AbstractEventLoop, Live] = {}


def current() -> Live:
    return _running[asyncio.get_running_loop()]


def all_running() -> list[Live]:
    """Usually one; read it from any thread."""
    return list(_running.values())


async def start() -> None:
    live = Live()
    await live.start()
    _running[asyncio.get_running_loop()] = live


async def stop() -> None:
    live = _running.pop(asyncio.get_running_loop(), None)
    if live is not None:
        await live.stop()
