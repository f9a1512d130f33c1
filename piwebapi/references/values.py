"""Values of attributes and table cells: to text, and to the type that an attribute declares."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

WHOLE = frozenset(("Byte", "Int16", "Int32", "Int64"))
REAL = frozenset(("Single", "Double", "Decimal"))
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
_TRUE, _FALSE = ("true", "1"), ("false", "0")


def text_of(value: object) -> str:
    """How a value reads inside a tag name or a built string, as .NET shows it: 12.0 is ``12``, None is
    nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return iso(value)
    return str(value)


def converted(value: object, type_name: str) -> object:
    """The value as a Python value of the named type; None and types without a rule pass unchanged.

    Numbers come as int or float, ``DateTime`` as an aware datetime (texts without an offset are UTC).
    ValueError when it cannot be read as that type.
    """
    if value is None:
        return None
    if type_name in WHOLE:
        return whole(value)
    if type_name in REAL:
        return float(str(value).strip()) if not isinstance(value, bool | int | float) else float(value)
    if type_name == "Boolean":
        return truth(value)
    if type_name == "DateTime":
        return value if isinstance(value, datetime) else moment(str(value))
    if type_name == "String":
        return text_of(value)
    if type_name == "Guid":
        return str(UUID(str(value)))
    return value


def whole(value: object) -> int:
    """Halves go to the even neighbour, as .NET converts."""
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float):
        return round(value)
    text = str(value).strip()
    return int(text) if text.lstrip("+-").isdecimal() else round(float(text))


def truth(value: object) -> bool:
    if isinstance(value, bool | int | float):
        return bool(value)
    text = str(value).strip().lower()
    if text not in _TRUE + _FALSE:
        raise ValueError(f"'{value}' is neither true nor false")
    return text in _TRUE


def moment(text: str) -> datetime:
    """ISO 8601, with a blank or a ``T``. Offsets that lead out of the years 1 to 9999 end at their
    borders."""
    parsed = datetime.fromisoformat(text.strip())
    if parsed.tzinfo is None:
        return parsed.replace(tzinfo=UTC)
    try:
        return parsed.astimezone(UTC)
    except OverflowError:
        return FIRST if parsed.year < 5000 else LAST


def iso(value: datetime) -> str:
    """``2009-08-11T12:27:44.796Z``: the form in which JSON columns keep points in time."""
    text = value.astimezone(UTC).replace(tzinfo=None) if value.utcoffset() else value.replace(tzinfo=None)
    whole_seconds = text.replace(microsecond=0).isoformat()
    fraction = f"{text.microsecond:06d}".rstrip("0")
    return f"{whole_seconds}.{fraction}Z" if fraction else f"{whole_seconds}Z"
