"""What a resource of a subscription names: one stream, or all that a search finds. Blocking.

"F1DP..."                                         a WebId
"\\\\PIDEMO\\SINUSOID", "\\\\AFDEMO\\ProductionDB\\Plant|Capacity"   a path
{"Search": "Element:{Root:'Plant'} Name:Temperature", "Database": "..."}   attributes, in the language of
                                                  attributes/search; those that appear later join
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from piwebapi.access import allowed, find, find_by_path
from piwebapi.callers import Caller
from piwebapi.core.errors import ApiError, BadRequest
from piwebapi.models import AssetDatabase, Attribute
from piwebapi.queries import attributes, search
from piwebapi.securables import visible
from streaming.streams import streams_of

from .resolve import KINDS, resolve
from .sources import Source, source_of


@dataclass(frozen=True)
class Resolved:
    """`sources` of one resource, or the `fault` because of which there are none."""

    sources: tuple[Source, ...] = ()
    fault: ApiError | None = None
    is_search: bool = False


def resolve_all(caller: Caller, resources: Sequence[Any], now: int, room: int) -> list[Resolved]:
    """One query per kind of object for the WebIds, one or two for each path and search."""
    web_ids = [text for text in map(_web_id, resources) if text]
    by_id = resolve(caller, web_ids)
    found: list[Resolved] = []
    for resource in resources:
        try:
            text = _web_id(resource)
            sources = [by_id[text]] if text else _others(caller, resource, now, room)
            for source in sources:
                if isinstance(source, ApiError):
                    raise source
            found.append(Resolved(tuple(sources), None, _is_search(resource)))  # type: ignore[arg-type]
        except ApiError as fault:
            found.append(Resolved((), fault))
    return found


def _web_id(resource: Any) -> str:
    if isinstance(resource, Mapping):
        resource = resource.get("WebId")
    return resource if isinstance(resource, str) and not resource.startswith("\\") else ""


def _is_search(resource: Any) -> bool:
    return isinstance(resource, Mapping) and "Search" in resource


def _others(caller: Caller, resource: Any, now: int, room: int) -> Sequence[Source | ApiError]:
    path = resource.get("Path") if isinstance(resource, Mapping) else resource
    if isinstance(path, str):
        kinds = ("Attribute",) if "|" in path else KINDS
        return _sources([find_by_path(caller, path, *kinds)])
    if _is_search(resource):
        return searched(caller, resource, now, room)
    raise BadRequest("A resource is a WebId, a path, or an object with WebId, Path, Search or Kind.")


def searched(caller: Caller, resource: Mapping[str, Any], now: int, room: int) -> list[Source]:
    """The attributes that a search finds; more than there is `room` for is refused rather than cut off."""
    text, place = resource["Search"], resource.get("Database")
    if not isinstance(text, str) or not isinstance(place, str):
        raise BadRequest("A search needs the texts Search (a query) and Database (its WebId or path).")
    look_up = find_by_path if place.startswith("\\") else find
    database: AssetDatabase = look_up(caller, place, "AssetDatabase")
    condition = search.conditions(text, search.ATTRIBUTES, database, now)
    rows = attributes.dressed(Attribute.objects.filter(element__database=database)).filter(condition)
    rows = rows.select_related("element__database__server")
    found = list(visible(caller, rows).order_by("name_key", "pk")[: room + 1])
    if len(found) > room:
        raise BadRequest(f"The search finds more streams than this socket may have ({room} more).")
    return _sources([allowed(caller, row, "read_data") for row in found])


def _sources(objects: Sequence[Any]) -> list[Source]:
    return [source_of(stream) for stream in streams_of(objects)]
