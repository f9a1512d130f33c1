"""The figures about ingested data, each against its limits, and where the ingestion page says its data come from."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events.models import SyncReport, SyncRun, SyncTarget
from events.models.ingest import IngestionJob, IngestionQuality, IngestionSource
from events.pages import data_quality
from piwebapi.models import DataServer, Point

NOW = timezone.now()
PANELS = 8


@pytest.fixture
def job(db: None) -> IngestionJob:
    return IngestionJob.objects.create(
        name="of a plant", source=IngestionSource.objects.create(name="here"), every_seconds=60
    )


def measured(job: IngestionJob, **values: Any) -> IngestionQuality:
    usual = {"table": "plant.values", "at": NOW, "read": 100, "written": 100, "freshness_seconds": 10.0, "volume": 1.0}
    return IngestionQuality.objects.create(job=job, **usual | values)


@pytest.mark.parametrize(
    ("name", "value", "column", "told", "state"),
    [
        ("null_rate", 0.05, "Null rate", "5.0%", "pass"),
        ("null_rate", 0.051, "Null rate", "5.1%", "warn"),
        ("null_rate", 0.21, "Null rate", "21.0%", "fail"),
        ("questionable_rate", 0.2, "Doubtful", "20.0%", "pass"),
        ("questionable_rate", 0.5, "Doubtful", "50.0%", "warn"),
        ("questionable_rate", 0.6, "Doubtful", "60.0%", "fail"),
        ("duplicates", 0, "Duplicates", "0", "pass"),
        ("duplicates", 5, "Duplicates", "5", "warn"),
        ("duplicates", 6, "Duplicates", "6", "fail"),
        ("volume", None, "Volume", "first run", "none"),
        ("volume", 0.5, "Volume", "50%", "pass"),
        ("volume", 0.4, "Volume", "40%", "warn"),
        ("volume", 0.09, "Volume", "9%", "fail"),
        ("volume", 3.0, "Volume", "300%", "warn"),
        ("volume", 10.5, "Volume", "1050%", "fail"),
        ("freshness_seconds", 120.0, "Freshness", "2m 0s", "pass"),
        ("freshness_seconds", 121.0, "Freshness", "2m 1s", "warn"),
        ("freshness_seconds", 241.0, "Freshness", "4m 1s", "fail"),
        ("freshness_seconds", None, "Freshness", "-", "none"),
        ("drift", "", "Schema drift", "no difference", "pass"),
        ("drift", "has also colour", "Schema drift", "has also colour", "warn"),
        ("drift", "lacks value; has also colour", "Schema drift", "lacks value; has also colour", "fail"),
    ],
)
def test_a_figure_is_held_against_its_limits(
    job: IngestionJob, name: str, value: Any, column: str, told: str, state: str
) -> None:
    measured(job, **{name: value})
    [row] = data_quality.overview(NOW)
    figure = row["figures"][column]
    assert (figure.value, figure.state) == (told, state)
    assert all(other.state == "pass" for title, other in row["figures"].items() if title != column)


def test_data_age_after_their_run_and_by_the_period_of_the_job(job: IngestionJob) -> None:
    IngestionJob.objects.filter(pk=job.pk).update(every_seconds=600)
    measured(job)
    states = {}
    for minutes in (19, 21, 39, 41):
        [row] = data_quality.overview(NOW + timedelta(minutes=minutes))
        states[minutes] = row["figures"]["Freshness"].state
    assert states == {19: "pass", 21: "warn", 39: "warn", 41: "fail"}
    IngestionJob.objects.filter(pk=job.pk).update(kind="event_frames")  # they come when something happens
    [row] = data_quality.overview(NOW + timedelta(days=2))
    assert (row["figures"]["Freshness"].value, row["figures"]["Freshness"].state) == ("2d 0h", "none")


def test_the_newest_run_that_wrote_anything_tells(job: IngestionJob) -> None:
    measured(job, null_rate=0.9)
    measured(job, null_rate=0.1)
    measured(job, written=0, null_rate=0.5)
    IngestionJob.objects.create(name="another", source=job.source)
    rows = data_quality.overview(NOW)
    assert [(row["name"], row["figures"]["Null rate"].value) for row in rows] == [("of a plant", "10.0%")]
    assert data_quality.counted(rows) == {"pass": 5, "warn": 1, "fail": 0}


def texts(html: str) -> list[str]:
    return [unescape(text).strip() for text in re.split(r"<[^>]+>", html) if text.strip()]


def test_the_page_shows_value_limit_and_state_of_every_figure(job: IngestionJob, client: Client) -> None:
    measured(job, at=timezone.now(), null_rate=0.3, questionable_rate=0.3, drift="lacks value")
    page = client.get("/ingestion/").content.decode()
    panel = page[page.index('data-panel="quality"') : page.index('data-panel="checks"')]
    head, body = panel[: panel.index("<tbody>")], panel[panel.index("<tbody>") :]
    assert [text for text in texts(head) if text in data_quality.COLUMNS] == list(data_quality.COLUMNS)
    assert "3 pass, 1 warn, 2 fail" in texts(head)
    cells = [texts(cell) for cell in re.findall(r"<td data-state.*?</td>", body)]
    assert [cell[0] for cell in cells] == ["fail", "warn", "pass", "pass", "pass", "fail"]
    assert cells[0] == ["fail", "30.0%", "at most 5%"]
    assert cells[1] == ["warn", "30.0%", "at most 20%"]
    assert cells[2] == ["pass", "0", "none"]
    assert cells[3] == ["pass", "100%", "50% to 200% of usual"]
    assert cells[4][2] == "at most 2m 0s"
    assert cells[5] == ["fail", "lacks value", "none"]
    assert [icon in cell for cell, icon in zip(body.split("<td data-state")[1:], ("#cross", "#warn"), strict=False)]


@pytest.fixture
def points(db: None) -> None:
    server = DataServer.objects.create(name="here")
    Point.objects.create(server=server, name="real", name_key="real")


@pytest.mark.parametrize(
    ("simulated", "host", "kind", "label"),
    [
        (0, "", "local", "Local lake"),
        (0, "https://plant.example", "live", "Unity Catalog"),
        (1, "", "demo", "Partly demo data"),
        (1, "https://plant.example", "demo", "Partly demo data"),
    ],
)
def test_every_panel_says_where_its_data_come_from(
    points: None, client: Client, settings: Any, simulated: int, host: str, kind: str, label: str
) -> None:
    settings.DATABRICKS = settings.DATABRICKS | {"host": host}
    for at in range(simulated):
        name = f"sine {at}"
        Point.objects.create(server=DataServer.objects.get(), name=name, name_key=name, signal="sinusoid")
    page = client.get("/ingestion/").content.decode()
    chips = re.findall(r'<span class="chip source [^>]*data-source="(\w+)">.*?</svg>(.*?)</span>', page)
    assert chips == [(kind, label)] * (PANELS + 1)  # the chart, too
    assert ("1 of 2 points of this server are simulated" in page) == bool(simulated)
    again = client.get("/ingestion/panels").json()["Panels"]
    assert all(f'data-source="{kind}"' in panel["Html"] for panel in again.values())
    assert ("Databricks is not configured" in page) == (not host)
    assert ('href="https://plant.example/explore' in page) == bool(host)


def test_the_tiles_tell_what_the_endpoint_tells(points: None, client: Client) -> None:
    SyncTarget.objects.create(name="lake")
    now = timezone.now()
    for rows, seconds in ((1200, 2.0), (34, 4.0)):
        SyncRun.objects.create(target="lake", started=now, finished=now, seconds=seconds, inserted=rows)
    SyncReport.objects.create(
        target=SyncTarget.objects.get(), started=now, here=8, there=9, only_there=2, only_here=1, different=1
    )
    told = client.get("/api/ingestion/status").json()
    page = client.get("/ingestion/").content.decode()
    tiles = page[page.index('data-panel="tiles"') : page.index('id="rate"')]
    shown = {found[0]: found[1:] for tile in re.split(r'class="panel tile"', tiles)[1:] if (found := texts(tile)[1:])}
    shown = {name: values[0] for name, values in shown.items()}
    assert shown["Rows, last hour"] == f"{told['rows_loaded_last_hour']:,}" == "1,234"
    assert shown["Mean duration"] == f"{told['avg_latency_seconds']:.2f} s" == "3.00 s"
    assert shown["Equal rows"] == f"{told['data_quality_score']:.1f} %" == "60.0 %"
    assert shown["Points"] == f"{told['tags_ingested']:,}" == "1"
    assert shown["Event frames"] == f"{told['event_frames_ingested']:,}" == "0"
    assert shown["AF elements"] == f"{told['af_elements_indexed']:,}" == "0"
    assert shown["Status"] == "needs attention"  # they differ
    assert told["status"] == "Warning"
    assert len(shown) == 12
