"""Operators, bad values, digital states, and the choice between branches."""

from __future__ import annotations

import pytest

from piwebapi.core.errors import BadRequest
from streaming.core.expressions import Kind, evaluate, parse
from tests.streaming.expressions.world import World, answer, ask

FAILED = (249,)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 5", 17.0),
        ("7 / 2", 3.5),
        ("17 mod 3", 2.0),
        ("-17 mod 3", -2.0),
        ("2 ^ 0.5 ^ 2", 1.189207115002721),
        ("-2 ^ 2", -4.0),
        ("1 < 2", 1.0),
        ("2 <= 1", 0.0),
        ("2 <> 1", 1.0),
        ("not 0", 1.0),
        ("not 0.4", 1.0),
        ("not 7", 0.0),
        ("1 xor 1", 0.0),
        ("0 xor 5", 1.0),
        ("if 1 in 0 .. 2 then 1 else 0", 1.0),
        ("if 1 in (0, 2) then 1 else 0", 0.0),
        ("2 in 0..2", 1.0),
        ('"b" in ("A", "B")', 1.0),
        ('"abc" = "ABC"', 1.0),
        ('"abc" < "abd"', 1.0),
        ("True and not False", 1.0),
        ("if 2 > 3 then 4 else if 1 then 5 else 6", 5.0),
        ("'*' - '*-1h'", 3600.0),
        ("('t' - 'y') + 10", 86410.0),
        ("5 * ('+1d' - '+1h')", 414000.0),
    ],
)
def test_an_expression_of_constants_has_its_value(text: str, value: float) -> None:
    assert answer(text) == [pytest.approx(value, rel=1e-12)]


@pytest.mark.parametrize(
    "text",
    [
        "1 / 0",
        "0 / 0",
        "5 mod 0",
        "(-8) ^ 0.5",
        "10 ^ 400",
        'not "yes"',
        '"a" + 1',
        '-"a"',
        "'pump' * 2",
        "'*' * 2",
        "'*' + 'y'",
        "'*' + 1e300",
        "if 1/0 then 1 else 2",
        "1/0 > 3",
        "(1/0) in 1..2",
    ],
)
def test_what_has_no_answer_is_calc_failed_and_never_raises(text: str) -> None:
    assert answer(text, 7, 8) == [FAILED, FAILED]


def test_a_stream_is_read_at_each_time_and_keeps_its_own_state() -> None:
    assert answer("'temp'", -1, 0, 3, 12, 18) == [(248,), 10.0, 15.0, (246,), 30.0]


def test_an_operator_on_a_bad_value_is_calc_failed_there_and_only_there() -> None:
    assert answer("'temp' + 1", 3, 12, 18) == [16.0, FAILED, 31.0]


def test_badval_looks_at_a_bad_value_without_failing() -> None:
    assert answer("BadVal('temp')", 3, 12, 18) == [0.0, 1.0, 0.0]


def test_the_filter_of_the_reference_keeps_what_is_good_and_true() -> None:
    kept = ask("'temp' > 12 and BadVal('temp') = 0", 0, 3, 12, 18).holds
    assert kept.tolist() == [False, True, False, True]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("BadVal('temp') or 'temp' > 12", [1.0, 1.0]),
        ("not BadVal('temp') and 'temp' > 12", [1.0, 0.0]),
        ("'temp' > 12 or BadVal('temp')", [1.0, FAILED]),
        ("'temp' > 99 or BadVal('temp')", [0.0, FAILED]),
        ("BadVal('temp') xor 'temp' > 12", [1.0, FAILED]),
    ],
)
def test_a_left_operand_that_decides_shields_from_a_bad_right_one(text: str, values: list[object]) -> None:
    assert answer(text, 3, 12) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("if 'temp' > 12 then 1 else 0", [0.0, 1.0, FAILED, 1.0]),
        ("if BadVal('temp') then -1 else 'temp'", [10.0, 15.0, -1.0, 30.0]),
        ("if BadVal('temp') then 'temp' else 0", [0.0, 0.0, (246,), 0.0]),
        ("if 'open' then 1 else 1/0", [1.0, 1.0, FAILED, FAILED]),
        ("if 'open' then 1/0 else 'temp'", [FAILED, FAILED, (246,), 30.0]),
        ("if 'open' then DigState(\"No Data\") else 7", [(248,), (248,), 7.0, 7.0]),
        ("if 'open' then \"yes\" else 7", ["yes", "yes", 7.0, 7.0]),
        ("if 'open' then 'pump' else \"none\"", ["Stopped", "Stopped", "none", "none"]),
    ],
)
def test_a_choice_takes_value_and_badness_from_the_chosen_branch(text: str, values: list[object]) -> None:
    assert answer(text, 0, 3, 12, 18) == values


