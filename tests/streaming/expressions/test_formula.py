"""Configuration strings of the Formula data reference."""

from __future__ import annotations

import pytest

from piwebapi.core.errors import BadRequest
from streaming.core.expressions import FormulaVariable, evaluate, parse_formula
from tests.streaming.expressions.test_parser import shown
from tests.streaming.expressions.world import EVENTS, World


@pytest.mark.parametrize(
    ("config", "paths", "tree"),
    [
        ("A=Heat(2019);[0.5 * A]", {"A": "Heat(2019)"}, "(0.5 * 'A')"),
        (
            "A=Heat;B=Heat(2019);[( 1.0 - (A/B)) * 100]",
            {"A": "Heat", "B": "Heat(2019)"},
            "((1 - ('A' / 'B')) * 100)",
        ),
        (
            "A=Feed Rate;B=..\\Pump's|Flow;[(1000*b)/a];",
            {"A": "Feed Rate", "B": "..\\Pump's|Flow"},
            "((1000 * 'B') / 'A')",
        ),
        ("E=.\\Elements[.]|Mode;[E]", {"E": ".\\Elements[.]|Mode"}, "'E'"),
        ("[1 + 2]", {}, "(1 + 2)"),
        (
            'C=.|Total;[if C ==0 then digstate("No; ] Data") else 2*C > 1]',
            {"C": ".|Total"},
            "(if ('C' = 0) then DigState(\"No; ] Data\") else ((2 * 'C') > 1))",
        ),
        ("Max=Limit;[Max(Max, 2)]", {"Max": "Limit"}, "Max('Max', 2)"),
    ],
)
def test_names_are_bound_to_paths_and_the_equation_is_parsed(config: str, paths: dict[str, str], tree: str) -> None:
    formula = parse_formula(config)
    assert {variable.name: variable.path for variable in formula.variables} == paths
    assert shown(formula.expression.root) == tree
    assert set(formula.expression.variables) <= set(paths)


def test_a_unit_belongs_to_the_part_before_it() -> None:
    formula = parse_formula("A=Level;UOM=m;B=Area;[A*B];UOM=m3")
    assert formula.variables == (FormulaVariable("A", "Level", "m"), FormulaVariable("B", "Area", ""))
    assert formula.unit == "m3"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("-A ^ 2", "((-'A') ^ 2)"),
        ("not A = 1 and A > 2", "((not ('A' = 1)) and ('A' > 2))"),
        ("if A then 1 else 2 > 3 or A", "(if 'A' then 1 else ((2 > 3) or 'A'))"),
    ],
)
def test_formulas_have_their_own_priorities(text: str, tree: str) -> None:
    assert shown(parse_formula(f"A=x;[{text}]").expression.root) == tree


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ("", "exactly one equation"),
        ("A=x", "exactly one equation"),
        ("A=x;[A];[A+1]", "exactly one equation"),
        ("A=x;[A", "exactly one equation"),
        ("A=x;[B]", "position 1: unknown name 'B'"),
        ("A=x;A=y;[A]", "'A=y'"),
        ("A=;[A]", "'A='"),
        ("a b=x;[1]", "'a b=x'"),
        ("UOM=m;[1]", "nothing before it"),
        ("A=x;[A+]", "position 3"),
    ],
)
def test_what_is_no_formula_is_refused(config: str, problem: str) -> None:
    with pytest.raises(BadRequest, match=problem.replace("[", r"\[")):
        parse_formula(config)


def test_a_formula_evaluates_with_its_bare_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EVENTS, "A", [(0, 40.0)])
    monkeypatch.setitem(EVENTS, "B", [(0, 50.0), (2, (246,)), (4, 0.0)])
    formula = parse_formula("A=Heat;B=Heat(2019);[( 1.0 - (A/B)) * 100]")
    series = evaluate(formula.expression, World(1, 3, 5)).series
    assert series.values.tolist() == [pytest.approx(20.0), 249.0, 249.0]
    assert series.flags.tolist() == [0, 1, 1]
