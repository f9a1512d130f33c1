"""All functions of the language, by their name in lower case."""

from __future__ import annotations

from streaming.core.expressions.functions import calendar, history, mathematics, quality, strings
from streaming.core.expressions.functions.signature import Function

FUNCTIONS: dict[str, Function] = {
    function.name.lower(): function
    for family in (mathematics, quality, strings, calendar, history)
    for function in family.FUNCTIONS
}
