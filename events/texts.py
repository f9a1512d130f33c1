"""Values of attributes as the texts of MAP<STRING,STRING>, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from piwebapi.core.webid import fold

WHOLE = ("Byte", "Int16", "Int32", "Int64")


def as_text(value: Any, states: Mapping[int, str]) -> str | None:
    """The state's name for an enumeration, True and False as AF writes them, numbers as in JSON, arrays and objects
    as JSON; None where there is no value."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int) and value in states:
        return states[value]
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str | None, kind: str, states: Mapping[int, str]) -> Any:
    """The value of an attribute of this type; ValueError for a text that is none."""
    if text is None:
        return None
    if kind == "Boolean":
        return {"true": True, "false": False, "1": True, "0": False}[_known(text.strip().lower())]
    if kind in WHOLE or kind in ("Double", "Single"):
        return _number(text, whole=kind in WHOLE)
    if kind == "EnumerationValue":
        return _state(text, states)
    if kind == "DateTime":
        datetime.fromisoformat(text)
        return text
    return json.loads(text) if kind.endswith("Array") else text


def _known(text: str) -> str:
    if text not in ("true", "false", "1", "0"):
        raise ValueError(text)
    return text


def _number(text: str, whole: bool) -> int | float:
    number = float(text)
    if not math.isfinite(number) or abs(number) >= 2**63 and whole:
        raise ValueError(text)
    if not whole:
        return number
    if number != int(number):
        raise ValueError(text)
    return int(text) if text.strip().lstrip("+-").isdecimal() else int(number)


def _state(text: str, states: Mapping[int, str]) -> int:
    for code, name in states.items():
        if fold(name) == fold(text):
            return code
    if (code := int(text)) in states:
        return code
    raise ValueError(text)
