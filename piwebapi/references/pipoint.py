"""The data reference PI Point: which point of which data server.

``\\\\server\\tag;ReadOnly=False;UOM=bar`` or, as the vendor persists it, ``\\\\server?guid\\tag?id``; a tag
without a server is one of the default data server. (Vendor: PI AF, attribute configuration string syntax.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from uuid import UUID

from .context import BadConfig, Context
from .substitution import substitute

NAME = "PI Point"
#: as the service writes the paths of data servers
_SERVER = re.compile(r"PIServers?\[(.+)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PointReference:
    """`server` and `tag` may be empty; `options` have lower-case keys (``timemethod``, ``uom``,
    ``pointtype`` ...)."""

    server: str
    tag: str
    guid: UUID | None = None
    point_id: int | None = None
    options: dict[str, str] = field(default_factory=dict)


def parse(config: str) -> PointReference:
    """A configuration string whose parameters are filled in already. `BadConfig` when it cannot be one."""
    path, *pairs = (piece.strip() for piece in config.split(";"))
    server, guid = "", ""
    if path.startswith("\\\\"):
        server, separator, path = path[2:].partition("\\")
        server, _, guid = server.partition("?")
        if in_collection := _SERVER.fullmatch(server):
            server = in_collection[1]
        if not separator or not server:
            raise BadConfig(f"The data reference '{config}' names no server and tag.")
    tag, _, number = path.partition("?")
    if "\\" in tag:
        raise BadConfig(f"The data reference '{config}' is no path of a point.")
    return PointReference(server, tag.strip(), _guid(config, guid), _number(config, number), _options(config, pairs))


def reference(config: str, context: Context) -> PointReference:
    """Fills in the parameters, then parses. Raises `Unresolved` and `BadConfig`."""
    return parse(substitute(config, context))


def _guid(config: str, text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise BadConfig(f"The data reference '{config}' has a server id that is no GUID.") from None


def _number(config: str, text: str) -> int | None:
    if text and not text.isdecimal():
        raise BadConfig(f"The data reference '{config}' has a point id that is no number.")
    return int(text) if text else None


def _options(config: str, pairs: list[str]) -> dict[str, str]:
    options = {}
    for pair in filter(None, pairs):
        key, equals, value = pair.partition("=")
        if not equals:
            raise BadConfig(f"The data reference '{config}' has an option without a value: '{pair}'.")
        options[key.strip().lower()] = value.strip()
    return options
