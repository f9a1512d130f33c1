"""No values make the engine raise, whatever the function: a row is good, or it is bad with a state code."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.core.expressions import Kind, evaluate, parse
from streaming.core.expressions.functions import FUNCTIONS
from streaming.core.expressions.functions.signature import Function, Role
from streaming.core.series import BAD
from tests.streaming.expressions.world import World

VALUES = [
    *("0", "1", "-1", "2.5", "1e308", "-1e308", "1e-308", "(1/0)", "True", "NoOutput()"),
    *('"a"', '"2.5"', '""', '"Running"', '"Shutdown"', '"*-1h"', '"q"', 'DigState("No Data")'),
    *("'temp'", "'pump'", "'name'", "'when'", "'open'", "'*'", "'y'", "'+3h'", "('*' - 6e10)"),
    *("(if 'open' then \"x\" else 5)", "(if 'open' then '*' else 'pump')", "(if 'open' then 1/0 else 2)"),
]
TIMES = ["'*'", "'y'", '"*-3h"', "'when'", "'-1h'", "'+2h'", "Bod('*')", '"nonsense"', "('*' + 2e11)", "5"]
OPERATORS = ["+", "-", "*", "/", "^", "mod", "<", "<=", ">", ">=", "=", "<>", "and", "or", "xor"]


def _argument(role: Role) -> st.SearchStrategy[str]:
    if role is Role.TAG:
        return st.sampled_from(["'temp'", "'pump'", "'name'", "'when'", "'open'"])
    return st.sampled_from(VALUES if role is Role.VALUE else TIMES)


def _call(function: Function) -> st.SearchStrategy[str]:
    counts = range(function.least, (4 if function.most is None else function.most) + 1)
    calls = [st.tuples(*(_argument(function.role(place)) for place in range(count))) for count in counts]
    return st.one_of(calls).map(lambda parts: f"{function.name}({', '.join(parts)})")


CALLS = st.sampled_from(sorted(FUNCTIONS)).flatmap(lambda name: _call(FUNCTIONS[name]))
OPERANDS = st.one_of(st.sampled_from(VALUES), CALLS)


def _check(text: str) -> None:
    for hours in ((), (3,), (0, 3, 12, 13, 18, 30)):
        result = evaluate(parse(text), World(*hours))
        values, flags = result.series.values, result.series.flags
        assert len(values) == len(hours)
        assert all(193 <= value <= 320 for value in values[flags == BAD]), text
        if result.kind in (Kind.NUMBER, Kind.STATE):
            assert np.isfinite(values.astype(np.float64)).all(), text


@settings(max_examples=400, deadline=None)
@given(CALLS)
def test_any_function_of_any_values_answers(text: str) -> None:
    _check(text)


@settings(max_examples=400, deadline=None)
@given(OPERANDS, st.sampled_from(OPERATORS), OPERANDS, OPERANDS)
def test_any_operator_on_any_values_answers(left: str, operator: str, right: str, other: str) -> None:
    _check(f"{left} {operator} {right}")
    _check(f"if {left} then {right} else {other}")
    _check(f"({left} in {right}..{other}) or not ({left} in ({right}, {other}))")
