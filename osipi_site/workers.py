"""Threads for what may block, each with its own way in.

The one that began to rest last works next: at quiet times one thread, with its database connection and the caches of
a processor warm, does all the work. Handing work over and back costs half of what `run_in_executor` does, whose
threads wait at one queue and whose answers go through two futures.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

T = TypeVar("T")
Job = tuple[asyncio.Future[Any], Callable[..., Any], tuple[Any, ...]]


class Workers:
    """At most `most` threads, started when they are needed; they end with the process."""

    def __init__(self, most: int, name: str) -> None:
        self.most, self.name = most, name
        self._lock = Lock()
        self._started = 0
        self._resting: list[SimpleQueue[Job]] = []
        self._backlog: deque[Job] = deque()

    def run(self, work: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """What `work` gives or raises; to be called in an event loop."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        job: Job = answer, work, args
        with self._lock:
            if self._resting:
                inbox = self._resting.pop()
            elif self._started < self.most:
                self._started += 1
                inbox = SimpleQueue()
                Thread(target=self._live, args=(inbox,), name=f"{self.name}-{self._started}", daemon=True).start()
            else:
                self._backlog.append(job)
                return answer
        inbox.put(job)
        return answer

    def _live(self, inbox: SimpleQueue[Job]) -> None:
        while True:
            _do(*inbox.get())
            while (job := self._next(inbox)) is not None:
                _do(*job)

    def _next(self, inbox: SimpleQueue[Job]) -> Job | None:
        """None: there is nothing to do, and the thread rests."""
        with self._lock:
            if self._backlog:
                return self._backlog.popleft()
            self._resting.append(inbox)
            return None


def _do(answer: asyncio.Future[Any], work: Callable[..., Any], args: tuple[Any, ...]) -> None:
    result, fault = None, None
    try:
        result = work(*args)
    except BaseException as raised:
        fault = raised
    with suppress(RuntimeError):  # the loop has been closed meanwhile
        answer.get_loop().call_soon_threadsafe(_settle, answer, result, fault)


def _settle(answer: asyncio.Future[Any], result: Any, fault: BaseException | None) -> None:
    if answer.done():  # nobody waits for it any more
        return
    if fault is None:
        answer.set_result(result)
    else:
        answer.set_exception(fault)
