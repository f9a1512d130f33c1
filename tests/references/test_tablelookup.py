"""Table lookups over a table of four pumps, whose answers can be read off it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from piwebapi.references.context import BadConfig, Unresolved
from piwebapi.references.rows import Rows
from piwebapi.references.tablelookup import evaluate

from .place import Place

FROM = "FROM [Pumps] WHERE"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        # by the element's own name, whatever its case
        (f"SELECT Power {FROM} Pump = '%Element%'", 11.0),
        (f"select power {FROM} pump = 'p-1'", 7.5),
        (f"SELECT [Stages] {FROM} [Pump] = 'P-3'", 3),
        (f"SELECT Spare {FROM} Pump = 'P-2'", False),
        (f"SELECT Bought {FROM} Pump = 'P-1'", datetime(2001, 3, 4, tzinfo=UTC)),
        (f"SELECT [100%] {FROM} Pump = 'P-1'", "full"),
        (f"SELECT Power {FROM} Pump = 'O''Hara'", 22.0),
        (f"SELECT Power {FROM} Pump = @Name", 7.5),
        (f"SELECT Power {FROM} Pump = @[Long Name]", 22.0),
        (f"SELECT Pump {FROM} Power = 11", "p-2"),
        (f"SELECT Pump {FROM} Power > 7.5", "p-2"),
        (f"SELECT Pump {FROM} Power >= 7.5", "P-1"),
        (f"SELECT Pump {FROM} Power < 11", "P-1"),
        (f"SELECT Pump {FROM} Power <> 7.5 AND Stages <> 3", "O'Hara"),
        (f"SELECT Pump {FROM} Stages = 5 OR Stages = 2", "P-1"),
        (f"SELECT Pump {FROM} NOT (Stages = 2 OR Stages = 3)", "O'Hara"),
        (f"SELECT Pump {FROM} Power IS NULL", "P-3"),
        (f"SELECT Pump {FROM} Power IS NOT NULL AND Spare = FALSE", "p-2"),
        (f"SELECT Pump {FROM} Stages IN (5, 7)", "O'Hara"),
        (f"SELECT Pump {FROM} Pump NOT IN ('P-1', 'p-2')", "P-3"),
        (f"SELECT Power {FROM} Pump LIKE 'O%'", 22.0),
        (f"SELECT Power {FROM} Pump LIKE '*2'", 11.0),
        (f"SELECT Pump {FROM} Pump NOT LIKE 'P%'", "O'Hara"),
        (f"SELECT Pump {FROM} Bought > #2005-01-01#", "p-2"),
        (f"SELECT Pump {FROM} Bought < '2000-01-01'", "O'Hara"),
        ("SELECT Pump FROM Pumps", "P-1"),
        ("SELECT Pump FROM Pumps ORDER BY Power DESC", "O'Hara"),
        ("SELECT Pump FROM Pumps WHERE Power IS NOT NULL ORDER BY Power", "P-1"),
        ("SELECT Pump FROM Pumps ORDER BY Stages DESC, Pump ASC", "O'Hara"),
        ("SELECT Pump FROM Pumps WHERE Stages = 3 ORDER BY Pump DESC", "P-3"),
        ("SELECT SUM(Power) FROM Pumps", 40.5),
        ("SELECT AVG(Power) FROM Pumps", 13.5),
        ("SELECT MIN(Power) FROM Pumps", 7.5),
        ("SELECT MAX(Pump) FROM Pumps WHERE Stages = 3", "p-2"),
        ("SELECT COUNT(Power) FROM Pumps WHERE Stages = 3", 2),
        # nothing there
        (f"SELECT Power {FROM} Pump = 'P-9'", None),
        (f"SELECT Power {FROM} Pump = 'P-3'", None),
        (f"SELECT Power {FROM} Pump = 'P-9';RWM=0", "0"),
        (f"SELECT Power {FROM} Pump = 'P-3';RWN=-1", "-1"),
        ("SELECT SUM(Power) FROM Pumps WHERE Stages = 9", None),
        ("SELECT COUNT(Pump) FROM Pumps WHERE Stages = 9", 0),
        ("SELECT A FROM None", None),
    ],
)
def test_a_lookup_finds_the_cell_that_one_reads_off_the_table(config: str, expected: object) -> None:
    place = Place(values={"Name": "P-1", "Long Name": "o'hara"})
    assert evaluate(config, place) == expected


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("", "ends too early|needs SELECT"),
        ("SELECT", "ends too early"),
        ("SELECT Power", "needs FROM"),
        ("SELECT Power FROM Pumps WHERE", "ends too early"),
        ("SELECT Power FROM Pumps WHERE Pump", "ends too early"),
        ("SELECT Power FROM Pumps WHERE Pump ==  'P-1'", "where a column or a value is expected"),
        ("SELECT Power FROM Pumps WHERE (Pump = 'P-1'", "needs \\) before"),
        ("SELECT Power FROM Pumps WHERE Pump = 'P-1", "not understood from"),
        ("SELECT Power FROM Pumps GROUP BY Pump", "not understood from 'GROUP' on"),
        ("SELECT INTERPOLATE(Power) FROM Pumps", "needs FROM before"),
        ("SELECT Weight FROM Pumps", "has no column 'Weight'"),
        ("SELECT Power FROM Pumps WHERE Weight = 1", "has no column 'Weight'"),
        ("SELECT A FROM None WHERE B = 1", "has no column 'B'"),
        ("DELETE FROM Pumps", "needs SELECT before 'DELETE'"),
    ],
)
def test_a_lookup_that_is_not_understood_tells_from_where(config: str, sentence: str) -> None:
    with pytest.raises(BadConfig, match=sentence):
        evaluate(config, Place())


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("SELECT Power FROM Fans", "There is no table 'Fans'"),
        ("SELECT Power FROM Pumps WHERE Pump = @Missing", "There is no attribute 'Missing'"),
        ("SELECT SUM(Pump) FROM Pumps", "SUM needs numbers"),
        ("SELECT Power FROM Pumps;TC=Bought", "over time"),
    ],
)
def test_a_lookup_of_what_is_not_there_is_unresolved(config: str, sentence: str) -> None:
    with pytest.raises(Unresolved, match=sentence):
        evaluate(config, Place())


def test_a_quote_in_a_name_ends_no_text() -> None:
    place = Place(elements=("Works", "O'Hara"))
    assert evaluate(f"SELECT Stages {FROM} Pump = '%Element%'", place) == 5


def test_a_thousand_lookups_by_name_read_the_rows_once() -> None:
    reads: list[int] = []

    class Counting(Rows):
        def cell(self, row: int, at: int) -> object:
            reads.append(row)
            return super().cell(row, at)

    rows = Counting({"Key": "Int32", "Value": "Double"}, [[n, n / 4] for n in range(1000)])
    place = Place(tables={"Keys": rows})
    found = [evaluate(f"SELECT Value FROM Keys WHERE Key = {n}", place) for n in range(1000)]
    assert found == [n / 4 for n in range(1000)]
    assert len(reads) <= 3 * 1000
