"""The open sockets of all server processes, as `channels/instances` lists them."""

from __future__ import annotations

from typing import Any

from piwebapi.core.times import format_ticks

from . import runtime
from .connection import Connection


def everywhere() -> list[dict[str, Any]]:
    """By the time of their start. Those of this process as they are now, others as they told a second ago."""
    found: list[dict[str, Any]] = []
    for live in runtime.all_running():
        found += [told(one) for one in list(live.connections.values())]
        for content in live.shared.others():
            found += content["instances"]
    return sorted(found, key=lambda one: one["StartTime"])


def told(connection: Connection) -> dict[str, Any]:
    outlet = connection.outlet
    return {
        "Id": connection.id,
        "StartTime": moment(connection.started),
        "LastMessageSentTime": moment(outlet.last_sent or connection.started),
        "SentMessageCount": outlet.sent,
    }


def moment(seconds: float) -> str:
    return format_ticks(int(seconds * 10_000_000))
