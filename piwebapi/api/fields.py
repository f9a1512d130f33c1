"""Fields: how a property of the wire is read from an object and written to it.

A field has a wire name, a reader and, where clients may write it, the name of the keyword that the
services take. Loaders check types and refuse with a sentence that names the property.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from piwebapi.core.errors import BadRequest
from piwebapi.core.times import format_ticks

from .resource import Call

Read = Callable[[Any, Call], Any]
Load = Callable[[Any, str], Any]

#: Severity by rank; also the order of comparison.
SEVERITIES = ("None", "Information", "Warning", "Minor", "Major", "Critical")


@dataclass(frozen=True)
class Field:
    """`write` is the keyword of the services; empty = read-only. `on`: create, update or both."""

    wire: str
    read: Read
    write: str = ""
    load: Load | None = None
    on: tuple[str, ...] = ("create", "update")
    required: bool = False
    #: the default that stands for null in a body (clients send null for "nothing")
    neutral: Any = None
    #: only dumped when this association is asked for, else null
    association: str = ""


# -- loaders -----------------------------------------------------------------------------------


def load_text(value: Any, wire: str) -> str:
    if not isinstance(value, str):
        raise BadRequest(f"{wire} must be a text.")
    if "\x00" in value:
        raise BadRequest(f"{wire} must not contain the character NUL.")
    return value


def load_flag(value: Any, wire: str) -> bool:
    if not isinstance(value, bool):
        raise BadRequest(f"{wire} must be true or false.")
    return value


def load_integer(value: Any, wire: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise BadRequest(f"{wire} must be a whole number.")
    if abs(value) >= 2**31:
        raise BadRequest(f"{wire} must fit 32 bits.")
    return int(value)


def load_number(value: Any, wire: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRequest(f"{wire} must be a number.")
    return float(value)


def load_names(value: Any, wire: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadRequest(f"{wire} must be a list of texts.")
    return value


def load_object(value: Any, wire: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(f"{wire} must be an object.")
    return value


def load_properties(value: Any, wire: str) -> dict[str, Any]:
    """Names with ``{"Value": ...}``, as generated clients read them."""
    for name, inner in load_object(value, wire).items():
        if not isinstance(inner, dict) or set(inner) != {"Value"}:
            raise BadRequest(f"{wire}: '{name}' must be an object such as {{\"Value\": 1}}.")
    return dict(value)


def load_any(value: Any, wire: str) -> Any:
    return value


_DURATION = re.compile(r"-?P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")


def load_duration(value: Any, wire: str) -> str:
    """ISO 8601: ``PT5S``, ``P1DT2H``."""
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise BadRequest(f"{wire} must be a duration such as PT5S.")
    return value


def load_severity(value: Any, wire: str) -> int:
    ranks = {name.lower(): rank for rank, name in enumerate(SEVERITIES)}
    if not isinstance(value, str) or value.lower() not in ranks:
        raise BadRequest(f"{wire} must be one of {', '.join(SEVERITIES)}.")
    return ranks[value.lower()]


#: for read-only fields a loader only tells the type
_LOADERS: dict[type, Load] = {str: load_text, bool: load_flag, int: load_integer, float: load_number, list: load_names}


# -- kinds of field ----------------------------------------------------------------------------


def _reader(source: str) -> Read:
    get = attrgetter(source)

    def read(obj: Any, call: Call) -> Any:
        return get(obj)

    return read


def _optional_reader(source: str, missing: Any) -> Read:
    """Follows relations that may be null: ``template.name``."""
    names = source.split(".")

    def read(obj: Any, call: Call) -> Any:
        for name in names:
            obj = getattr(obj, name)
            if obj is None:
                return missing
        return obj

    return read


def text(wire: str, source: str, write: str | None = None, **more: Any) -> Field:
    return Field(wire, _reader(source), source if write is None else write, load_text, **{"neutral": "", **more})


def flag(wire: str, source: str, write: str | None = None, **more: Any) -> Field:
    return Field(wire, _reader(source), source if write is None else write, load_flag, **{"neutral": False, **more})


def integer(wire: str, source: str, write: str | None = None, **more: Any) -> Field:
    return Field(wire, _reader(source), source if write is None else write, load_integer, **more)


def number(wire: str, source: str, write: str | None = None, **more: Any) -> Field:
    return Field(wire, _reader(source), source if write is None else write, load_number, **more)


def duration(wire: str, source: str) -> Field:
    return Field(wire, _reader(source), source, load_duration, neutral="PT0S")


def properties(wire: str, source: str) -> Field:
    return Field(wire, _reader(source), source, load_properties, neutral={})


def names(wire: str, source: str) -> Field:
    """Names that are kept as they are, without objects behind them."""
    return Field(wire, _reader(source), source, load_names, neutral=[])


def related(wire: str, source: str, write: str = "", **more: Any) -> Field:
    """The name of a related object that may be absent (then an empty text)."""
    return Field(wire, _optional_reader(source, ""), write, load_text, **{"neutral": "", **more})


def severity(wire: str, source: str) -> Field:
    get = attrgetter(source)

    def read(obj: Any, call: Call) -> str:
        return SEVERITIES[get(obj)]

    return Field(wire, read, source, load_severity, neutral=0)


def ticks(wire: str, source: str) -> Field:
    get = attrgetter(source)

    def read(obj: Any, call: Call) -> str:
        return format_ticks(get(obj))

    return Field(wire, read, load=load_text)


def computed(wire: str, read: Read, write: str = "", load: Load | None = None, **more: Any) -> Field:
    return Field(wire, read, write, load, **more)


def constant(wire: str, value: Any) -> Field:
    def read(obj: Any, call: Call) -> Any:
        return value

    return Field(wire, read, load=_LOADERS.get(type(value)))


def _categories(obj: Any, call: Call) -> list[str]:
    """What a list has prefetched is taken as it is: asking for it through a manager costs 0.1 ms per object."""
    known = getattr(obj, "_prefetched_objects_cache", {}).get("categories")
    return sorted(category.name for category in (obj.categories.all() if known is None else known))


CATEGORIES = Field("CategoryNames", _categories, "category_names", load_names, neutral=[])
NAME = Field("Name", _reader("name"), "name", load_text, required=True)
DESCRIPTION = Field("Description", _reader("description"), "description", load_text, neutral="")


# -- bodies ------------------------------------------------------------------------------------

#: Members of every object that clients may send back; the server decides them.
SERVER_SIDE = frozenset({"webid", "id", "path", "paths", "links", "webexception", "errors", "security"})


def load(
    body: Any, fields: Iterable[Field], verb: str, also_known: Iterable[str] = (), partial: bool = False
) -> dict[str, Any]:
    """Keywords for a service out of a JSON body.

    Names count whatever their case. Read-only members are ignored, so that an object which was read
    can be sent back; unknown ones are refused together. With `partial` nothing is required.
    """
    if not isinstance(body, Mapping):
        raise BadRequest("The body must be a JSON object.")
    known = {field.wire.lower(): field for field in fields}
    ignorable = SERVER_SIDE | {name.lower() for name in also_known}
    unknown = [name for name in body if name.lower() not in known and name.lower() not in ignorable]
    faults = [f"Unknown member: {name}." for name in unknown]
    values: dict[str, Any] = {}
    for name, value in body.items():
        field = known.get(name.lower())
        if field is None or not field.write or verb not in field.on or field.load is None:
            continue
        if value is None:
            if not field.required:
                values[field.write] = field.neutral
            continue
        try:
            values[field.write] = field.load(value, field.wire)
        except BadRequest as error:
            faults += error.messages
    if not partial:
        faults += [
            f"{field.wire} is required."
            for field in known.values()
            if field.required and verb in field.on and field.write not in values
        ]
    if faults:
        raise BadRequest(*faults)
    return values
