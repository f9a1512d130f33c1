"""Work is handed to threads and its answer back to the loop, whatever becomes of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from osipi_site.workers import Workers


def me(*_: object) -> str:
    return threading.current_thread().name


async def test_answers_and_faults_come_back() -> None:
    workers = Workers(2, "w")
    assert await workers.run(divmod, 17, 5) == (3, 2)
    with pytest.raises(ZeroDivisionError):
        await workers.run(divmod, 1, 0)
    with pytest.raises(SystemExit):
        await workers.run(exit)
    assert await workers.run(divmod, 9, 2) == (4, 1)


async def test_one_thread_after_the_other_is_the_same_thread() -> None:
    workers = Workers(4, "w")
    await asyncio.gather(*(workers.run(time.sleep, 0.05) for _ in range(4)))
    await asyncio.sleep(0.05)  # all rest
    names = set()
    for _ in range(20):
        names.add(await workers.run(me))
        await asyncio.sleep(0.002)
    assert len(names) == 1


async def test_more_work_than_threads_waits_and_is_done_in_its_order() -> None:
    workers, lock = Workers(3, "w"), threading.Lock()
    at_once, most, done = 0, 0, []

    def work(number: int) -> int:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
            done.append(number)
        time.sleep(0.005)
        with lock:
            at_once -= 1
        return number * number

    assert await asyncio.gather(*(workers.run(work, number) for number in range(40))) == [n * n for n in range(40)]
    assert most == 3
    assert all(abs(place - number) < 3 for place, number in enumerate(done))


async def test_work_that_nobody_waits_for_ends_no_thread() -> None:
    workers, faults = Workers(1, "w"), []
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
    given_up = workers.run(time.sleep, 0.05)
    given_up.cancel()
    assert await workers.run(me) == "w-1"
    assert given_up.cancelled()
    assert faults == []


def test_a_loop_that_is_closed_meanwhile_ends_no_thread() -> None:
    workers, go_on = Workers(1, "w"), threading.Event()

    async def leave() -> None:
        workers.run(go_on.wait)

    async def later(ask: Callable[[], str]) -> str:
        return await workers.run(ask)

    asyncio.run(leave())
    go_on.set()
    assert asyncio.run(later(me)) == "w-1"
