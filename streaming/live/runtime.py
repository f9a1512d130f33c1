"""Live delivery in one server process: the hub, and what feeds it.

Three loops. The **ticker** walks the wheel, twenty steps a second; at each full second it computes all
simulated tags at once. The **follower** reads the sequence log when the bell rings, and twice a second
anyway. The **keeper** does what has time (`streaming.live.keeper`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from piwebapi.callers import Caller
from piwebapi.core.ticks import TICKS_PER_SECOND

from . import bell, catchup, keeper, log
from .crowd import Crowd
from .feed import UNKNOWN
from .hub import KEPT, NEVER, Hub, Tag
from .metrics import Metrics
from .progress import Progress
from .relay import Relay
from .resolve import Asked, Resolution, resolve_together
from .shared import Shared, several
from .sources import Sampler, Source, current_values
from .threads import Threads
from .together import Together
from .wheel import STEPS

if TYPE_CHECKING:
    from .connection import Connection

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
#: Seconds without values that are made up for one by one.
MADE_UP = 20
AT_ONCE = KEPT["log"]
#: A ticker that was held up so long does not walk the missed steps one by one.
HELD_UP = 2 * STEPS


def now_ticks() -> int:
    return time.time_ns() // 100


class Live:
    """One per event loop; `current()` gives the one that runs."""

    def __init__(self) -> None:
        self.hub = Hub()
        #: for what clients ask, for the loops of this class, for who opens a socket
        self.threads, self.own, self.door = Threads(3), Threads(2), Threads(2)
        self.sampler = Sampler()
        self.metrics = Metrics()
        self.relay = Relay(self.look)
        self.shared = Shared()
        self.life = ""
        self.crowd = Crowd((lambda *asked: self.door.run(self.shared.admit, *asked)) if several() else None)
        self.connections: dict[str, Connection] = {}
        #: what a caller has called a tag -> its key; saves asking the database for it again
        self.known: dict[tuple[Caller, str, str], Hashable] = {}
        self.points: dict[int, dict[Tag, None]] = {}
        self.computed: dict[Tag, None] = {}
        #: called in the loop whenever somebody may have written something, and twice a second
        self.watchers: list[Callable[[], None]] = []
        self.progress = Progress(self.hub, self.look, partial(self.own.run, log.last_sequence))
        self._reading = False
        self._late: list[Tag] = []  # new while the log is being read without them
        self._filling = Together(self._fill, len)
        self.resolving = Together(self._resolve, lambda asked: len(asked[1]))
        self._look = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._computing: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self.life = await self.own.run(catchup.life)
        self.hub.now["log"] = await self.own.run(log.last_sequence)
        second = now_ticks() // TICKS_PER_SECOND * TICKS_PER_SECOND
        self.hub.now["sampled"] = self.hub.now["computed"] = second
        bell.listen(self.heard)
        self.relay.start()
        kept = keeper.Keeper(self)
        self._tasks = [
            asyncio.create_task(self._forever(loop)) for loop in (self.tick, self.follow, kept.keep, kept.tell)
        ]

    async def stop(self) -> None:
        bell.leave(self.heard)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.crowd.stop()
        await self.relay.stop()
        for threads in (self.threads, self.own, self.door):
            await threads.close()

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
        step, late = int(time.time() * STEPS), 0.0
        while True:
            step += 1
            delay = step / STEPS - time.time()
            if not -HELD_UP / STEPS < delay < 1:  # held up, or somebody has set the clock
                step = int(time.time() * STEPS)
            elif delay > 0:
                await asyncio.sleep(delay)
            started = time.perf_counter()
            late = max(late, time.time() - step / STEPS)
            if step % STEPS == 0:
                self.metrics.late_seconds, late = late, 0.0
                self.second(step // STEPS * TICKS_PER_SECOND)
            self.serve(step)
            self.metrics.busy_seconds += time.perf_counter() - started
            if delay < 0:
                await asyncio.sleep(0)  # others want to run, too

    def serve(self, step: int) -> None:
        for subscription, regular in self.hub.due(step):
            subscription.owner.due(subscription, regular)

    def second(self, now: int) -> None:
        """New values of simulated tags; those of computed ones come from a thread a moment later.

        Seconds that have been slept through are made up for; after a longer sleep who takes all values reads
        them where they are stored.
        """
        since = max(self.hub.now["sampled"] + TICKS_PER_SECOND, now - MADE_UP * TICKS_PER_SECOND)
        if since > self.hub.now["sampled"] + TICKS_PER_SECOND:
            for tag in self.sampler.tags:
                tag.missed = since - 1
        for second in range(since, now + 1, TICKS_PER_SECOND):
            for tag, moment, text in self.sampler.sample(second):
                if moment <= tag.missed:  # it was there before anybody wanted it
                    self.hub.current(tag, moment, text)
                elif moment > tag.time:
                    self.hub.publish(tag, moment, text)
            self.hub.now["sampled"] = second
        if self._computing is None or self._computing.done():
            self._computing = asyncio.create_task(self.compute(now))

    async def compute(self, now: int) -> None:
        """Formulas: their inputs may be written points, so this asks the database."""
        skipped = now - self.hub.now["computed"] > TICKS_PER_SECOND
        if tags := list(self.computed):
            values = await self.own.run(current_values, [tag.detail for tag in tags], now)
            for tag, found in zip(tags, values, strict=True):
                if skipped:
                    tag.missed = now - TICKS_PER_SECOND
                if found is not None and found[0] > tag.time:
                    self.hub.publish(tag, *found)
        self.hub.now["computed"] = now

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
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):  # wait_for of Python 3.11 can lose a cancellation
                    await self._look.wait()
            self._look.clear()
            self._reading = True
            try:
                page = await self.own.run(log.read_page, self.hub.now["log"], self.points, now_ticks())
            finally:
                self._reading = False
            self.told(page)
            for watcher in tuple(self.watchers):
                watcher()
            if page.full:
                self.look()

    def told(self, page: log.Page) -> None:
        for start in range(0, len(page.events), AT_ONCE):
            for event in page.events[start : start + AT_ONCE]:
                self.hub.publish(event.tag, NEVER if event.removed else event.time, event.text, event.number)
            for subscription in self.hub.pressing() if len(page.events) > AT_ONCE else ():
                subscription.owner.due(subscription, False)
        for tag, found in page.current:
            tag.time = NEVER
            if found is not None:
                self.hub.current(tag, *found)
        for tag in self._late:
            tag.missed = page.until
        self._late.clear()
        self.hub.now["log"] = page.until
        self.progress.told()

    # -- tags ----------------------------------------------------------------------------------

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

    def wanted(self, sources: Sequence[Source]) -> tuple[list[Tag], list[Tag]]:
        """The tags of the sources, and those of them that are new: `fill` these once they are subscribed.

        They are followed from now on, and read afterwards, so that nothing falls between.
        """
        tags: list[Tag] = []
        new: dict[Tag, None] = {}
        unfilled: dict[Tag, None] = {}  # opened without an initial value
        for source in sources:
            tag = self.hub.tags.get(source.key)
            if tag is None:
                tag = self.hub.tag(source.key, source, source.clock)
                new[tag] = None
                if source.point is not None:
                    self.points.setdefault(source.point, {})[tag] = None
                    if self._reading:
                        tag.missed = UNKNOWN
                        self._late.append(tag)
                elif source.clock == "computed":
                    self.computed[tag] = None
            elif tag.latest is None and tag.clock == "sampled":
                unfilled[tag] = None
            tags.append(tag)
        self.sampler.add(tag for tag in new if tag.clock == "sampled")
        return tags, [*new, *unfilled]

    async def _resolve(self, asked: list[Asked]) -> list[Resolution]:
        return await self.threads.run(resolve_together, asked)

    async def fill(self, tags: Sequence[Tag]) -> None:
        """The current values of new tags. On return nothing of what was read is still to be published."""
        if tags:
            await self._filling.ask(tags)

    async def _fill(self, asked: list[Sequence[Tag]]) -> list[None]:
        """One query for all written points."""
        tags = [tag for some in asked for tag in some]
        sources = [tag.detail for tag in tags]
        values, number = await self.threads.run(log.values_until, sources, self.hub.now["sampled"])
        for tag, found in zip(tags, values, strict=True):
            if found is not None:
                self.hub.current(tag, *found)
        await self.progress.reached(number)
        return [None] * len(asked)


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
