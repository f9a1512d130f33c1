"""Text to tree: precedence, names, and what is refused."""

from __future__ import annotations

import pytest

from piwebapi.core.errors import BadRequest
from streaming.core.expressions import parse
from streaming.core.expressions.tree import (
    Among,
    Call,
    Choice,
    Complement,
    Negation,
    Node,
    Number,
    Operation,
    Text,
    Variable,
    Within,
)


def shown(node: Node) -> str:
    """The tree with every parenthesis written out."""
    match node:
        case Number(value):
            return f"{value:g}"
        case Text(words):
            return f'"{words}"'
        case Variable(name):
            return f"'{name}'"
        case Negation(operand):
            return f"(-{shown(operand)})"
        case Complement(operand):
            return f"(not {shown(operand)})"
        case Operation(operator, left, right):
            return f"({shown(left)} {operator} {shown(right)})"
        case Within(left, low, high):
            return f"({shown(left)} in {shown(low)}..{shown(high)})"
        case Among(left, options):
            return f"({shown(left)} in ({', '.join(map(shown, options))}))"
        case Choice(condition, chosen, otherwise):
            return f"(if {shown(condition)} then {shown(chosen)} else {shown(otherwise)})"
        case Call(name, arguments):
            return f"{name}({', '.join(map(shown, arguments))})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("2 + 3 * 5", "(2 + (3 * 5))"),
        ("(2 + 3) * 5", "((2 + 3) * 5)"),
        ("10 - 4 - 3", "((10 - 4) - 3)"),
        ("17 mod 5 * 2", "((17 mod 5) * 2)"),
        ("2 ^ 3 ^ 2", "(2 ^ (3 ^ 2))"),
        ("-2 ^ 2", "(-(2 ^ 2))"),
        ("2 ^ -1 * 3", "((2 ^ (-1)) * 3)"),
        ("- - 1", "(-(-1))"),
        ("+1", "1"),
        ("1 < 2 = 1", "((1 < 2) = 1)"),
        ("1 == 1", "(1 = 1)"),
        ("not 1 = 2", "((not 1) = 2)"),
        ("not not 1", "(not (not 1))"),
        ("1 or 0 and 0", "(1 or (0 and 0))"),
        ("1 xor 0 or 1", "((1 xor 0) or 1)"),
        ("'.' > 30 and BadVal('.') = 0", "(('.' > 30) and (BadVal('.') = 0))"),
        ("1 in 0 .. 2", "(1 in 0..2)"),
        ("1 in 1..5", "(1 in 1..5)"),
        ("1 in -1.5..2.5", "(1 in (-1.5)..2.5)"),
        ("1 in (0, 2)", "(1 in (0, 2))"),
        ("1 in (2)", "(1 in (2))"),
        ("1 in (1+1)..(2+2)", "(1 in (1 + 1)..(2 + 2))"),
        ("1 + 1 in 0..5 + 2", "((1 + (1 in 0..5)) + 2)"),
        ("if 1 then 2 else 3 + 4", "(if 1 then 2 else (3 + 4))"),
        ("if 1 then 2 else 3 > 4", "((if 1 then 2 else 3) > 4)"),
        ("if 1 then if 2 then 3 else 4 else 5", "(if 1 then (if 2 then 3 else 4) else 5)"),
        ("if 1 then 2 else if 3 then 4 else 5", "(if 1 then 2 else (if 3 then 4 else 5))"),
        ("IF TRUE THEN FALSE ELSE 1.2e2", "(if 1 then 0 else 120)"),
        ("sQr(.25) MOD 7", "(Sqr(0.25) mod 7)"),
        ('Concat("a ""b""", \'it\'\'s\')', 'Concat("a "b"", \'it\'s\')'),
        ("'..|Sibling' * 2", "('..|Sibling' * 2)"),
        ("NoOutput()", "NoOutput()"),
    ],
)
def test_operators_bind_as_the_vendor_lists_them(text: str, tree: str) -> None:
    assert shown(parse(text).root) == tree


@pytest.mark.parametrize(
    ("text", "position", "problem"),
    [
        ("", 1, "a value expected, not the end"),
        ("1 +", 4, "a value expected, not the end"),
        ("(1 + 2", 7, "')' expected, not the end"),
        ("1 2", 3, "unexpected '2'"),
        ("1 ; 2", 3, "unexpected ';'"),
        ("'tag > 1", 1, "a quote is not closed"),
        ('1 + "x', 5, "a quote is not closed"),
        ("sinusoid > 3", 1, "unknown name 'sinusoid'"),
        ("1 + Frobnicate(2)", 5, "there is no function 'Frobnicate'"),
        ("__import__('os')", 1, "there is no function '__import__'"),
        ("Abs()", 1, "Abs takes 1 arguments, not 0"),
        ("Mid('a', 1, 2, 3)", 1, "Mid takes 2 to 3 arguments, not 4"),
        ("Max()", 1, "Max takes 1 to many arguments"),
        ("TagAvg(1, 't', '*')", 1, "argument 1 of TagAvg must be a name in quotes"),
        ("if 1 then 2", 12, "'else' expected, not the end"),
        ("1 in 1+1..5", 7, "'..' expected, not '+'"),
        ("1 in ()", 8, "a value expected"),
        ("and 1", 1, "a value expected, not 'and'"),
        ("1e999", 1, "too large"),
    ],
)
def test_a_fault_is_a_bad_request_that_names_its_position(text: str, position: int, problem: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse(text)
    assert f"not valid at position {position}:" in refused.value.messages[0]
    assert problem in refused.value.messages[0]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + "1" + ")" * 10_000,
        "(" * 200 + "1" + ")" * 200,
        "-" * 5_000 + "1",
        "not " * 2_000 + "1",
        "2^" * 4_000 + "2",
        "Abs(" * 1_000 + "1" + ")" * 1_000,
        "if 1 then 1 else " * 500 + "1",
        "if " * 3_000,
        "1 in (" * 1_000,
        '"' * 9_999,
        "1" * 100_000,
    ],
)
def test_pathological_text_is_refused_and_never_exhausts_the_stack(text: str) -> None:
    with pytest.raises(BadRequest):
        parse(text)


def test_the_variables_are_the_names_as_written_in_order_each_once() -> None:
    expression = parse("TagVal('b') + 'A|x' * TagAvg(\"c\", 'y', '*') + 'b' + Hour('t') + ('*' - 'd')")
    assert expression.variables == ("b", "A|x", "c", "*", "d")
    assert expression.times == ("y", "*", "t")


@pytest.mark.parametrize(
    ("text", "history"),
    [
        ("'a' + 1", ()),
        ("TagVal('a') + TagBad('a')", ()),
        ("TagVal('a', '*-1h')", ("TagVal",)),
        ("tagavg('a','y','t') + TagAvg('b','y','t') + PREVVAL('a','*')", ("TagAvg", "PrevVal")),
        ("TimeGt('a', '*-1h', '*', 3)", ("TimeGt",)),
    ],
)
def test_the_calls_that_need_history_are_told(text: str, history: tuple[str, ...]) -> None:
    assert parse(text).history == history
