"""Random expressions against a tiny interpreter that walks plain Python numbers, one row at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piwebapi.core.errors import BadRequest
from streaming.core.expressions import evaluate, parse
from streaming.core.series import BAD, Series
from tests.streaming.expressions.world import World

ROWS: dict[str, list[float | None]] = {
    "temp": [0.0, 1.0, -2.5, 7.0, None, 3.0],
    "pump": [1.0, None, 2.0, -1.0, None, 0.4],
}
"""None is a bad value."""


class Bench(World):
    def states(self, name: str) -> None:
        return None

    def value(self, name: str, times: np.ndarray) -> Series:
        rows = ROWS[name]
        values = [246.0 if row is None else row for row in rows]
        return Series.of(times.tolist(), values, [BAD if row is None else 0 for row in rows])


Oracle = Callable[[int], float | None]
"""The value at a row, None for bad."""


def _strict(compute: Callable[..., float], *operands: Oracle) -> Oracle:
    def at(row: int) -> float | None:
        values = [operand(row) for operand in operands]
        if None in values:
            return None
        try:
            result = compute(*values)
        except (ZeroDivisionError, OverflowError, ValueError):
            return None
        return float(result) if not isinstance(result, complex) and math.isfinite(result) else None

    return at


def _truth(value: float) -> bool:
    return not -0.5 < value < 0.5


def _logic(word: str, left: Oracle, right: Oracle) -> Oracle:
    def at(row: int) -> float | None:
        a = left(row)
        if a is None:
            return None
        if _truth(a) == (word == "or"):
            return float(word == "or")
        b = right(row)
        return None if b is None else float(_truth(b))

    return at


def _branch(condition: Oracle, chosen: Oracle, otherwise: Oracle) -> Oracle:
    def at(row: int) -> float | None:
        holds = condition(row)
        return None if holds is None else (chosen if _truth(holds) else otherwise)(row)

    return at


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "mod": math.fmod,
    "^": lambda a, b: a**b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}
Pair = tuple[str, Oracle]


def _leaves() -> st.SearchStrategy[Pair]:
    numbers = st.sampled_from(["0", "1", "2", "0.5", ".25", "3", "1e2"])
    names = st.sampled_from(sorted(ROWS))
    return st.one_of(
        numbers.map(lambda text: (text, lambda row: float(text))),
        names.map(lambda name: (f"'{name}'", lambda row: ROWS[name][row])),
    )


def _grown(parts: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    def binary(operator: str, a: Pair, b: Pair) -> Pair:
        return f"({a[0]} {operator} {b[0]})", _strict(BINARY[operator], a[1], b[1])

    return st.one_of(
        st.builds(binary, st.sampled_from(sorted(BINARY)), parts, parts),
        st.builds(
            lambda word, a, b: (f"({a[0]} {word} {b[0]})", _logic(word, a[1], b[1])),
            st.sampled_from(["and", "or"]),
            parts,
            parts,
        ),
        parts.map(lambda a: (f"(-{a[0]})", _strict(lambda x: -x, a[1]))),
        parts.map(lambda a: (f"(not {a[0]})", _strict(lambda x: not _truth(x), a[1]))),
        parts.map(lambda a: (f"BadVal({a[0]})", lambda row: float(a[1](row) is None))),
        st.builds(
            lambda c, a, b: (f"(if {c[0]} then {a[0]} else {b[0]})", _branch(c[1], a[1], b[1])),
            parts,
            parts,
            parts,
        ),
    )


@settings(max_examples=300, deadline=None)
@given(st.recursive(_leaves(), _grown, max_leaves=12))
def test_random_expressions_agree_with_the_interpreter(pair: Pair) -> None:
    text, oracle = pair
    series = evaluate(parse(text), Bench(0, 1, 2, 3, 4, 5)).series
    for row in range(6):
        expected, value = oracle(row), float(series.values[row])
        if series.flags[row] & BAD:
            assert expected is None, (text, row)
        else:
            assert expected is not None, (text, row)
            assert value == pytest.approx(expected, rel=1e-9, abs=1e-300), (text, row)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="'\"()+-*/^<>=.,0159eE abinxortmdTagV\\[]é\n", max_size=60))
def test_any_text_is_parsed_or_refused_politely(text: str) -> None:
    try:
        parse(text)
    except BadRequest as refused:
        assert refused.messages[0].startswith("The expression is not valid at position ")
