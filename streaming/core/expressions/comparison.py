"""The relations < <= > >= = <> and ``in``, on columns.

Source: PI Server documentation, "Comparing operands of different types" and "Comparing the value of digital
and numeric points to strings". The rules, in order:

* A digital state is compared by its number with a "text" that names a state of the same set.
* Any stream can be asked for a SYSTEM state: ``'sinusoid' = "Shutdown"`` or ``= DigState("Shutdown")`` is
  true where that state stands, and false, not failed, in all other rows.
* Any other bad operand fails the row.
* Operands of different types are never equal and never ordered: <> is 1, everything else 0.
* Texts are compared without regard to case.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streaming.core.expressions.columns import (
    Codes,
    Column,
    Kind,
    as_objects,
    elementwise,
    spoiled,
    truths,
)
from streaming.core.expressions.operators import logic
from streaming.core.states import system_code

_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}

RELATIONS = frozenset(_RELATIONS)


def compare(relation: str, left: Column, right: Column) -> Column:
    if _is_word(left) and not _is_word(right):
        relation, left, right = _MIRRORED[relation], right, left
    known = _with_state(relation, left, right)
    if known is not None:
        return known
    if left.kind is right.kind is not Kind.OBJECT and left.states == right.states:
        values = _RELATIONS[relation](left.values, right.values)
        return truths(values, spoiled(left, right))
    return _mixed(relation, left, right)


def _is_word(column: Column) -> bool:
    """A text, or a system state made by DigState: what a stream may be compared with by name."""
    return column.kind is Kind.OBJECT or column.is_system_state


def _with_state(relation: str, stream: Column, word: Column) -> Column | None:
    """The comparison with one state, given by name; None when no state is meant."""
    if stream.kind is Kind.OBJECT or len(word.values) != 1:
        return None
    if word.is_system_state:
        return _with_system_state(relation, stream, word.bad) if relation in ("=", "<>") else None
    name = word.values[0]
    if not isinstance(name, str) or (word.bad != 0).any():
        return None
    code = _state_code(stream, name)
    if code is not None:
        return truths(_RELATIONS[relation](stream.values, float(code)), spoiled(stream))
    system = system_code(name)
    if system is None or relation not in ("=", "<>"):
        return None
    return _with_system_state(relation, stream, np.full(1, system, dtype=np.int32))


def _with_system_state(relation: str, stream: Column, code: Codes) -> Column:
    same = stream.bad == code
    return truths(same if relation == "=" else ~same)


def _state_code(stream: Column, name: str) -> int | None:
    wanted = name.strip().casefold()
    for code, label in (stream.states or {}).items():
        if label.casefold() == wanted:
            return code
    return None


def _mixed(relation: str, left: Column, right: Column) -> Column:
    """Row by row on Python objects: slow (0.6 us a row), for texts and for columns of several types."""
    ordered = _RELATIONS[relation]
    unlike = relation == "<>"

    def holds(a: object, b: object) -> bool:
        if isinstance(a, str) and isinstance(b, str):
            return bool(ordered(a.casefold(), b.casefold()))
        alike = any(isinstance(a, sort) and isinstance(b, sort) for sort in (float, int))
        return bool(ordered(a, b)) if alike else unlike

    values: NDArray[np.object_] = elementwise(holds, as_objects(left), as_objects(right))
    return truths(values.astype(np.bool_), spoiled(left, right))


def within(left: Column, low: Column, high: Column) -> Column:
    """Both ends belong to the range."""
    return logic("and", compare(">=", left, low), lambda: compare("<=", left, high))


def among(left: Column, options: tuple[Column, ...]) -> Column:
    found = compare("=", left, options[0])
    for option in options[1:]:
        found = logic("or", found, partial(compare, "=", left, option))
    return found
