"""What a data reference may ask about the place that it stands in."""

from __future__ import annotations

from typing import Protocol

from piwebapi.core.errors import BadRequest

from .rows import Rows


class BadConfig(BadRequest):
    """A configuration string that cannot be understood; the sentence quotes the place."""


class Unresolved(Exception):
    """Something that a configuration string names is not there, or has no value. One sentence."""


class Context(Protocol):
    """The surroundings of one attribute."""

    @property
    def elements(self) -> tuple[str, ...]:
        """Names from the root element down to the owner; for an event frame those of its primary element."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attribute's trail: its own name last."""

    def text(self, parameter: str) -> str | None:
        """The text for another %parameter%, by its lower-case name (server, system, database, template,
        description, elementdescription, elementid, attributeid, eventframe, starttime ...); None = not
        known."""

    def value(self, path: str) -> object:
        """The value of the attribute at a path relative to this one (`relative.locate`): number, text,
        bool, aware datetime, None. States of an enumeration are given by their name. Raises
        `Unresolved`."""

    def table(self, name: str) -> Rows:
        """The rows of a table of the database. Raises `Unresolved`."""
