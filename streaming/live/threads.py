"""Blocking work (database, passwords) beside the event loop: small pools of threads of their own.

There are several, so that a thousand clients who subscribe at once delay neither the log nor who knocks. Threads
keep their database connections as those of the HTTP pool do; broken ones are retired around each piece of work,
and all are closed when the pool ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connections

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    def __init__(self, size: int) -> None:
        self._size = size
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="live")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        def guarded() -> T:
            close_old_connections()
            try:
                return work(*args, **kwargs)
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(self._pool, guarded)

    async def close(self) -> None:
        """Every thread closes its own connections: each waits for the others, so none does it twice."""
        everyone = Barrier(self._size)

        def leave() -> None:
            everyone.wait(timeout=10)
            connections.close_all()

        await asyncio.gather(*(asyncio.wrap_future(self._pool.submit(leave)) for _ in range(self._size)))
        self._pool.shutdown(wait=False)
