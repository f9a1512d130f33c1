"""What a server process counts about its sockets, and its form for Prometheus.

Source: Prometheus documentation, exposition formats (text format 0.0.4).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .outlet import Outlet
    from .runtime import Live

Snapshot = dict[str, float]
#: what others tell beside it, as text of the same form
others: list[Callable[[], str]] = []


@dataclass
class Metrics:
    """Counted since the start of the process."""

    messages: int = 0
    bytes: int = 0
    values: int = 0
    conflated: int = 0
    opened: int = 0
    refused: int = 0
    too_slow: int = 0
    catch_ups: int = 0
    busy_seconds: float = 0.0
    late_seconds: float = 0.0
    #: those whose client does not take what is sent, now
    waiting: set[Outlet] = field(default_factory=set)


#: name -> (type, help)
TEXTS: Mapping[str, tuple[str, str]] = {
    "sockets": ("gauge", "Sockets that are open."),
    "subscriptions": ("gauge", "Streams that sockets have subscribed, each socket counted."),
    "tags": ("gauge", "Different streams that somebody wants."),
    "blocked": ("gauge", "Sockets whose client does not take what is sent."),
    "lag_seconds": ("gauge", "How long the most patient message has waited for its client."),
    "late_seconds": ("gauge", "How late the ticker was, at most in the last second."),
    "messages_total": ("counter", "Messages sent."),
    "bytes_total": ("counter", "Bytes of messages sent."),
    "values_total": ("counter", "Values sent."),
    "conflated_total": ("counter", "Values that were left out because a newer one came before they could be sent."),
    "opened_total": ("counter", "Sockets opened."),
    "refused_total": ("counter", "Handshakes refused."),
    "too_slow_total": ("counter", "Sockets closed because their client read nothing."),
    "catch_ups_total": ("counter", "Times that a subscription had to read what it had missed."),
    "busy_seconds_total": ("counter", "Time spent in the ticker."),
    "log_position": ("gauge", "Number in the log of written values up to which all has been told."),
}


def snapshot(live: Live) -> Snapshot:

    counted = live.metrics
    connections = list(live.connections.values())
    blocked = [one.blocked_since for one in tuple(counted.waiting) if one.blocked_since is not None]
    return {
        "sockets": len(connections),
        "subscriptions": sum(one.session.streams for one in connections if one.session is not None),
        "tags": len(live.hub.tags),
        "blocked": len(blocked),
        "lag_seconds": time.monotonic() - min(blocked) if blocked else 0.0,
        "late_seconds": counted.late_seconds,
        "messages_total": counted.messages,
        "bytes_total": counted.bytes,
        "values_total": counted.values,
        "conflated_total": counted.conflated,
        "opened_total": counted.opened,
        "refused_total": counted.refused,
        "too_slow_total": counted.too_slow,
        "catch_ups_total": counted.catch_ups,
        "busy_seconds_total": counted.busy_seconds,
        "log_position": live.hub.now["log"],
    }


def exposition(processes: Mapping[str, Snapshot]) -> str:
    """The counts of all processes, each under its label."""
    lines: list[str] = []
    for name, (kind, help) in TEXTS.items():
        lines += [f"# HELP osipi_live_{name} {help}", f"# TYPE osipi_live_{name} {kind}"]
        lines += [f'osipi_live_{name}{{process="{process}"}} {found[name]:g}' for process, found in processes.items()]
    return "\n".join(lines) + "\n"
