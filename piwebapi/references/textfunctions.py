"""The functions of the String Builder. Positions count from one; lengths beyond the end are cut off."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from .context import BadConfig
from .values import converted, text_of, whole

_NUMBER = re.compile(r"%([-+ 0#]*)(\d*)(?:\.(\d+))?([dieEfgGxXs])")
#: letters of a .NET date format, the longest of each first
_DATE = re.compile(r"y{4}|yy|M{1,4}|d{1,4}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|f{1,6}|tt|'[^']*'")
_STRFTIME = {
    "yyyy": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "dddd": "%A", "ddd": "%a", "dd": "%d",
    "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "tt": "%p",
}  # fmt: skip
_SHORT = {"M": "%m", "d": "%d", "H": "%H", "h": "%I", "m": "%M", "s": "%S"}  # without the leading zero


def left(text: object, length: object) -> str:
    return text_of(text)[: _count(length)]


def right(text: object, length: object) -> str:
    count = _count(length)
    return text_of(text)[-count:] if count else ""


def mid(text: object, start: object, length: object = None) -> str:
    first = max(_count(start) - 1, 0)
    return text_of(text)[first : None if length is None else first + _count(length)]


def replace(text: object, old: object, new: object) -> str:
    return text_of(text).replace(text_of(old), text_of(new)) if text_of(old) else text_of(text)


def formatted(value: object, pattern: object) -> str:
    """Numbers by one ``%8.3f`` as in C, with text around it; points in time (UTC) by ``yyyy-MM-dd
    HH:mm:ss``."""
    text = text_of(pattern)
    if isinstance(value, datetime):
        return _DATE.sub(lambda found: _date_part(value, found[0]), text)
    found = _NUMBER.search(text)
    if found is None:
        raise BadConfig(f"The function FORMAT does not understand '{text}'.")
    try:
        number: Any = text_of(value) if found[4] == "s" else converted(value, "Double")
        if found[4] in "dixX":
            number = whole(number)
        return text.replace(found[0], found[0] % number, 1).replace("%%", "%") if number is not None else ""
    except ValueError:
        raise BadConfig(f"The function FORMAT takes a number, not '{text_of(value)}'.") from None


def _date_part(value: datetime, letters: str) -> str:
    if letters[0] == "'":
        return letters[1:-1]
    if letters[0] == "f":
        return f"{value.microsecond:06d}"[: len(letters)]
    if letters in _SHORT:
        return value.strftime(_SHORT[letters]).lstrip("0") or "0"
    return value.strftime(_STRFTIME[letters])


def _count(value: object) -> int:
    try:
        count = whole(value)
    except ValueError:
        raise BadConfig(f"A length or position is not a number: '{text_of(value)}'.") from None
    if count < 0:
        raise BadConfig(f"A length or position is negative: {count}.")
    return count


#: name to function and the numbers of arguments that it takes
FUNCTIONS: dict[str, tuple[Callable[..., str], tuple[int, ...]]] = {
    "LEFT": (left, (2,)),
    "RIGHT": (right, (2,)),
    "MID": (mid, (2, 3)),
    "UCASE": (lambda text: text_of(text).upper(), (1,)),
    "LCASE": (lambda text: text_of(text).lower(), (1,)),
    "TRIM": (lambda text: text_of(text).strip(), (1,)),
    "LTRIM": (lambda text: text_of(text).lstrip(), (1,)),
    "RTRIM": (lambda text: text_of(text).rstrip(), (1,)),
    "REPLACE": (replace, (3,)),
    "FORMAT": (formatted, (2,)),
}
