"""Which streams the quoted names of an expression mean, seen from the target of a calculation.

Source: PI Web API reference, topic performance equations:

    no target        ``'\\\\PISRV\\sinusoid'``, ``'\\\\AF\\Db\\Element|Attribute'`` (these work with every target)
    data server      ``'sinusoid'``
    asset server     ``'Db\\Root\\Child|Attribute'``
    asset database   ``'Root\\Child|Attribute'``
    element          ``'Attribute'``, ``'Attribute|Child'``, ``'.\\Child|Attribute'``
    event frame      ``'Attribute'``; ``'.\\Child|Attribute'`` from its primary element
    attribute        ``'.'`` itself, ``'Child'``, ``'..|Sibling'``
    point (ours)     ``'.'`` itself, ``'sinusoid'`` of the same data server
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piwebapi.access import allowed, find_by_path, find_each_by_path
from piwebapi.callers import Caller
from piwebapi.core.errors import ApiError, BadRequest
from piwebapi.core.webid import fold
from piwebapi.models import OwnedAttribute, Point
from piwebapi.references.context import Unresolved
from piwebapi.references.relative import Place, locate
from streaming.core.expressions import Expression
from streaming.streams import Stream, streams_of

MOST_NAMES = 100
#: of all targets together
MOST_PATHS = 1_000

Bound = dict[str, Stream]


def bind(expression: Expression, target: Any | None, caller: Caller) -> dict[str, Stream]:
    """The streams by their names as written. A name that means none is left out: it may be a time.

    Queries: one or two per name, and those of `streams_of` once for all.
    """
    found = {name: _named(name, target, caller) for name in _names(expression)}
    known = {name: obj for name, obj in found.items() if obj is not None}
    return dict(zip(known, streams_of(list(known.values())), strict=True))


def bind_each(expression: Expression, targets: Sequence[Point | OwnedAttribute], caller: Caller) -> list[Bound]:
    """For each of many points and attributes the streams that the names mean besides the target itself. All are
    looked up together; a variable that the first target does not know is refused before the others are tried."""
    names = [name for name in _names(expression) if name != "."]
    if not names:
        return [{} for _ in targets]
    for name in sorted(set(expression.variables) - bind(expression, targets[0], caller).keys()):
        raise BadRequest(f"'{name}' is not known here.")
    places = [{name: path for name in names if (path := _path_or_none(name, target))} for target in targets]
    paths = list(dict.fromkeys(path for place in places for path in place.values()))
    if len(paths) > MOST_PATHS:
        raise BadRequest(f"The expression names {len(paths)} streams; the maximum allowed is {MOST_PATHS}.")
    objects = find_each_by_path(caller, paths, "Point", "Attribute", right="read_data")
    there = {path: obj for path, obj in zip(paths, objects, strict=True) if not isinstance(obj, ApiError)}
    streams = dict(zip(there, streams_of(list(there.values())), strict=True))
    return [{name: streams[path] for name, path in place.items() if path in streams} for place in places]


def _names(expression: Expression) -> list[str]:
    names = list(dict.fromkeys((*expression.variables, *expression.times)))
    if len(names) > MOST_NAMES:
        raise BadRequest(f"The expression has {len(names)} names; the maximum allowed is {MOST_NAMES}.")
    return names


def _path_or_none(name: str, target: Any) -> str | None:
    try:
        return _path(name, target)
    except (ApiError, Unresolved):
        return None


def _named(name: str, target: Any | None, caller: Caller) -> Any | None:
    if name == "." and target is not None and target.KIND in ("Attribute", "Point"):
        return target
    try:
        if not name.startswith("\\\\") and target is not None and target.KIND == "EventFrame" and "\\" not in name:
            attribute = target.attributes.filter(trail_key=fold(name.removeprefix("|"))).first()
            return attribute and allowed(caller, attribute, "read_data")
        path = _path(name, target)
        return find_by_path(caller, path, "Point", "Attribute", right="read_data") if path else None
    except (ApiError, Unresolved):
        return None


def _path(name: str, target: Any | None) -> str | None:
    """The absolute path that a name stands for, or None."""
    if name.startswith("\\\\"):
        return name
    bare = name.removeprefix("\\")
    match target.KIND if target is not None else "":
        case "DataServer" | "AssetServer":
            return f"\\\\{target.name}\\{bare}"
        case "Point":
            return f"\\\\{target.server.name}\\{name}"
        case "AssetDatabase":
            return f"{target.full_path}\\{bare}"
        case "Element":
            # seen from a (made up) attribute of the element, whose siblings the bare names are
            return _absolute(target.database, locate(name, tuple(target.path.split("\\")), (".",)))
        case "EventFrame" if target.primary_element is not None:
            elements = tuple(target.primary_element.path.split("\\"))
            return _absolute(target.database, locate(name, elements, (".",)))
        case "Attribute":
            return _beside(name, target)
    return None


def _beside(name: str, attribute: Any) -> str:
    """A name without ``..`` and backslash is that of a child."""
    child = "\\" not in name and not name.startswith(("..", "|"))
    trail = tuple(attribute.trail.split("|"))
    seen = f".|{name.removeprefix('.').removeprefix('|')}" if child else name
    owner = getattr(attribute, "element", None)
    if owner is None:  # of an event frame, whose own path stands before the bar
        place = locate(seen, (attribute.frame.name,), trail)
        return f"{attribute.frame.full_path}|{'|'.join(place.attributes)}"
    return _absolute(owner.database, locate(seen, tuple(owner.path.split("\\")), trail))


def _absolute(database: Any, place: Place) -> str:
    server = place.server or database.server.name
    return f"\\\\{server}\\{place.database or database.name}\\{place.path}"
