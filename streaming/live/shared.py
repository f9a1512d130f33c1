"""What the server processes tell each other of their sockets, through the cache.

Each has a place of its own there, renewed every second; that of a process which has died is empty ten seconds
later. One process alone tells nobody anything.
"""

from __future__ import annotations

from collections import Counter
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache

from .metrics import snapshot

if TYPE_CHECKING:
    from .runtime import Live

PLACES = [f"live:process:{number}" for number in range(64)]
SECONDS = 10


class Shared:
    def __init__(self) -> None:
        self.process = token_hex(4)
        self.place = ""

    def publish(self, live: Live) -> None:
        if getattr(settings, "OSIPI_WORKERS", 1) < 2:
            return
        from .instances import told

        instances = [told(connection) for connection in list(live.connections.values())]
        content = {"process": self.process, "instances": instances, "metrics": snapshot(live)}
        content["users"] = dict(live.crowd.here)
        live.crowd.elsewhere = sum((Counter(other["users"]) for other in self.others()), Counter())
        if self.place and (cache.get(self.place) or content)["process"] != self.process:
            self.place = ""  # we were held up, and somebody else has taken it
        if self.place:
            cache.set(self.place, content, SECONDS)
            return
        self.place = next((place for place in PLACES if cache.add(place, content, SECONDS)), "")

    def others(self) -> list[dict[str, Any]]:
        if getattr(settings, "OSIPI_WORKERS", 1) < 2:
            return []
        found = cache.get_many(PLACES).values()
        return [content for content in found if content["process"] != self.process]
