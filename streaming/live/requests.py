"""Requests of version 2 of the subscribe socket, from text to values. Pure; docs/subscribe-socket.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from . import limits, markers, messages
from .feed import Position
from .messages import shown
from .wheel import STEP_MILLISECONDS

Mode = Literal["all", "latest"]
KNOWN = frozenset(("Action", "Id", "Resources", "Rate", "Mode", "Initial", "From"))


class Fault(ValueError):
    """A request that makes no sense: `code` for programs, the text for people, and the `id` if there was one."""

    def __init__(self, code: str, reason: str, id: object = None) -> None:
        super().__init__(reason)
        self.code = code
        self.id = id if isinstance(id, str) else None


@dataclass(frozen=True)
class Subscribe:
    id: str
    resources: tuple[Any, ...]
    rate: int
    mode: Mode
    initial: bool
    marker: str | None
    since: tuple[str, Position] | None

    @property
    def steps(self) -> int:
        """At least the rate."""
        return -(-self.rate // STEP_MILLISECONDS)


@dataclass(frozen=True)
class Unsubscribe:
    id: str


@dataclass(frozen=True)
class Ping:
    id: str | None


def read(text: str) -> Subscribe | Unsubscribe | Ping:
    try:
        given = messages.read(text)
    except messages.NoMessage as fault:
        raise Fault("BadMessage", str(fault)) from None
    action, id = given.get("Action"), given.get("Id")
    if action == "Ping":
        if id is not None and not isinstance(id, str):
            raise Fault("BadId", f"The Id of a Ping must be a text, not {shown(id)}.")
        return Ping(id)
    if action not in ("Subscribe", "Unsubscribe"):
        raise Fault("BadAction", f"Action must be Subscribe, Unsubscribe or Ping, not {shown(action)}.", id)
    if not isinstance(id, str) or not 0 < len(id) <= 64:
        raise Fault("BadId", f"Id must be a text of 1 to 64 characters, not {shown(id)}.")
    return Unsubscribe(id) if action == "Unsubscribe" else _subscribe(given, id)


def _subscribe(given: Mapping[str, Any], id: str) -> Subscribe:
    if unknown := sorted(set(given) - KNOWN):
        raise Fault("BadMessage", f"Subscribe has no members {', '.join(unknown)}.", id)
    resources = given.get("Resources")
    if not isinstance(resources, list) or not resources:
        raise Fault("BadResources", "Resources must be a list with at least one resource.", id)
    rate = given.get("Rate", limits.USUAL)
    whole = not isinstance(rate, bool) and isinstance(rate, int | float) and rate == rate // 1  # 1000.0 is, too
    if not whole or not limits.FASTEST <= rate <= limits.SLOWEST:
        raise Fault(
            "BadRate", f"Rate must be {limits.FASTEST} to {limits.SLOWEST} milliseconds, not {shown(rate)}.", id
        )
    mode = given.get("Mode", "all")
    if mode not in ("all", "latest"):
        raise Fault("BadMode", f"Mode must be all or latest, not {shown(mode)}.", id)
    initial = given.get("Initial", True)
    if not isinstance(initial, bool):
        raise Fault("BadMessage", f"Initial must be true or false, not {shown(initial)}.", id)
    marker = given.get("From")
    if marker is not None and not isinstance(marker, str):
        raise Fault("BadMarker", f"From must be the text of a marker, not {shown(marker)}.", id)
    return Subscribe(id, tuple(resources), int(rate), mode, initial, marker, markers.read(marker))
