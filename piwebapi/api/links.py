"""Links: the URLs that an object tells.

Most are the object's own URL or a collection below it, or its data under ``streams`` or
``streamsets``; the others lead to related objects and are left out where there is none that may be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from piwebapi.securables import readable

from .resource import Call


@dataclass(frozen=True)
class Link:
    """Either `path` (with ``{}`` for the WebId) or `target` (the related object and its segment)."""

    name: str
    path: str = ""
    target: Callable[[Any], Any] | None = None
    segment: str = ""
    below: str = ""


def own(name: str, path: str) -> Link:
    """``own("Attributes", "elements/{}/attributes")``"""
    return Link(name, path)


def to(name: str, segment: str, target: Callable[[Any], Any], below: str = "") -> Link:
    """A link to a related object; `target(obj)` gives it or None."""
    return Link(name, "", target, segment, below)


def collections(segment: str, **paths: str) -> tuple[Link, ...]:
    """Self, and collections below: ``collections("elements", Attributes="attributes")``."""
    return (
        own("Self", f"{segment}/{{}}"),
        *(own(name, f"{segment}/{{}}/{below}") for name, below in paths.items()),
    )


def secured(segment: str) -> tuple[Link, ...]:
    """The rights on an object and its entries."""
    return (
        own("Security", f"{segment}/{{}}/security"),
        own("SecurityEntries", f"{segment}/{{}}/securityentries"),
    )


def data(segment: str, value: bool = True) -> tuple[Link, ...]:
    """The data links below ``streams`` or ``streamsets``."""
    verbs = {
        "InterpolatedData": "interpolated",
        "RecordedData": "recorded",
        "PlotData": "plot",
        "SummaryData": "summary",
        "Value": "value",
        "EndValue": "end",
    }
    return tuple(own(name, f"{segment}/{{}}/{verb}") for name, verb in verbs.items() if value or name != "Value")


def links_of(links: tuple[Link, ...], obj: Any, web_id: str, call: Call) -> dict[str, str]:
    found: dict[str, str] = {}
    for link in links:
        if link.target is None:
            found[link.name] = f"{call.base}/{link.path.replace('{}', web_id)}"
            continue
        other = link.target(obj)
        if other is not None and (not isinstance(other, Model) or readable(call.caller, other)):
            where = other if isinstance(other, str) else call.web_id_of(other)
            found[link.name] = f"{call.base}/{link.segment}/{where}{link.below}"
    return found
