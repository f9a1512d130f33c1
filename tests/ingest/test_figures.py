"""What `/metrics` tells of jobs and rules, and how a table's own columns show."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events.ingestion.tables import METRICS, TIMESERIES, drift
from events.models.ingest import IngestionJob, IngestionQuality
from events.models.rules import EventRule
from tests.rules.test_rules import Plant

from .conftest import Place


def told(client: Client) -> dict[str, float]:
    text = client.get("/metrics").content.decode()
    assert text.endswith("\n")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? \S+', line) for line in lines)
    return {name: float(figure) for name, _, figure in (line.rpartition(" ") for line in lines)}


def test_metrics_tell_what_the_last_run_brought(place: Place, client: Client) -> None:
    place.fill(2, -60, 0)
    place.plain.values["Plant_Unit000_Level_PV"][3] = (*place.plain.values["Plant_Unit000_Level_PV"][3][:1], "open")
    place.run()
    figures = told(client)
    labels = '{job="values",kind="timeseries"}'
    expected = {"read_rows": 122, "written_rows": 121, "rejected_rows": 1, "streams": 2, "rows": 121, "null_rate": 0}
    assert {name: figures[f"osipi_ingestion_{name}{labels}"] for name in expected} == expected
    assert figures[f"osipi_ingestion_overdue{labels}"] == figures[f"osipi_ingestion_failing{labels}"] == 0
    age = timezone.now().timestamp() - 1_772_452_800  # since 2026-03-02 12:00 UTC, when the newest value was
    assert figures[f"osipi_ingestion_freshness_seconds{labels}"] == pytest.approx(age, rel=1e-4)
    assert figures[f"osipi_ingestion_lag_seconds{labels}"] == pytest.approx(age, rel=1e-4)


def test_an_overdue_job_and_a_rule_that_fails_show(place: Place, client: Client) -> None:
    IngestionJob.objects.update(created=timezone.now() - timedelta(hours=1), name='a "b" \\ c')
    Plant().rule(error="no such attribute", until=0)
    figures = told_loosely(client)
    assert figures['osipi_ingestion_overdue{job="a \\"b\\" \\\\ c",kind="timeseries"}'] == 1
    assert figures['osipi_rule_failing{rule="High level"}'] == 1
    assert EventRule.objects.count() == 1


def told_loosely(client: Client) -> dict[str, float]:
    lines = client.get("/metrics").content.decode().splitlines()
    return {name: float(figure) for name, _, figure in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_columns_that_a_table_lacks_or_has_besides_are_told() -> None:
    assert drift(TIMESERIES, TIMESERIES.names) == ""
    names = [name for name in TIMESERIES.names if name not in ("units", "plant", "unit")]
    assert drift(TIMESERIES, [*names, "UOM"]) == "lacks plant, unit"
    assert drift(METRICS, [*METRICS.names, "batch", "Area"]) == "has also area, batch"


def test_a_run_remembers_how_the_table_differs(place: Place) -> None:
    import deltalake

    schema = TIMESERIES.arrow.remove(TIMESERIES.arrow.get_field_index("sensor_type"))
    deltalake.DeltaTable.create(str(place.folder / "lake" / "osipi" / "bronze" / "pi_timeseries"), schema)
    place.fill(1, -5, 0)
    place.run()
    assert IngestionQuality.objects.get().drift == "lacks sensor_type"
