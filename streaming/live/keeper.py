"""What live delivery does besides delivering, once a second: clients that do not read are given up, rights are asked
for again, searches are repeated, what nobody wants is forgotten. Beside that, and waiting for nobody here, other
processes are told what is open: a cache that hangs or fails must not keep rights from being looked at."""

from __future__ import annotations

import asyncio
import time
from itertools import count
from typing import TYPE_CHECKING

from piwebapi.callers import Caller

from . import limits
from .hub import Tag
from .standing import fallen, rights_version, unreadable

if TYPE_CHECKING:
    from .runtime import Live

#: How often searches are made again, and unwanted tags forgotten.
REFRESH_SECONDS, SWEEP_SECONDS = 5, 15


#: Every so many checks what may be read is asked for whatever the catalogue says: some write around Django.
THOROUGH = 12


class Keeper:
    """`_changed`: in how many checks to come the rights are looked at. Two after a change, since who was resolved
    while it happened may have been subscribed after the first."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self._version: object = None
        self._changed = 0
        self._checks = count(1)

    async def keep(self) -> None:
        """Once a second."""
        for second in count(1):
            await asyncio.sleep(1)
            self.give_up_the_slow()
            if second % limits.RECHECK_SECONDS == 0:
                await self.recheck()
            if second % REFRESH_SECONDS == 0:
                self.refresh()
            if second % SWEEP_SECONDS == 0:
                self.live.forget(self.live.hub.sweep())

    async def tell(self) -> None:
        """Once a second."""
        while True:
            await asyncio.sleep(1)
            await self.live.own.run(self.live.shared.publish, self.live)
            await self.live.crowd.renew()

    def give_up_the_slow(self) -> None:
        if not self.live.metrics.waiting:
            return
        longest = limits.stall_seconds()
        for connection in list(self.live.connections.values()):
            since = connection.outlet.blocked_since
            if since is not None and time.monotonic() - since > longest:
                reason = f"Nothing has been read for {longest:g} s; come back with the last marker."
                self.live.metrics.too_slow += connection.give_up(limits.TOO_SLOW, reason)

    async def recheck(self) -> None:
        """Who has lost the right to listen is signed out; what is gone or may not be read any more, ends."""
        connections = list(self.live.connections.values())
        standings = {id(connection.standing): connection.standing for connection in connections}  # few, shared by many
        gone = await self.live.own.run(fallen, set(standings.values()))
        for connection in connections if gone else ():
            if connection.standing in gone:
                connection.give_up(limits.SIGNED_OUT, "The sign-in of this socket is no longer good.")
        version = await self.live.own.run(rights_version)
        if version != self._version or version is None or next(self._checks) % THOROUGH == 0:
            self._version, self._changed = version, 2
            self.live.known.clear()
        if not self._changed:
            return
        self._changed -= 1
        wanted: dict[Caller, set[Tag]] = {}
        for subscription in self.live.hub.wheel.subscriptions():
            tags = wanted.setdefault(subscription.owner.caller, set())
            tags.update([item.tag for item in subscription.items.values()])
        lost = await self.live.own.run(unreadable, wanted)
        for connection in connections:
            if connection.session is not None and connection.caller in lost:
                connection.session.lose(lost[connection.caller], "It is there no more, or not for this user.")

    def refresh(self) -> None:
        for connection in self.live.connections.values():
            session, running = connection.session, connection.refreshing
            if session is not None and session.searches and (running is None or running.done()):
                connection.refreshing = asyncio.create_task(session.refresh())
