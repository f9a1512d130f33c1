"""Names with every character in the text for Prometheus."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from events.ingestion.exposition import _job, _lines


def test_a_name_stays_on_its_line_and_in_its_quotes() -> None:
    rows = [({"job": 'a "b"\\c\nd'}, {"rows": 5.0}), ({"job": "e"}, {"rows": None})]
    assert list(_lines("osipi", {"rows": "How many."}, rows)) == [
        "# HELP osipi_rows How many.",
        "# TYPE osipi_rows gauge",
        'osipi_rows{job="a \\"b\\"\\\\c\\nd"} 5',
    ]


def test_a_figure_that_nobody_has_is_not_named() -> None:
    assert list(_lines("osipi", {"rows": "How many."}, [({"job": "e"}, {"rows": None})])) == []


def test_the_newest_row_gets_older_after_the_run_that_brought_it() -> None:
    run_at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    quality = {"freshness_seconds": 10.0, "at": run_at.isoformat(), "rejected": {"late": 2, "bad": 3}, "drift": ""}
    job = dict.fromkeys(("problem", "enabled", "state", "streams", "rows", "kept", "lag_seconds")) | {
        "quality": quality
    }
    told = _job(job, run_at + timedelta(minutes=5))
    assert (told["freshness_seconds"], told["rejected_rows"], told["schema_drift"]) == (310.0, 5, False)
    assert _job(job | {"quality": None}, run_at)["freshness_seconds"] is None
