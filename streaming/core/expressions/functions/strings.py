"""Functions of texts. Source: PI Server documentation, PE string functions.

Characters are counted from 1. A digital state stands for its name; any other value that is not a text, and
a count below zero, fails the row. Cost: a Python call per row.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from streaming.core.expressions.columns import (
    FAILED,
    Column,
    Kind,
    as_number,
    as_text,
    constant,
    elementwise,
    failure,
    number,
    spoiled,
)
from streaming.core.expressions.context import Context
from streaming.core.expressions.functions.signature import Function, Role

MAX_TEXT = 10_000
"""Characters that Concat may produce, so that nesting it cannot fill the memory."""


def _to_text(change: Callable[[str], str]) -> Callable[[Context, Column], Column]:
    def run(context: Context, s: Column) -> Column:
        words = as_text(s)
        return Column(Kind.OBJECT, elementwise(change, words), spoiled(words))

    return run


def _length(context: Context, s: Column) -> Column:
    words = as_text(s)
    return number(elementwise(len, words).astype(np.float64), spoiled(words))


def _concat(context: Context, *parts: Column) -> Column:
    words = [as_text(part) for part in parts]
    joined = elementwise(lambda *texts: "".join(texts)[:MAX_TEXT], *words)
    return Column(Kind.OBJECT, joined, spoiled(*words))


def _cut(slice_of: Callable[[str, int, int], str], s: Column, first: Column, count: Column) -> Column:
    words, starts, counts = as_text(s), _whole(first, 1), _whole(count, 0)
    return Column(Kind.OBJECT, elementwise(slice_of, words, starts, counts), spoiled(words, starts, counts))


def _whole(column: Column, least: int) -> Column:
    """Numbers cut to whole ones, as Python ints; below ``least`` they fail. Capped, a text is shorter."""
    given = as_number(column)
    small = given.values < least
    whole = np.trunc(np.clip(np.nan_to_num(given.values), least, 2.0**31)).astype(np.int64).astype(np.object_)
    return Column(Kind.OBJECT, whole, np.where((given.bad != 0) | small, FAILED, 0).astype(np.int32))


def _left(context: Context, s: Column, count: Column) -> Column:
    return _cut(lambda word, _, n: word[:n], s, constant(1), count)


def _right(context: Context, s: Column, count: Column) -> Column:
    return _cut(lambda word, _, n: word[max(len(word) - n, 0) :], s, constant(1), count)


def _mid(context: Context, s: Column, first: Column, count: Column | None = None) -> Column:
    whole = constant(float("inf")) if count is None else count
    return _cut(lambda word, at, n: word[at - 1 : at - 1 + n], s, first, whole)


def _in_string(context: Context, *arguments: Column) -> Column:
    """InStr([start,] s1, s2 [, caseSensitive]): where s2 first stands in s1, 0 for nowhere."""
    first = arguments[0].kind is Kind.NUMBER
    start, rest = (arguments[0], arguments[1:]) if first else (constant(1), arguments)
    if not 2 <= len(rest) <= 3:
        return failure()
    sensitive = as_number(rest[2] if len(rest) == 3 else constant(0))
    given = (as_text(rest[0]), as_text(rest[1]), _whole(start, 1), sensitive)
    return number(elementwise(_position, *given).astype(np.float64), spoiled(*given))


def _position(word: str, part: str, start: int, sensitive: float) -> int:
    if not sensitive:
        word, part = word.lower(), part.lower()
    return word.find(part, start - 1) + 1


_VALUE = (Role.VALUE,)

FUNCTIONS = (
    Function("Len", _length, _VALUE, 1),
    Function("Concat", _concat, _VALUE, 1, repeats=True),
    Function("Left", _left, _VALUE * 2, 2),
    Function("Right", _right, _VALUE * 2, 2),
    Function("Mid", _mid, _VALUE * 3, 2),
    Function("UCase", _to_text(str.upper), _VALUE, 1),
    Function("LCase", _to_text(str.lower), _VALUE, 1),
    Function("Trim", _to_text(str.strip), _VALUE, 1),
    Function("InStr", _in_string, _VALUE * 4, 2),
)
