"""Functions that read other times than the evaluation time."""

from __future__ import annotations

import pytest

from streaming.core.expressions import evaluate, parse
from tests.streaming.expressions.world import HOUR, MIDNIGHT, World, answer

FAILED = (249,)


def test_tagval_reads_at_a_time_counted_from_the_evaluation_time() -> None:
    assert answer("TagVal('temp')", 3, 6) == [15.0, 20.0]
    assert answer("TagVal('temp', '*-3h')", 3, 6, 15) == [10.0, 15.0, (246,)]
    assert answer('TagVal("temp", "*-3h")', 6) == [15.0]
    assert answer("'*' - TagVal('when', '*-1h')", 3) == [4 * 3600.0]


def test_midnight_is_the_local_one_of_the_evaluation_time() -> None:
    # local midnights stand at 23 h UTC, where the temperature is 30; of the first day there is no value
    assert answer("TagVal('temp', 't')", 22, 24) == [(248,), 30.0]


def test_a_time_argument_is_a_stream_first_and_a_time_second() -> None:
    assert answer("Hour('when') + Hour('2024-03-11')", 1) == [0.0]
    assert answer("TagVal('temp', Bod('*') + 4 * 3600)", 25) == [30.0]


def test_tagbad_looks_at_the_state() -> None:
    assert answer("TagBad('temp')", 6, 12) == [0.0, 1.0]
    assert answer("TagBad('temp', '*-6h')", 12, 18) == [0.0, 1.0]


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ("TagAvg", ("temp", "Average", "TimeWeighted")),
        ("TagMean", ("temp", "Average", "EventWeighted")),
        ("TagMin", ("temp", "Minimum", "TimeWeighted")),
        ("TagMax", ("temp", "Maximum", "TimeWeighted")),
        ("TagTot", ("temp", "Total", "TimeWeighted")),
        ("PctGood", ("temp", "PercentGood", "TimeWeighted")),
        ("EventCount", ("temp", "Count", "EventWeighted")),
    ],
)
def test_a_summary_is_asked_for_once_for_all_times(call: str, asked: tuple[str, str, str]) -> None:
    world = World(10, 20, 30)
    result = evaluate(parse(f"{call}('temp', '*-2h', '*')"), world)
    assert result.series.values.tolist() == [2.0, 2.0, 2.0]
    assert world.asked == [asked]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("TagAvg('temp', '*-3h', '*')", 3.0),
        ("TagAvg('temp', '-1h', 't')", 1.0),
        ("TagAvg('temp', 'y', '+5h')", 5.0),
        ("TagAvg('temp', '-3h', '-1h')", 2.0),
        ("TagAvg('temp', 'y', 't')", 24.0),
        ("TagAvg('temp', '*', '*-1h')", FAILED),
        ("TagAvg('temp', '*-5d', '*')", (248,)),
        ("TagAvg('temp', '*-80h', '*', 70)", 80.0),
        ("TagAvg('temp', '*-60h', '*', 70)", FAILED),
        ("1 + TagAvg('temp', '*-5d', '*')", FAILED),
    ],
)
def test_ranges_relative_ends_and_the_least_good_share(text: str, value: object) -> None:
    assert answer(text) == [value]  # the world answers every summary with the hours of the range


def test_the_neighbours_of_a_time_are_strictly_before_and_after() -> None:
    assert answer("PrevVal('temp', '*')", 0, 3, 6, 18) == [(248,), 10.0, 10.0, (246,)]
    assert answer("NextVal('temp', '*')", 0, 6, 48) == [20.0, (246,), (248,)]
    assert answer("PrevEvent('temp', '*')", 0, 18) == [FAILED, MIDNIGHT + 12 * HOUR]
    assert answer("NextEvent('temp', '*-1h')", 6, 49) == [MIDNIGHT + 6 * HOUR, FAILED]
    assert answer("DigText(NextVal('pump', '*'))", 0) == ["Running"]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        # temp: 10 at 0 h, straight to 20 at 6 h, held until it goes bad at 12 h, 30 from 18 h
        ("TimeGt('temp', '*-24h', '*', 15)", 3 + 6 + 6),
        ("TimeGe('temp', '*-24h', '*', 20)", 6 + 6),
        ("TimeGt('temp', '*-24h', '*', 20)", 6),
        ("TimeLt('temp', '*-24h', '*', 15)", 3),
        ("TimeLe('temp', '*-24h', '*', 10)", 0),
        ("TimeEq('temp', '*-24h', '*', 30)", 6),
        ("TimeEq('temp', '*-24h', '*', 15)", 0),
        ("TimeNe('temp', '*-24h', '*', 30)", 12),
        ("TimeGt('temp', '*-22h', '*-20h', 14.5)", 4 - 2.7),
        ("TimeEq('pump', '*-24h', '*', \"Running\")", 6),
        ("TimeNe('pump', '*-24h', '*', \"Running\")", 12),
        ("TimeEq('pump', '*-24h', '*', \"Shutdown\")", 6),
        ("TimeEq('pump', '*-24h', '*', DigState(\"Cleaning\", 'pump'))", 6),
        ("TimeEq('name', '*-24h', '*', \"acme\")", 24),
        ("TimeEq('open', '*-24h', '*', 1)", 12),
        ("TimeGt('temp', '*-24h', '*', TagVal('temp', '*-21h'))", 15),
    ],
)
def test_time_in_a_relation_is_in_seconds_and_leaves_out_bad_time(text: str, hours: float) -> None:
    assert answer(text, 24) == [pytest.approx(hours * 3600.0, abs=1e-6)]


def test_each_evaluation_time_has_its_own_range_and_its_own_wanted_value() -> None:
    assert answer("TimeGt('temp', '*-2h', '*', 15)", 2, 4, 6, 8, 13) == [0.0, 3600.0, 7200.0, 7200.0, 3600.0]
    assert answer("TimeGe('temp', '*-2h', '*', 'temp')", 2, 6, 12) == [0.0, 0.0, FAILED]


def test_a_range_before_all_events_is_no_time_at_all() -> None:
    assert answer("TimeGt('temp', '*-2h', '*', 5)", 0.0, -1.0) == [0.0, 0.0]
    assert answer("TimeGt('temp', '*', '*-2h', 5)", 6) == [FAILED]
