"""How many sockets a user may have, in one process and in several."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache

from piwebapi.core.errors import TooMany
from streaming.live.crowd import Crowd
from streaming.live.shared import Shared

pytestmark = pytest.mark.usefixtures("_empty_cache")


@pytest.fixture
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def process() -> Crowd:
    """One of several server processes: they share the cache only."""
    return Crowd(partial(asyncio.to_thread, Shared().admit))


class Visits:
    """Sockets that stay open until `leave`."""

    def __init__(self) -> None:
        self.inside = self.refused = 0
        self.leave = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    async def visit(self, crowd: Crowd, name: str) -> None:
        try:
            async with crowd.enter(name):
                self.inside += 1
                await self.leave.wait()
        except TooMany as fault:
            assert fault.messages[0].startswith(f"'{name}' has ")
            self.refused += 1

    async def come(self, name: str, *crowds: Crowd) -> None:
        """All at once; back when each knows."""
        self.tasks += [asyncio.create_task(self.visit(crowd, name)) for crowd in crowds]
        while self.inside + self.refused < len(self.tasks):
            await asyncio.sleep(0.001)

    async def end(self) -> None:
        self.leave.set()
        await asyncio.gather(*self.tasks)


async def test_the_sockets_of_a_user_are_counted_over_all_processes(settings: Any) -> None:
    settings.OSIPI_SOCKETS_PER_USER = 3
    first, second, visits, others = process(), process(), Visits(), Visits()
    await visits.come("guest", first)
    await visits.come("guest", second)
    await visits.come("guest", second)
    await visits.come("guest", first, second)
    assert (visits.inside, visits.refused) == (3, 2)
    await others.come("other", first, second, first)
    assert others.inside == 3
    await visits.end()
    await others.end()
    assert not first.here
    assert not second.here


async def test_a_place_that_gets_free_is_free_for_everybody(settings: Any) -> None:
    settings.OSIPI_SOCKETS_PER_USER = 1
    first, second, visits = process(), process(), Visits()
    await visits.come("guest", first)
    await visits.end()
    while first._telling is not None and not first._telling.done():
        await asyncio.sleep(0.001)
    async with second.enter("guest"):
        with pytest.raises(TooMany):
            async with first.enter("guest"):
                pass


async def test_of_many_who_come_at_once_to_many_processes_exactly_the_limit_come_in(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and telling there is time enough for another process to do the same."""

    def slow(self: LocMemCache, keys: list[str], look: Any = LocMemCache.get_many) -> Any:
        found = look(self, keys)
        time.sleep(0.05)
        return found

    monkeypatch.setattr(LocMemCache, "get_many", slow)
    settings.OSIPI_SOCKETS_PER_USER = 20
    crowds, visits = [process() for _ in range(3)], Visits()
    await visits.come("guest", *(crowds * 20))
    assert (visits.inside, visits.refused) == (20, 40)
    await visits.end()


async def test_who_is_gone_before_the_answer_takes_no_place(settings: Any) -> None:
    settings.OSIPI_SOCKETS_PER_USER = 1
    crowd = process()
    gone = asyncio.create_task(Visits().visit(crowd, "guest"))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    async with crowd.enter("guest"):
        assert crowd.here == {"guest": 1}
    assert not crowd.here


async def test_one_process_alone_waits_for_nobody_and_lets_in_exactly_the_limit(settings: Any) -> None:
    settings.OSIPI_SOCKETS_PER_USER = 3
    crowd, visits = Crowd(), Visits()
    await visits.come("guest", *[crowd] * 5)
    assert (visits.inside, visits.refused) == (3, 2)
    await visits.end()
    assert not crowd.here


async def test_while_the_cache_does_not_answer_the_last_that_was_told_holds(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OSIPI_SOCKETS_PER_USER = 3
    first, second, visits = process(), process(), Visits()
    await visits.come("guest", first, first)
    await second.renew()
    monkeypatch.setattr(LocMemCache, "get_many", lambda self, keys: 1 / 0)
    await visits.come("guest", second)
    await visits.come("guest", second)
    assert (visits.inside, visits.refused) == (3, 1)
    await visits.end()
