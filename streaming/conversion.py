"""What clients send as a value becomes what is kept: numbers, states, texts and times, by the type of the stream.

BadRequest for what cannot be one. Source: PI Web API reference, value-types; AF SDK reference, AFValue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np
from django.utils import timezone

from piwebapi.core.errors import BadRequest
from piwebapi.core.times import format_ticks, parse_time
from piwebapi.models import OwnedAttribute, Point
from streaming.core.states import system_code

INTEGERS = {
    "Byte": range(2**8),
    "Int16": range(-(2**15), 2**15),
    "Int32": range(-(2**31), 2**31),
    "Int64": range(-(2**63), 2**63),
}
#: kept with 32 bits
NARROW = ("Float16", "Float32", "Single")
#: what is rounded to infinity; the greatest number is told as 3.4028235e38, which is a little more than it is
TOO_WIDE = (2 - 2**-24) * 2.0**127
#: what the Data Archive reserves
SYSTEM_CODES = range(193, 321)
_CODE = re.compile(r"\s*-?[0-9]{1,10}\s*")
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,30}\s*")
_NUMBER = re.compile(r"\s*[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf(?:inity)?)\s*", re.I)


def truth(given: Mapping[str, Any], name: str) -> bool:
    value = given.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadRequest(f"{name.capitalize()} must be true or false.")
    return bool(value)


def is_bad(given: Mapping[str, Any]) -> bool:
    """`Good` as the vendor's samples write it, too: as a text."""
    return str(given.get("good")).lower() == "false"


def plain_text(raw: Any) -> str:
    if isinstance(raw, dict | list) or raw is None:
        raise BadRequest("Value must be a text.")
    return str(raw)


def system_state(raw: Any, point: Point, states: Mapping[str, int]) -> int | None:
    """A state object of the SYSTEM set; but for texts also the name of such a state, unless the point's own set, whose
    names `states` has, knows it."""
    if isinstance(raw, Mapping) and {name.lower(): item for name, item in raw.items()}.get("issystem"):
        return state(raw, {})
    if isinstance(raw, str) and point.point_type != "String" and raw.lower() not in states:
        return system_code(raw)
    return None


def state(raw: Any, states: Mapping[str, int]) -> int:
    """A state by its object, its name or its code."""
    if isinstance(raw, Mapping):
        given = {name.lower(): item for name, item in raw.items()}
        raw = given["name"] if given.get("name") else given.get("value")
        if given.get("issystem"):
            code = system_code(raw) if isinstance(raw, str) else _whole(raw)
            if code is None or code not in SYSTEM_CODES:
                raise BadRequest(f"'{_short(raw)}' is no state of the SYSTEM set.")
            return code
    if isinstance(raw, str) and raw.lower() in states:
        return states[raw.lower()]
    code = _whole(raw)
    if code is not None and code in states.values():
        return code
    raise BadRequest(f"'{_short(raw)}' is no state of the point's digital set.")


def _whole(raw: Any) -> int | None:
    """A code that is told as a number or a text."""
    if isinstance(raw, str):
        return int(raw) if _CODE.fullmatch(raw) else None
    return int(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) and raw % 1 == 0 else None


def _short(raw: Any) -> str:
    text = str(raw)
    return text if len(text) <= 100 else f"{text[:100]}..."


def number(raw: Any, kind: str) -> float:
    """A finite number of a point type or attribute type, rounded to what that holds."""
    given = _given(raw, kind)
    if kind in INTEGERS:
        return float(integer(given, kind))
    if kind in NARROW:
        if abs(given) >= TOO_WIDE:
            raise BadRequest(f"{raw} does not fit {kind}.")
        return float(np.float32(given))
    return float(given)


def integer(raw: Any, kind: str) -> int:
    """The nearest integer, of halves the even one, to the last digit."""
    given = int(raw) if isinstance(raw, int) or _is_whole(raw) else round(_given(raw, kind))
    if given not in INTEGERS[kind]:
        raise BadRequest(f"{_short(raw)} does not fit {kind}.")
    return given


def _is_whole(raw: Any) -> bool:
    return isinstance(raw, str) and _WHOLE.fullmatch(raw) is not None


def _given(raw: Any, kind: str) -> float:
    if isinstance(raw, str):
        if not _NUMBER.fullmatch(raw):
            raise BadRequest(f"'{_short(raw)}' cannot be converted to {kind}.")
        raw = float(raw)
    if not isinstance(raw, int | float):
        raise BadRequest(f"The value cannot be converted to {kind}.")
    if not np.isfinite(float(raw)):
        raise BadRequest(f"'{raw}' is no number that can be stored.")
    return raw


def static_value(target: OwnedAttribute, raw: Any, now: int) -> Any:
    """JSON of the attribute's type."""
    kind = target.type
    if kind == "EnumerationValue" and target.enumeration_set is not None:
        rows = target.enumeration_set.values.values_list("name", "value")
        return state(raw, {name.lower(): value for name, value in rows})
    if not kind.endswith("Array"):
        return _plain_value(kind, raw, now)
    if not isinstance(raw, list):
        raise BadRequest(f"Value must be an array, for the attribute is of the type {kind}.")
    return [_plain_value(kind.removesuffix("Array"), item, now) for item in raw]


def _plain_value(kind: str, raw: Any, now: int) -> Any:
    if kind in INTEGERS:
        return integer(raw, kind)
    if kind in ("Single", "Double"):
        return number(raw, kind)
    if kind == "Boolean":
        if isinstance(raw, str) and raw.lower() in ("true", "false"):
            return raw.lower() == "true"
        if not isinstance(raw, bool | int):
            raise BadRequest("Value must be true or false.")
        return bool(raw)
    if kind == "DateTime":
        return format_ticks(moment(raw, now))
    if kind == "Guid":
        try:
            return str(UUID(plain_text(raw)))
        except ValueError:
            raise BadRequest(f"'{_short(raw)}' is no Guid.") from None
    return plain_text(raw) if kind == "String" else raw


def moment(raw: Any, now: int) -> int:
    return parse_time(plain_text(raw), now=now, zone=timezone.get_default_timezone(), name="Value")
