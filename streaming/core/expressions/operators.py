"""Arithmetic and logic on columns. A comparison is in `comparison`.

Source: PI Server documentation, performance equation operators. A bad operand fails the row, and so does
what has no answer (division by zero, the root of a negative, a text where a number is needed): the row is
Calc Failed, nothing is ever raised. True is 1 and false is 0; a number is true when it does not round to 0.
Times: time + seconds, time - seconds, time - time = seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from piwebapi.core.ticks import MAX_TICKS, MIN_TICKS
from streaming.core.expressions.columns import (
    FAILED,
    GOOD,
    Codes,
    Column,
    Kind,
    as_number,
    as_objects,
    failure,
    marked,
    number,
    spoiled,
    truths,
)
from streaming.core.series import SECOND, Mask

_ARITHMETIC: dict[str, Callable[..., NDArray[Any]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "mod": np.fmod,  # 17 mod 3 is 2, -17 mod 3 is -2: the remainder has the sign of the left operand
}


def finite(values: NDArray[Any], bad: Codes) -> Column:
    """Numbers, of which those that are not finite have failed."""
    fits = np.isfinite(values)
    return number(values, bad if fits.all() else np.where((bad == 0) & ~fits, FAILED, bad))


def arithmetic(operator: str, left: Column, right: Column) -> Column:
    if Kind.TIME in (left.kind, right.kind):
        return _time_arithmetic(operator, left, right)
    x, y = as_number(left), as_number(right)
    values = _ARITHMETIC[operator](x.values, y.values)
    return finite(values, spoiled(x, y))


def _time_arithmetic(operator: str, left: Column, right: Column) -> Column:
    if operator == "-" and left.kind is right.kind:
        return number((left.values - right.values) / SECOND, spoiled(left, right))
    if operator == "+" and left.kind is not Kind.TIME:
        left, right = right, left
    if operator not in "+-" or right.kind is Kind.TIME:
        return failure()
    seconds = as_number(right)
    signed = seconds.values if operator == "+" else -seconds.values
    return shifted(left, signed, spoiled(left, seconds))


def shifted(time: Column, seconds: NDArray[np.float64], bad: Codes) -> Column:
    """A time outside of the calendar fails."""
    ticks = np.rint(seconds * SECOND)
    about = time.values + ticks
    fits = (about >= MIN_TICKS) & (about <= MAX_TICKS)
    values = time.values + np.where(fits, ticks, 0.0).astype(np.int64)
    return Column(Kind.TIME, values, np.where((bad == 0) & ~fits, FAILED, bad))


def negation(operand: Column) -> Column:
    x = as_number(operand)
    return number(-x.values, spoiled(x))


def truth(column: Column) -> tuple[Mask, Codes]:
    x = as_number(column)
    return np.abs(x.values) >= 0.5, spoiled(x)


def complement(operand: Column) -> Column:
    holds, bad = truth(operand)
    return truths(~holds, bad)


def logic(operator: str, left: Column, right: Callable[[], Column]) -> Column:
    """and, or, xor, read from left to right: where a good left operand decides, the right one is not asked.

    So ``BadVal('a') or 'a' > 5`` is true where 'a' is bad. When the left one decides in every row, the
    right one is not even computed.
    """
    a, a_bad = truth(left)
    open_rows = {"and": a, "or": ~a}.get(operator, np.ones(1, dtype=np.bool_))
    if a_bad is GOOD and not open_rows.any():
        return truths(a)
    b, b_bad = truth(right())
    values = {"and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor}[operator](a, b)
    if a_bad is GOOD and b_bad is GOOD:
        return truths(values)
    return truths(values, marked((a_bad != 0) | (open_rows & (b_bad != 0))))


def choice(condition: Column, chosen: Column, otherwise: Column) -> Column:
    """Row by row one of two columns, with its own state where it is bad; a bad condition fails the row."""
    holds, failed = truth(condition)
    chosen, otherwise = _alike(chosen, otherwise)
    values = np.where(holds, chosen.values, otherwise.values)
    bad = GOOD
    if not (chosen.bad is GOOD and otherwise.bad is GOOD and failed is GOOD):
        bad = np.where(failed != 0, failed, np.where(holds, chosen.bad, otherwise.bad))
    return Column(chosen.kind, values, bad, chosen.states)


def _alike(one: Column, other: Column) -> tuple[Column, Column]:
    """Two columns of one kind: a column that is bad throughout takes any, else Python objects hold both."""
    if one.kind is other.kind and one.states == other.states:
        return one, other
    if bool((other.bad != 0).all()):
        return one, _emptied(other, one)
    if bool((one.bad != 0).all()):
        return _emptied(one, other), other
    return as_objects(one), as_objects(other)


def _emptied(column: Column, model: Column) -> Column:
    return Column(model.kind, np.zeros(1, dtype=model.values.dtype), column.bad, model.states)