def test_a_branch_that_no_row_takes_is_not_read_but_its_names_are_checked() -> None:
    world = World(3, 4)
    assert evaluate(parse("if 1 then 2 else 'temp'"), world).series.values.tolist() == [2.0, 2.0]
    assert world.reads == 0
    with pytest.raises(BadRequest, match="'typo', which was not found"):
        evaluate(parse("if 1 then 2 else 'typo'"), world)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("'pump' = \"Running\"", [0.0, 1.0, 0.0, FAILED]),
        ("\"running\" <> 'pump'", [1.0, 0.0, 1.0, FAILED]),
        ("'pump' >= \"Running\"", [0.0, 1.0, 1.0, FAILED]),
        ("\"Running\" < 'pump'", [0.0, 0.0, 1.0, FAILED]),
        ("'pump' = \"Shutdown\"", [0.0, 0.0, 0.0, 1.0]),
        ("'pump' <> \"Shutdown\"", [1.0, 1.0, 1.0, 0.0]),
        ("'pump' = DigState(\"Shutdown\")", [0.0, 0.0, 0.0, 1.0]),
        ("'pump' = DigState(\"Cleaning\", 'pump')", [0.0, 0.0, 1.0, FAILED]),
        ("'pump' = 'pump'", [1.0, 1.0, 1.0, FAILED]),
        ("'pump' = \"No Such State\"", [0.0, 0.0, 0.0, FAILED]),
        ("'pump' <> \"No Such State\"", [1.0, 1.0, 1.0, FAILED]),
        ('\'pump\' in ("Stopped", "Cleaning")', [1.0, 0.0, 1.0, FAILED]),
        ('\'pump\' in "Stopped".."Running"', [1.0, 1.0, 0.0, FAILED]),
        ("'pump' = 1", [0.0, 0.0, 0.0, FAILED]),
        ("'temp' = \"I/O Timeout\"", [0.0, 0.0, 1.0, 0.0]),
        ("'temp' <> \"Shutdown\"", [1.0, 1.0, 1.0, 1.0]),
        ("'name' = \"acme\"", [1.0, 1.0, 1.0, 1.0]),
        ("'name' = 5", [0.0, 0.0, 0.0, 0.0]),
        ("'name' <> 5", [1.0, 1.0, 1.0, 1.0]),
        ("'when' < '*'", [1.0, 1.0, 1.0, 1.0]),
        ("'when' > 5", [0.0, 0.0, 0.0, 0.0]),
    ],
)
def test_states_are_compared_by_name_and_unlike_types_are_never_equal(text: str, values: list[object]) -> None:
    assert answer(text, 0, 6, 12, 18) == values


def test_a_digital_stream_stays_digital() -> None:
    result = ask("'pump'", 6, 18)
    assert (result.kind, result.states, result.series.values.tolist()) == (
        Kind.STATE,
        {0: "Stopped", 1: "Running", 2: "Cleaning"},
        [1.0, 254.0],
    )


def test_a_stream_named_often_is_read_once() -> None:
    world = World(1, 2, 3)
    evaluate(parse("'temp' + 'temp' * TagVal('temp') - BadVal('temp')"), world)
    assert world.reads == 1


@pytest.mark.parametrize("text", ["'temp' + 1", "'*'", '"x"', "if 'open' then 1 else 'name'", "1/0"])
def test_no_times_give_no_rows(text: str) -> None:
    assert len(evaluate(parse(text), World()).series) == 0


def test_an_unknown_name_is_a_bad_request() -> None:
    with pytest.raises(BadRequest, match="'no such tag'"):
        ask("'no such tag' + 1")
    with pytest.raises(BadRequest, match="'gone'"):
        ask("TagAvg('gone', '*-1h', '*')")


def test_a_sum_of_five_thousand_terms_needs_no_deep_stack() -> None:
    assert answer("1" + "+1" * 4_999) == [5000.0]
    assert answer("0" + " in 0..1*1" * 900) == [1.0]


def test_the_deepest_allowed_nesting_is_evaluated() -> None:
    assert answer("Abs(" * 98 + "-1" + ")" * 98) == [1.0]
    assert answer("if 1 then " * 99 + "5" + " else 0" * 99) == [5.0]
