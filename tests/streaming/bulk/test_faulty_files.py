"""`manage.py import_values` with files as they come: a line that is wrong is told, no other is lost or guessed at."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from streaming.bulk import files

from .test_import_values import Plant, breaking, directory, hour, items, load, plant, written

__all__ = ["directory", "plant"]

HEAD = "point,timestamp,value,quality\n"


def refused(path: Path, **options: Any) -> dict[int, str]:
    """The lines that are told, by number."""
    err = StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("import_values", str(path), stdout=StringIO(), stderr=err, verbosity=0, **options)
    assert failure.value.returncode == 1
    told = [line.removeprefix("line ").split(": ", 1) for line in err.getvalue().splitlines()]
    assert [int(line) for line, _ in told] == sorted(int(line) for line, _ in told)
    return {int(line): why for line, why in told}


def kept() -> list[Any]:
    return [item["Value"] for item in items("flow")]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"flow,{hour(2)},1,5", "'5' is not good"),
        (f"flow,{hour(2)},1,good,more", "5 columns instead of 4"),
        (f"flow,{hour(2)},1", "3 columns instead of 4"),
        (f"flow,{hour(2)}", "2 columns instead of 4"),
        (f'flow,{hour(2)},"1.5,good', "unexpected end of data"),
        (f'flow,{hour(2)},"1"5,good', "expected after"),
        (f"flow,{hour(2)},1.5,\udcff", "not UTF-8"),
        (f"fl\udce4w,{hour(2)},1.5,good", "not UTF-8"),
        (f"flow,{hour(2)},NaN,good", "no number"),
        (f"flow,{hour(2)},,good", "value is missing"),
        (",,,", "point is missing"),
        ("flow,2024-02-30T00:00:00Z,1,good", "not a valid time"),
        ("flow,1706659200,1,good", "not a valid time"),
        (f"mode,{hour(2)},Nowhere,good", "no state"),
    ],
)
def test_a_wrong_line_is_told_and_its_neighbours_are_stored(plant: Plant, tmp_path: Path, line: str, why: str) -> None:
    path = tmp_path / "v.csv"
    text = f"{HEAD}flow,{hour(1)},1.5,good\n{line}\nflow,{hour(3)},3.5,good\n"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    told = refused(path)
    assert list(told) == [3]
    assert why in told[3]
    assert kept() == [1.5, 3.5]


def test_a_number_with_a_comma_is_not_cut_off_where_there_is_no_column_behind_it(plant: Plant, tmp_path: Path) -> None:
    told = refused(written(tmp_path / "v.csv", f"point,timestamp,value\nflow,{hour(1)},1,5\n"))
    assert told == {2: "4 columns instead of 3."}
    assert kept() == []


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_marks_line_ends_separators_and_empty_lines_do_not_matter(
    plant: Plant, tmp_path: Path, mark: str, end: str, separator: str
) -> None:
    lines = ["", "Value,TIMESTAMP,note,point", f'"1.5",{hour(1)},"a, ""b""",flow', "", f"2.5,{hour(2)},,flow,,"]
    text = mark + end.join(lines).replace(",", separator) + end
    if separator != ",":
        text = text.replace(f"a{separator} ", "a, ")
    (tmp_path / "v.csv").write_bytes(text.encode())
    assert load(tmp_path / "v.csv")[0] == "2 rows: 2 stored, 0 refused.\n"
    assert kept() == [1.5, 2.5]


def test_a_text_may_have_lines_of_its_own(plant: Plant, tmp_path: Path) -> None:
    plant.point("note", "String")
    with (tmp_path / "v.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["note", hour(1), 'two\nlines, "quoted"'], ["flow", hour(1), 1.5]])
    load(tmp_path / "v.csv")
    assert [item["Value"] for item in items("note")] == ['two\nlines, "quoted"']
    assert kept() == [1.5]


@pytest.mark.parametrize(("content", "why"), [(b"", "is empty"), ("point".encode("utf-16"), "is UTF-16")])
def test_a_file_that_is_none_is_refused_whole(plant: Plant, tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "v.csv").write_bytes(content)
    with pytest.raises(CommandError, match=why):
        load(tmp_path / "v.csv")


def test_lines_that_were_refused_before_an_interruption_still_count(
    plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "AT_ONCE", 10)
    rows = [f"flow,{hour(n / 10)},{'x' if n == 4 else n}" for n in range(30)]
    path = written(tmp_path / "v.csv", "\n".join(rows))
    breaking(monkeypatch, 2)
    with pytest.raises(ConnectionError):
        load(path, update_option="Insert")
    assert refused(path, update_option="Insert") == {}  # it was told then; the exit status still tells
    assert kept() == [float(n) for n in range(30) if n != 4]  # none twice, though Insert would


def test_times_without_a_zone_are_of_the_zone_of_the_server(plant: Plant, tmp_path: Path, settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    plant.point("wall")
    load(written(tmp_path / "v.csv", "flow,2024-07-01T12:00:00,1\nflow,2024-07-01T12:00:00+05:00,2\n"))
    naive = pa.array([1_719_835_200], pa.timestamp("s"))  # 2024-07-01T12:00:00
    pq.write_table(pa.table({"point": ["wall"], "timestamp": naive, "value": [1]}), tmp_path / "v.parquet")
    load(tmp_path / "v.parquet")
    window = {"startTime": "2024-07-01T00:00:00Z", "endTime": "2024-07-02T00:00:00Z"}
    assert [item["Timestamp"] for item in items("flow", **window)] == ["2024-07-01T07:00:00Z", "2024-07-01T10:00:00Z"]
    assert [item["Timestamp"] for item in items("wall", **window)] == ["2024-07-01T10:00:00Z"]


def test_parquet_of_dates_and_decimals_is_read_and_one_of_plain_numbers_as_times_is_refused(
    plant: Plant, tmp_path: Path
) -> None:
    path = tmp_path / "v.parquet"
    pq.write_table(
        pa.table({"point": ["flow"], "timestamp": [date(2024, 7, 1)], "value": [Decimal("1.25")], "other": [1]}), path
    )
    assert load(path)[0] == "1 rows: 1 stored, 0 refused.\n"
    window = {"startTime": "2024-07-01T00:00:00Z", "endTime": "2024-07-02T00:00:00Z"}
    assert [(item["Timestamp"], item["Value"]) for item in items("flow", **window)] == [("2024-07-01T00:00:00Z", 1.25)]
    pq.write_table(pa.table({"point": ["flow"], "timestamp": [1_719_835_200], "value": [1.0]}), path)
    with pytest.raises(CommandError, match="timestamp of 'v.parquet' holds int64; it must hold times"):
        load(path)
