"""The sending side of one socket: replies first, then what its subscriptions are owed.

It takes at most `PORTION` bytes at a time, and the next ones when the server has accepted these. So what waits
for a slow client stays in the hub, where it costs nothing and only the newest value of a tag is kept.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

from .hub import Subscription
from .metrics import Metrics

#: Clients exist that read messages into 64 KiB (PI Web API samples), so they end before.
PORTION = 60_000
#: Replies that a client does not read; who sends so many requests without reading is cut off.
MOST_REPLIES = 1 << 20


class Compose(Protocol):
    def compose(self, subscription: Subscription, texts: list[bytes]) -> Sequence[bytes]:
        """The messages made of the texts of some lines."""


class Outlet:
    __slots__ = (
        *("_metrics", "_owed", "_replies", "_rest", "_send", "_task", "_write", "_write_frame", "blocked_since"),
        *("closed", "frame", "last_sent", "sent", "waiting"),
    )

    def __init__(self, scope: Any, send: Any, metrics: Metrics) -> None:
        self._send = send
        together = (scope.get("extensions") or {}).get("osipi.texts") or {}
        self._write: Callable[[Sequence[bytes]], bool] | None = together.get("write")
        self._write_frame: Callable[[bytes], bool] | None = together.get("write_frame")
        #: a message as it goes over the wire; made once, it can be given to many by `pass_on`
        self.frame: Callable[[bytes], bytes] | None = together.get("frame")
        self._rest: Sequence[bytes] = ()
        self._metrics = metrics
        self._replies: deque[bytes] = deque()
        self.waiting = 0
        self._owed: dict[Subscription, None] = {}
        self._task: asyncio.Task[None] | None = None
        self.blocked_since: float | None = None
        self.closed = False
        self.sent = 0
        self.last_sent = 0.0

    def say(self, text: bytes) -> bool:
        """A reply; False when too many wait."""
        self._replies.append(text)
        self.waiting += len(text)
        self._wake()
        return self.waiting <= MOST_REPLIES

    def owe(self, subscription: Subscription) -> None:
        """Usually nothing else waits, and it is told at once."""
        if self._write is None or self._task is not None or self.closed:
            self._owed[subscription] = None
            self._wake()
            return
        while texts := self._taken(subscription):
            if not self._write(texts):
                self._rest, self._owed[subscription] = texts, None
                self._task = asyncio.create_task(self._deliver())
                return
            self._count(texts)
            if not subscription.more:
                return

    def pass_on(self, frame: bytes) -> bool:
        """One message with one value, framed already. False when it cannot go out at once; then nothing is done."""
        if self._task is not None or self.closed or self._write_frame is None or not self._write_frame(frame):
            return False
        counted = self._metrics
        counted.values += 1
        counted.messages += 1
        counted.bytes += len(frame)
        self.sent += 1
        self.last_sent = time.time()
        return True

    def forget(self, subscription: Subscription) -> None:
        self._owed.pop(subscription, None)

    @property
    def blocked(self) -> bool:
        return self.blocked_since is not None

    def _wake(self) -> None:
        """At once as far as the client takes it, the rest in a task that waits for it."""
        if self.closed or self._task is not None:
            return
        while self._write is not None and (self._replies or self._owed):
            texts = self._next()
            if texts and not self._write(texts):
                self._rest = texts
                break
            self._count(texts)
        if self._rest or self._replies or self._owed:
            self._task = asyncio.create_task(self._deliver())

    async def _deliver(self) -> None:
        try:
            while (self._rest or self._replies or self._owed) and not self.closed:
                texts, self._rest = self._rest or self._next(), ()
                if texts:
                    await self._send_all(texts)
                    self._count(texts)
        except (OSError, RuntimeError):  # the client has gone; the receiving side ends the connection
            self.closed = True
        finally:
            self._task = None

    def _next(self) -> Sequence[bytes]:
        if self._replies:
            replies = list(self._replies)
            self._replies.clear()
            self.waiting = 0
            return replies
        subscription = next(iter(self._owed))
        texts = self._taken(subscription)
        if not texts:
            del self._owed[subscription]
        return texts

    def _taken(self, subscription: Subscription) -> Sequence[bytes]:
        """The next messages of a subscription; none: nothing more is owed."""
        lines = subscription.take(PORTION)
        if not lines:
            return ()
        self._metrics.values += len(lines)
        if subscription.conflated != subscription.counted:
            self._metrics.conflated += subscription.conflated - subscription.counted
            subscription.counted = subscription.conflated
        owner: Compose = subscription.owner
        return owner.compose(subscription, lines)

    async def _send_all(self, texts: Sequence[bytes]) -> None:
        """While this waits, the client is slow: the keeper looks after those."""
        self.blocked_since = time.monotonic()
        self._metrics.waiting.add(self)
        try:
            if self._write is not None:
                await self._send({"type": "websocket.send", "texts": texts})
                return
            for text in texts:
                await self._send({"type": "websocket.send", "text": text.decode()})
        finally:
            self.blocked_since = None
            self._metrics.waiting.discard(self)

    def _count(self, texts: Sequence[bytes]) -> None:
        if texts:
            self.sent += len(texts)
            self.last_sent = time.time()
            self._metrics.messages += len(texts)
            self._metrics.bytes += len(texts[0]) if len(texts) == 1 else sum(map(len, texts))

    async def close(self, code: int, reason: str) -> None:
        """Say why and end, even while a message is stuck."""
        self.closed = True
        if self._task is not None:
            self._task.cancel()
        with suppress(OSError, RuntimeError):
            await self._send({"type": "websocket.close", "code": code, "reason": reason})

    def end(self) -> None:
        """The client has gone."""
        self.closed = True
        if self._task is not None:
            self._task.cancel()

    async def drained(self) -> None:
        """Until everything that was said is on its way."""
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self._task)
