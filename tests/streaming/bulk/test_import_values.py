"""`manage.py import_values`."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from piwebapi.models import DataServer, Point
from streaming.archive import archive
from streaming.bulk import files, values
from tests.streaming.endpoints.plant import MIDNIGHT, Client, Plant, hour, web_id

CSV = f"""point,timestamp,value,quality
flow,{hour(1)},1.5,good
FLOW,{hour(2)},2.5,
\\\\PI\\flow,{hour(3)},3.5,questionable
flow,{hour(4)},,I/O Timeout
flow,{hour(5)},7.0,bad
mode,{hour(1)},Running,good
"""


@pytest.fixture
def plant(db: None) -> Plant:
    plant = Plant()
    plant.point("flow")
    plant.point("mode", "Digital", digital_set=plant.modes)
    return plant


@pytest.fixture(autouse=True)
def directory(settings: Any, tmp_path: Path) -> Path:
    settings.OSIPI_DATA_DIR = tmp_path
    return tmp_path


def load(path: Path, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_values", str(path), stdout=out, stderr=err, verbosity=0, **options)
    return out.getvalue(), err.getvalue()


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def items(name: str, **window: str) -> list[dict[str, Any]]:
    path = f"streams/{web_id(Point.objects.get(name=name))}/recorded"
    return Client().get(path, **{"startTime": hour(0), "endTime": hour(24), **window}).items


def test_rows_become_values_with_their_quality(plant: Plant, tmp_path: Path) -> None:
    out, err = load(written(tmp_path / "values.csv", CSV))
    assert (out, err) == ("6 rows: 6 stored, 0 refused.\n", "")
    flow = items("flow")
    assert [item["Timestamp"] for item in flow] == [hour(h) for h in (1, 2, 3, 4, 5)]
    assert [item["Value"] for item in flow[:3]] == [1.5, 2.5, 3.5]
    assert [item["Value"]["Name"] for item in flow[3:]] == ["I/O Timeout", "Bad Input"]
    assert [item["Questionable"] for item in flow] == [False, False, True, False, False]
    assert items("mode")[0]["Value"]["Name"] == "Running"


def test_columns_may_stand_in_any_order_or_without_a_header(plant: Plant, tmp_path: Path) -> None:
    load(written(tmp_path / "a.csv", f"Value;Point;Timestamp\n1.5;flow;{hour(1)}\n"))
    load(written(tmp_path / "b.csv", f"flow,{hour(2)},2.5\n"))
    assert [item["Value"] for item in items("flow")] == [1.5, 2.5]


def test_refused_rows_are_listed_by_line_and_the_others_are_stored(plant: Plant, tmp_path: Path) -> None:
    rows = [
        "point,timestamp,value",
        f"flow,{hour(1)},warm",
        f"nothing,{hour(1)},1",
        "flow,,1",
        f"flow,{hour(2)},",
        f"flow,{hour(3)},3",
        "flow,yesteryear,1",
    ]
    err = StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("import_values", str(written(tmp_path / "v.csv", "\n".join(rows))), stderr=err, verbosity=0)
    assert failure.value.returncode == 1
    lines = [line.split(":")[0] for line in err.getvalue().splitlines()]
    assert sorted(lines) == ["line 2", "line 3", "line 4", "line 5", "line 7"]
    assert [item["Value"] for item in items("flow")] == [3.0]


def test_parquet_keeps_times_to_100_ns(plant: Plant, tmp_path: Path) -> None:
    nanoseconds = [(MIDNIGHT + 36_000_000_000 + 1) * 100, (MIDNIGHT + 72_000_000_000) * 100]
    table = pa.table(
        {
            "Point": ["flow", "flow"],
            "Timestamp": pa.array(nanoseconds, pa.timestamp("ns", "UTC")),
            "Value": [1.5, 2.5],
            "Quality": [None, "questionable"],
        }
    )
    pq.write_table(table, tmp_path / "values.parquet")
    assert load(tmp_path / "values.parquet")[0] == "2 rows: 2 stored, 0 refused.\n"
    assert [item["Timestamp"] for item in items("flow")] == [hour(1)[:-1] + ".0000001Z", hour(2)]
    assert [item["Questionable"] for item in items("flow")] == [False, True]


@pytest.mark.parametrize(("unit", "per_second"), [("s", 1), ("ms", 1_000), ("us", 1_000_000)])
def test_parquet_of_any_unit_is_read_and_a_time_out_of_reach_is_an_error_of_its_line(
    plant: Plant, tmp_path: Path, unit: str, per_second: int
) -> None:
    moments = [-62_135_596_800 * per_second, (MIDNIGHT // 10_000_000 + 3_600) * per_second]  # year 1
    table = pa.table(
        {"point": ["flow"] * 2, "timestamp": pa.array(moments, pa.timestamp(unit, "UTC")), "value": [1, 2]}
    )
    pq.write_table(table, tmp_path / "values.parquet")
    err = StringIO()
    with pytest.raises(CommandError):
        call_command("import_values", str(tmp_path / "values.parquet"), stderr=err, verbosity=0)
    assert "must lie from 1970" in err.getvalue()
    assert [item["Timestamp"] for item in items("flow")] == [hour(1)]


def test_a_parquet_file_without_a_column_is_refused(plant: Plant, tmp_path: Path) -> None:
    pq.write_table(pa.table({"point": ["flow"], "value": [1.0]}), tmp_path / "values.parquet")
    with pytest.raises(CommandError, match="no column timestamp"):
        load(tmp_path / "values.parquet")
    with pytest.raises(CommandError, match="no Parquet file"):
        load(written(tmp_path / "text.parquet", "point"))
    with pytest.raises(CommandError, match="There is no file"):
        load(tmp_path / "gone.csv")


def breaking(monkeypatch: pytest.MonkeyPatch, at: int) -> list[int]:
    """The archive breaks at its `at`-th write, once. Answers how many values each write had, as they come."""
    whole, seen = archive.write, []

    def write(changes: Any, *more: Any) -> Any:
        seen.append(sum(len(series) for series in changes.values()))
        if len(seen) == at:
            raise ConnectionError
        return whole(changes, *more)

    monkeypatch.setattr(archive, "write", write)
    return seen


def test_an_import_that_was_cut_off_goes_on_where_it_was(
    plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "AT_ONCE", 10)
    rows = [f"flow,{hour(n / 10)},{n}" for n in range(45)]
    path = written(tmp_path / "values.csv", "\n".join(rows))
    seen = breaking(monkeypatch, 3)
    with pytest.raises(ConnectionError):
        load(path)
    assert len(items("flow")) == 20
    out, _ = load(path)
    assert out == "Going on after line 20.\n45 rows: 45 stored, 0 refused.\n"
    assert [item["Value"] for item in items("flow")] == [float(n) for n in range(45)]
    assert seen == [10, 10, 10, 10, 10, 5]
    again = "45 rows: 0 stored, 45 needless (there already, or compressed), 0 refused.\n"
    assert load(path)[0] == again  # done: it begins anew, and changes nothing
    assert not any(item["Substituted"] for item in items("flow"))


def test_a_file_that_has_changed_or_goes_elsewhere_begins_anew(plant: Plant, tmp_path: Path) -> None:
    path = written(tmp_path / "values.csv", CSV)

    def kept(server: DataServer, option: str = "Insert") -> values.Progress:
        return values.Progress.of(path, server, option)

    kept(plant.pi).keep(values.Report(line=3, refused=1))
    assert kept(plant.pi).report() == values.Report(line=3, refused=1)
    assert kept(DataServer.objects.create(name="OTHER")).report() == values.Report()
    assert kept(plant.pi, "Replace").report() == values.Report()
    written(path, CSV + "\n")
    assert kept(plant.pi).report() == values.Report()


def test_values_of_years_ago_go_into_packed_blocks(plant: Plant, tmp_path: Path) -> None:
    from streaming.models import ArchivedBlock

    start = datetime(1999, 12, 31, tzinfo=UTC).timestamp()
    moments = [datetime.fromtimestamp(start + n * 60, UTC).isoformat() for n in range(2_000)]
    load(written(tmp_path / "old.csv", "\n".join(f"flow,{moment},{n}" for n, moment in enumerate(moments))))
    assert ArchivedBlock.objects.count() == 1
    path = f"streams/{web_id(Point.objects.get(name='flow'))}/recorded"
    rows = Client().get(path, startTime="1999-12-31", endTime="2000-01-03", maxCount=5000).rows
    assert [value for _, value in rows] == [float(n) for n in range(2_000)]
