"""What the server processes tell each other of their sockets, through the cache.

Each has a place of its own there, renewed every second; that of a process which has died is empty five seconds
later. One process alone tells nobody anything.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache

from piwebapi.core.errors import Unavailable

from .metrics import snapshot

if TYPE_CHECKING:
    from .runtime import Live

SECONDS = 5
LOCK, LOCKED_SECONDS = "live:users:lock", 2
SILENCE_SECONDS = 60.0  # between two warnings
log = logging.getLogger(__name__)


def several() -> bool:
    """Whether there are other processes to be told."""
    return int(getattr(settings, "OSIPI_WORKERS", 1)) > 1


class Places:
    """One place for each process, for one thing that it tells."""

    def __init__(self, name: str) -> None:
        self.process = token_hex(4)
        self.all = [f"live:{name}:{number}" for number in range(64)]
        self.mine = ""

    def tell(self, content: Mapping[str, Any]) -> None:
        content = {**content, "process": self.process}
        if self.mine and (cache.get(self.mine) or content)["process"] != self.process:
            self.mine = ""  # we were held up, and somebody else has taken it
        if self.mine:
            cache.set(self.mine, content, SECONDS)
            return
        self.mine = next((place for place in self.all if cache.add(place, content, SECONDS)), "")

    def others(self) -> list[dict[str, Any]]:
        found = cache.get_many(self.all).values()
        return [content for content in found if content["process"] != self.process]


class Shared:
    def __init__(self) -> None:
        self._sockets, self._users = Places("process"), Places("users")
        self._elsewhere: Counter[str] = Counter()
        self._warned = -SILENCE_SECONDS

    @property
    def process(self) -> str:
        return self._sockets.process

    def publish(self, live: Live) -> None:
        """Once a second."""
        if several():
            from .instances import told

            instances = [told(connection) for connection in list(live.connections.values())]
            try:
                self._sockets.tell({"instances": instances, "metrics": snapshot(live)})
            except Exception as fault:
                self._warn(fault)

    def others(self) -> list[dict[str, Any]]:
        """The last that each of the others has published. Unavailable while the cache does not answer."""
        try:
            return self._sockets.others() if several() else []
        except Exception as fault:
            self._warn(fault)
            raise Unavailable("What the other server processes do cannot be asked now.") from fault

    def admit(self, here: Mapping[str, int], names: Sequence[str], limit: int) -> list[bool]:
        """Who of `names`, in their order, may open a socket, when each user has so many `here`. One process at a time
        looks and tells, so that all together never let in more than the limit, and no fewer. While the cache does not
        answer, the last that was told of the others holds."""
        inside, allowed = Counter(here), list[bool]()
        try:
            with alone() if names else nullcontext():
                self._elsewhere = sum((Counter(other["users"]) for other in self._users.others()), Counter())
                allowed = admitted(inside, self._elsewhere, names, limit)
                self._users.tell({"users": dict(inside)})
        except Exception as fault:
            self._warn(fault)
        return allowed or admitted(inside, self._elsewhere, names, limit)

    def _warn(self, fault: Exception) -> None:
        if time.monotonic() - self._warned > SILENCE_SECONDS:
            self._warned = time.monotonic()
            log.warning("The cache does not answer (%s); the sockets of other processes are not known.", fault)


def admitted(inside: Counter[str], elsewhere: Mapping[str, int], names: Sequence[str], limit: int) -> list[bool]:
    """Who finds room; they are counted as `inside` from then on."""
    answers = []
    for name in names:
        answers.append(inside[name] + elsewhere.get(name, 0) < limit)
        inside[name] += answers[-1]
    return answers


@contextmanager
def alone() -> Iterator[None]:
    """Only one process is here at a time, or two after one has died in here, or was held up so long."""
    token, end = token_hex(8), time.monotonic() + LOCKED_SECONDS
    while not cache.add(LOCK, token, LOCKED_SECONDS) and time.monotonic() < end:
        time.sleep(0.001)
    try:
        yield
    finally:
        if cache.get(LOCK) == token:
            cache.delete(LOCK)
