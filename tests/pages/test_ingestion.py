"""The figures of the synchronisation, from rows that a test has made."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.test import Client

from events.models import SyncRun, SyncTarget
from events.models.ingest import IngestionJob, IngestionRun, IngestionSource
from events.pages import figures, paging

NOW = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)


def run(minutes_ago: float, **values: object) -> SyncRun:
    end = NOW - timedelta(minutes=minutes_ago)
    return SyncRun.objects.create(target="lake", started=end, finished=end, **{"seconds": 2.0, **values})


@pytest.fixture
def runs(db: None) -> None:
    SyncTarget.objects.create(name="lake")
    run(3000, inserted=1000)
    run(100, inserted=40, seconds=4.0)
    run(50, state="failed", error="The warehouse <b>sleeps</b>.", seconds=9.0)
    run(20, inserted=5, updated=6, deleted=7)
    run(10, repeats=6)
    run(5, direction="from", inserted=3)


def test_rows_are_counted_since_a_moment(runs: None) -> None:
    assert figures.written(NOW - timedelta(hours=1)) == 5 + 6 + 7 + 3
    assert figures.written(NOW - timedelta(days=1)) == 40 + 18 + 3


def test_repeated_runs_weigh_in_the_rate_of_success(runs: None) -> None:
    day = SyncRun.objects.filter(finished__gte=NOW - timedelta(days=1))
    assert paging.success_rate(day) == pytest.approx(100 * 10 / 11)  # 7 alike, 3 others; one failed
    assert paging.mean_seconds(day) == pytest.approx((4 + 2 + 2 + 2) / 4)


@pytest.mark.parametrize(("name", "rows", "failed"), [("1h", 21, 1), ("24h", 61, 1), ("7d", 1061, 1)])
def test_the_bars_hold_every_run_of_the_range_once(runs: None, name: str, rows: int, failed: int) -> None:
    told = figures.series(NOW, name)
    assert sum(told["Rows"]) == rows
    assert sum(told["Failures"]) == failed
    assert len(told["Times"]) == len(told["Rows"]) == len(told["Failures"])


def test_a_bar_stands_at_the_end_of_its_minute(runs: None) -> None:
    told = figures.series(NOW, "1h")
    [place] = [place for place, count in enumerate(told["Rows"]) if count == 18]
    assert told["Times"][place] == (NOW - timedelta(minutes=19)).isoformat()


def test_a_pipeline_tells_its_last_five_runs_in_order(runs: None) -> None:
    into, out = figures.pipelines(NOW)
    assert [one.written for one in into.recent] == [1000, 40, 0, 18, 0]
    assert (into.status, into.total) == ("done", 11)
    assert (out.last.written if out.last else None, out.success) == (3, 100.0)


def test_the_list_hides_idle_runs_unless_asked(runs: None, client: Client) -> None:
    assert b"of 5, newest" in client.get("/sync-runs/").content
    assert b"of 6, newest" in client.get("/sync-runs/?idle=1").content
    assert b"of 1, newest" in client.get("/sync-runs/?state=failed").content
    assert b"of 1, newest" in client.get("/sync-runs/?direction=from").content


@pytest.mark.parametrize(
    ("start", "told", "neighbours"),
    [(0, "1 to 100 of 205", [100]), (100, "101 to 200 of 205", [0, 200]), (900, "201 to 205 of 205", [100])],
)
@pytest.mark.parametrize("address", ["/sync-runs/", "/ingestion/runs/"])
def test_a_long_list_of_runs_comes_in_pages(
    client: Client, db: None, address: str, start: int, told: str, neighbours: list[int]
) -> None:
    values = {"started": NOW, "finished": NOW, "seconds": 1.0, "state": "failed"}
    job = IngestionJob.objects.create(name="of two", source=IngestionSource.objects.create(name="here"))
    SyncRun.objects.bulk_create(SyncRun(target="lake", **values) for _ in range(205))
    IngestionRun.objects.bulk_create(IngestionRun(job=job, **values) for _ in range(205))
    page = client.get(f"{address}?state=failed&startIndex={start}").content.decode()
    assert told in page
    assert re.findall(r"\?state=failed&amp;startIndex=(\d+)", page) == [str(place) for place in neighbours]


def test_a_failed_run_tells_its_error_in_full_and_escaped(runs: None, client: Client) -> None:
    failed = SyncRun.objects.get(state="failed")
    page = client.get(f"/sync-runs/{failed.pk}/").content.decode()
    assert "The warehouse &lt;b&gt;sleeps&lt;/b&gt;." in page
    assert client.get("/sync-runs/999999/").status_code == 404


def test_the_csv_of_the_runs_holds_the_filtered_ones(runs: None, client: Client) -> None:
    lines = b"".join(client.get("/sync-runs/sync-runs.csv?idle=1")).decode().splitlines()
    assert len(lines) == 7
    assert lines[0].startswith("id,state,direction")


def test_only_staff_with_the_right_may_ask_for_a_run(
    client: Client, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr("events.admin.lake.synchronise_event_frames.delay", lambda **how: asked.append(how))
    assert client.post("/ingestion/run").status_code == 403
    assert admin_client.get("/ingestion/run").status_code == 405
    assert asked == []
    assert admin_client.post("/ingestion/run").status_code == 302
    assert asked == [{"asked": True}]
    assert b"A worker is asked for a run" in admin_client.get("/ingestion/").content


def test_a_panel_that_fails_leaves_the_others(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(now: datetime) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(figures, "equal_share", lambda: broken(NOW))
    page = client.get("/ingestion/")
    assert page.status_code == 200
    assert page.content.count(b'data-state="error"') == 1
    assert page.content.count(b'data-state="ready"') == 7
    told = client.get("/ingestion/panels?range=24h&group=plant").json()
    assert told["Panels"].pop("tiles") == {"Errors": ["This part could not be read; the server's log tells why."]}
    shown = {name: client.get(f"/ingestion/panel/{name}?group=plant").content.decode() for name in told["Panels"]}
    assert {name: panel["Html"] for name, panel in told["Panels"].items()} == shown
    assert len(shown) == 7
    assert told["Series"]["Seconds"] == 15 * 60


def test_an_empty_server_shows_every_page(client: Client, db: None) -> None:
    for url in ("/", "/elements/", "/events/", "/streams/", "/trend/", "/ingestion/", "/sync-runs/", "/health"):
        assert client.get(url, headers={"accept": "text/html"}).status_code == 200, url
    assert b"There are no elements yet" in client.get("/elements/").content
    assert b"There is no asset database yet" in client.get("/events/").content


def test_older_dashboards_get_the_keys_they_know(client_of_plant: httpx.Client) -> None:
    status = client_of_plant.get("/api/ingestion/status").json()
    assert set(status) == {
        *("status", "last_run", "next_run", "rows_loaded_last_hour", "total_rows_today", "tags_ingested"),
        *("event_frames_ingested", "af_elements_indexed", "data_quality_score", "avg_latency_seconds"),
        *("pipeline_groups", "active_pipelines"),
    }
    assert (status["tags_ingested"], status["af_elements_indexed"]) == (138, 84)
    series = client_of_plant.get("/api/ingestion/timeseries").json()
    assert [len(values) for values in series.values()] == [60, 60, 60]
    tags = client_of_plant.get("/api/ingestion/tags").json()
    assert dict(zip(tags["plants"], tags["tag_counts"], strict=True))["Temperature"] == 16
    assert sum(tags["tag_counts"]) == 138
    assert len(client_of_plant.get("/api/ingestion/pipeline_health").json()) == 2
    assert len(client_of_plant.get("/api/ingestion/recent_events").json()) == 10
