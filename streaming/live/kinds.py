"""Kinds of resource that a subscription of version 2 may name besides streams.

An app registers one: `register("EventFrames", kind)`. A client then subscribes
``{"Resources": [{"Kind": "EventFrames", ...}]}``; what the kind emits comes as messages with Action "Event"
and the `Id` of the subscription, numbered, with the marker that the kind gave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from piwebapi.callers import Caller

if TYPE_CHECKING:
    from .runtime import Live


class Subscriber(Protocol):
    """Who listens."""

    caller: Caller
    live: Live
    base: str

    def emit(self, items: Sequence[bytes], marker: str) -> bool:
        """Send a message with these items (JSON). False: the client does not keep up; stop, await `drained`, and go
        on behind `marker`. Call it in the event loop."""

    async def drained(self) -> None:
        """Until what was emitted is on its way."""

    def notice(self, kind: str, **members: Any) -> None:
        """Tell the client something about its subscription (``Gap``, for instance)."""


class Running(Protocol):
    """One subscription of a kind, begun. `described` goes into the answer, `marker` is where it starts."""

    described: Mapping[str, Any]
    marker: str

    def end(self) -> None:
        """The client has unsubscribed or gone."""


class Kind(Protocol):
    async def begin(
        self, resource: Mapping[str, Any], marker: str | None, initial: bool, subscriber: Subscriber
    ) -> Running:
        """Start to emit, from `marker` when one is given. ApiError with a sentence when that cannot be."""


_kinds: dict[str, Kind] = {}


def register(name: str, kind: Kind) -> None:
    _kinds[name] = kind


def find(name: object) -> Kind | None:
    return _kinds.get(name) if isinstance(name, str) else None


def names() -> list[str]:
    return sorted(_kinds)
