"""How many sockets each user has open, in this process and in the others."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from piwebapi.core.errors import TooMany

from . import limits
from .together import Together

#: From how many each user has here, the names of those who knock, and the limit: who of them may come in.
Admit = Callable[[Mapping[str, int], Sequence[str], int], Awaitable[Sequence[bool]]]


@dataclass(eq=False)
class Place:
    name: str
    taken: bool = False
    gone: bool = False


class Crowd:
    """`admit` asks the other processes (`Shared.admit`), so that the count is exact over all of them whenever somebody
    knocks; those who knock at once are asked for together. It is None where there is one process only: then nobody
    waits. Who goes is told at once, too; a place that another process has free shows after that.
    """

    def __init__(self, admit: Admit | None = None) -> None:
        self.here: Counter[str] = Counter()
        self._admit = admit
        self._asking: Together[Place | None, bool] = Together(self._asked, lambda _: 1)
        self._left = False
        self._telling: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def enter(self, name: str) -> AsyncIterator[None]:
        """A place for one socket of the user while it is open, or TooMany."""
        place = Place(name)
        try:
            if self._admit is None:
                self._take(place, self.here[name] < limits.sockets())
            else:
                await self._asking.ask(place)
            if not place.taken:
                raise TooMany(f"'{name}' has {limits.sockets()} sockets open, and may not have more.")
            yield
        finally:
            place.gone = True
            if place.taken:
                self.here -= Counter((name,))
                self._tell_soon()

    async def renew(self) -> None:
        """Tell what is open here. It is forgotten after a while: do it every second."""
        if self._admit is not None:
            await self._asking.ask(None)

    def stop(self) -> None:
        """Nobody is told any more."""
        self._admit = None
        if self._telling is not None:
            self._telling.cancel()

    def _take(self, place: Place, allowed: bool) -> bool:
        place.taken = allowed and not place.gone
        self.here[place.name] += place.taken
        return place.taken

    async def _asked(self, asked: Sequence[Place | None]) -> list[bool]:
        assert self._admit is not None
        places = [place for place in asked if place is not None]
        answers = await self._admit(dict(self.here), [place.name for place in places], limits.sockets())
        allowed = dict(zip(places, answers, strict=True))
        return [place is not None and self._take(place, allowed[place]) for place in asked]

    def _tell_soon(self) -> None:
        self._left = self._admit is not None
        if self._left and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while self._left:
            self._left = False
            await self.renew()
