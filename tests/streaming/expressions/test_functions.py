"""Functions of numbers, texts, states and times: literal answers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from streaming.core.expressions import Kind, evaluate, parse
from streaming.core.expressions.functions import FUNCTIONS
from streaming.core.series import ANNOTATED, BAD, QUESTIONABLE, SUBSTITUTED, Series
from tests.streaming.expressions.world import HOUR, MIDNIGHT, NOW, World, answer, ask

FAILED = (249,)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Abs(-2.2)", 2.2),
        ("Sqr(16)", 4.0),
        ("Sqrt(2.25)", 1.5),
        ("Exp(1)", math.e),
        ("Log(Exp(2))", 2.0),
        ("Log10(1000)", 3.0),
        ("Sin(Pi() / 6)", 0.5),
        ("Cos(0)", 1.0),
        ("Tan(Pi() / 4)", 1.0),
        ("Asin(1) * 2", math.pi),
        ("Acos(-1)", math.pi),
        ("Atn(1) * 4", math.pi),
        ("Atan(1) * 4", math.pi),
        ("Atn2(1, -1)", 0.75 * math.pi),
        ("Int(2.9)", 2.0),
        ("Int(-2.9)", -2.0),
        ('Int("2.1")', 2.0),
        ("Frac(1.25)", 0.25),
        ("Frac(-1.25)", -0.25),
        ("Round(12.499)", 12.0),
        ("Round(12.5)", 13.0),
        ("Round(12.8, 10)", 10.0),
        ("Round('*+227m' - '*', '+1h')", 14400.0),
        ("Trunc(12.8)", 12.0),
        ("Trunc(-12.8)", -12.0),
        ("Trunc(18, 5)", 15.0),
        ("Ceiling(1.1)", 2.0),
        ("Floor(-1.1)", -2.0),
        ("Sgn(-3)", -1.0),
        ("Max(3, 5, 12.6)", 12.6),
        ("Min(3, 5, 12.6)", 3.0),
        ("Avg(3, 5, 13)", 7.0),
        ("Total(10.5, 20.25, 5.25)", 36.0),
        ("Median(3, 1, 2)", 2.0),
        ("Median(4, 1, 2, 3)", 2.5),
        ("PStDev(2, 4, 4, 4, 5, 5, 7, 9)", 2.0),
        ("SStDev(1, 2, 3)", 1.0),
        ("SStDev(5)", 0.0),
    ],
)
def test_functions_of_numbers(text: str, value: float) -> None:
    assert answer(text) == [pytest.approx(value, rel=1e-12)]


@pytest.mark.parametrize(
    "text",
    [
        "Sqr(-1)",
        "Log(0)",
        "Asin(2)",
        "Exp(1000)",
        'Int("two")',
        "Round(1, 0)",
        'Abs("a")',
        "Abs('pump')",
        'Max("a", "b")',
        "Total('*')",
        "StateNo(5)",
        "DigText(5)",
        'DigState("Nowhere")',
        "DigState(\"Shutdown\", 'pump')",
        "DigState(\"Running\", 'temp')",
        "IsSet('temp', \"x\")",
        "UCase(5)",
        'Left("abc", -1)',
        'Mid("abc", 0)',
        'InStr("a", "b", 0, 0)',
        'ParseTime("no time")',
        "ParseTime(5)",
        "Hour('temp')",
    ],
)
def test_functions_without_an_answer_fail_the_row(text: str) -> None:
    assert answer(text, 0) == [FAILED]


def test_summaries_of_arguments_leave_out_what_is_bad_or_no_number() -> None:
    assert answer("Avg('temp', 50)", 6, 12) == [35.0, 50.0]
    assert answer("Max('temp', 'pump', \"text\", 25)", 6, 12, 18) == [25.0, 25.0, 30.0]
    assert answer("Max('temp', 'pump')", 12) == [FAILED]


def test_the_latest_of_several_times_is_a_time() -> None:
    assert answer("Max('t', '*', 'y')") == [NOW]
    assert answer("Avg('*', '*-2h')") == [NOW - HOUR]
    assert ask("Min('*', 'y')").kind is Kind.TIME


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('Len("abc")', 3.0),
        ('Concat("a", "b", "c")', "abc"),
        ('Concat("|", \'pump\', "|")', "|Running|"),
        ('Left("String", 3)', "Str"),
        ('Left("ab", 10)', "ab"),
        ('Right("GasTemp", 4)', "Temp"),
        ('Right("ab", 10)', "ab"),
        ('Mid("String", 3)', "ring"),
        ('Mid("String", 3, 2)', "ri"),
        ('Mid("String", 30)', ""),
        ('UCase("Abc")', "ABC"),
        ('LCase("Abc")', "abc"),
        ('Trim("  a b ")', "a b"),
        ('InStr("What", "At")', 3.0),
        ('InStr("What What", "What")', 1.0),
        ('InStr("what", "At", 1)', 0.0),
        ('InStr(4, "what", "At")', 0.0),
        ('InStr(2, "What What", "What")', 6.0),
        ("UCase('name')", "ACME"),
        ("Len('name') + 1", 5.0),
    ],
)
def test_functions_of_texts(text: str, value: object) -> None:
    assert answer(text, 6) == [value]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("StateNo('pump')", [1.0, 254.0]),
        ("DigText('pump')", ["Running", "Shutdown"]),
        ('StateNo(DigState("No Data"))', [248.0, 248.0]),
        ("StateNo(DigState(\"Cleaning\", 'pump'))", [2.0, 2.0]),
        ('DigState("No Data")', [(248,), (248,)]),
        ("NoOutput()", [(248,), (248,)]),
        ("BadVal(1/0) + BadVal(10)", [1.0, 1.0]),
    ],
)
def test_functions_of_states(text: str, values: list[object]) -> None:
    assert answer(text, 6, 18) == values


def test_isset_reads_the_archive_flags_by_the_first_letter() -> None:
    class Flagged(World):
        def value(self, name: str, times: np.ndarray) -> Series:
            flags = [ANNOTATED, SUBSTITUTED | QUESTIONABLE, BAD | ANNOTATED]
            return Series.of(times.tolist(), [1.0, 2.0, 246.0], flags)

    def held(text: str) -> list[bool]:
        return evaluate(parse(text), Flagged(1, 2, 3)).holds.tolist()

    assert held("IsSet('temp', \"a\")") == [True, False, True]
    assert held("IsSet('temp', \"Substituted\")") == [False, True, False]
    assert held("IsSet('temp', \"q\")") == [False, True, False]
    assert held("IsSet('temp' + 1, \"a\")") == [False, False, False]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Year('*')", 2024.0),
        ("Month('*')", 3.0),
        ("Day('*')", 12.0),
        ("Hour('*')", 10.0),
        ("Minute('*')", 30.0),
        ("Second('*+15s')", 15.0),
        ("Weekday('*')", 3.0),
        ("Weekday('2024-03-10')", 1.0),
        ("DaySec('*')", 37800.0),
        ("Day('2024-02-29')", 29.0),
        ('Month("2024-12-31")', 12.0),
        ("Hour('when')", 0.0),
        ('Hour(Concat("2024-01", "-01"))', 0.0),
    ],
)
def test_parts_of_a_time_are_read_in_the_zone_of_the_environment(text: str, value: float) -> None:
    assert answer(text) == [value]


def test_the_start_of_a_day_follows_the_clock_change() -> None:
    # Berlin went from UTC+1 to UTC+2 on 2024-03-31 at 01:00 UTC; 480.5 hours after MIDNIGHT is 00:30 UTC
    hours = (480.5, 490, 510)
    assert answer("Hour('*')", *hours) == [1.0, 12.0, 8.0]
    midnight, noon = MIDNIGHT + 479 * HOUR, MIDNIGHT + 490 * HOUR
    assert answer("Bod('*')", *hours) == [midnight, midnight, midnight + 23 * HOUR]
    assert answer("Noon('*')", *hours) == [noon, noon, noon + 24 * HOUR]
    assert answer("Bom('2024-04-15')") == [MIDNIGHT + 502 * HOUR]


def test_parsetime_is_the_evaluation_time_for_any_spelling_of_now() -> None:
    result = ask('ParseTime("*")', 3, 4)
    assert (result.kind, result.series.values.tolist()) == (
        Kind.TIME,
        [MIDNIGHT + 3 * HOUR, MIDNIGHT + 4 * HOUR],
    )
    assert answer("ParseTime('*-1h')") == [NOW - HOUR]
    assert answer('ParseTime("t")') == [MIDNIGHT + 23 * HOUR]


@pytest.mark.parametrize("text", ["t", "y", "*-1d", "*-1d+12h", "*-364d", "*-30m", "+1d", "2024-03-31"])
def test_times_resolved_day_by_day_equal_times_resolved_one_by_one(text: str) -> None:
    # quarters of an hour over the clock changes of 2024-03-31 and (364 days after another) 2024-10-27
    hours = [start + step * 0.25 for start in (460, 5490) for step in range(300)]
    world = World(*hours)
    one_by_one = [world.time(text, ticks) for ticks in world.times.tolist()]
    assert answer(f'ParseTime("{text}")', *hours) == one_by_one


def test_a_time_rounds_to_a_period() -> None:
    assert answer("Round('*', '+1h')") == [NOW + HOUR // 2]
    assert answer("Trunc('*', 3600)") == [NOW - HOUR // 2]


LISTED = """
    Abs Sqr Exp Log Log10 Sin Cos Tan Asin Acos Atn Atn2 Int Frac Round Trunc Sgn Max Min Avg Total Median
    PStDev SStDev BadVal IsSet NoOutput DigState DigText StateNo TagVal TagAvg TagMin TagMax TagTot TagMean
    TagBad PctGood EventCount TimeEq TimeGt TimeLt PrevVal NextVal PrevEvent NextEvent ParseTime Hour
    Minute Second Day Month Year Weekday DaySec Bod Bom Noon Len Concat Left Right Mid UCase LCase InStr Trim
"""


def test_every_function_of_the_reference_is_there() -> None:
    names = LISTED.split()
    assert [name for name in names if name.lower() not in FUNCTIONS] == []
    assert all(FUNCTIONS[name.lower()].name == name for name in names)
