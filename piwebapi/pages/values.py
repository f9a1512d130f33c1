"""Values of streams as people read them. `static/site/format.js` does the same for live values."""

from __future__ import annotations

import math
from typing import Any


def shown(value: Any, digits: int = -5) -> str:
    """`digits` as in DisplayDigits: decimals, or if negative so many significant digits."""
    if value is None or value == "":
        return "-"
    if isinstance(value, dict):
        if "Errors" in value:
            return "; ".join(map(str, value["Errors"]))
        return str(value.get("Name", value.get("Value", "-")))
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, int | float):
        return number(float(value), digits)
    if isinstance(value, list):
        return ", ".join(shown(item, digits) for item in value)
    return str(value)


def number(value: float, digits: int) -> str:
    if not math.isfinite(value):
        return "-"
    if digits >= 0:
        return f"{value:,.{digits}f}"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    whole = math.floor(math.log10(abs(value))) + 1
    return f"{value:,.{min(12, max(0, -digits - whole))}f}"


def quality(value: dict[str, Any]) -> str:
    """Good, Questionable, Substituted or Bad; the worst that holds."""
    if not value.get("Good", False):
        return "Bad"
    if value.get("Questionable"):
        return "Questionable"
    return "Substituted" if value.get("Substituted") else "Good"
