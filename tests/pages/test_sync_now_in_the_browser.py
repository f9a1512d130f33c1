"""A run of the synchronisation that somebody asks for by a button, carried out by a real worker."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from events.turns import SLOT_SECONDS
from osipi_site.management.commands.up import CELERY
from tests.pages.conftest import Watched
from tests.pages.plant_server import ROOT, PlantServer

TABLE = Path("var", "lake", "osipi", "bronze", "pi_event_frames")


@pytest.fixture(scope="module")
def plant_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlantServer]:
    """One of its own with a worker and no schedule: nothing runs that nobody has asked for. It is new, since a job that
    has not run for long is no longer healthy."""
    server = PlantServer(tmp_path_factory.mktemp("asked"))
    server.prepare()
    server.start()
    command = (*CELERY, "worker", "--pool", "threads", "--concurrency", "1", "--without-gossip", "--without-mingle")
    with (server.directory / "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, cwd=ROOT, env=server.environment, stdout=log, stderr=log)
    yield server
    worker.terminate()
    worker.wait(30)
    server.stop()


def rows(page: Any, visit: Watched, query: str, least: int) -> list[dict[str, str]]:
    """The list of the runs by column, newest first, as soon as it is so long."""
    for _ in range(200):
        page.goto(f"{visit.url}/sync-runs/?{query}")
        names = page.locator("main thead th").all_inner_texts()
        found = [row.locator("th, td").all_inner_texts() for row in page.locator("main tbody tr:not(.told)").all()]
        if len(found) >= least:
            return [dict(zip(names, (text.strip() for text in row), strict=True)) for row in found]
        page.wait_for_timeout(200)
    raise AssertionError(f"there are {len(found)} runs")


def test_who_asks_for_a_run_is_shown_what_came_of_it(visit: Watched) -> None:
    visit.sign_in()
    page = visit.open("/sync-runs/?idle=1")
    page.get_by_text("No run fits").wait_for()
    page.goto(f"{visit.url}/ingestion/")
    page.locator('[data-panel="tiles"]').get_by_text("not run yet").wait_for()
    page.get_by_role("button", name="Run now").click()
    page.get_by_role("status").get_by_text("A worker is asked for a run").wait_for()

    into = next(row for row in rows(page, visit, "idle=1", 2) if row["Direction"] == "into the lake")
    frames = httpx.get(f"{visit.url}/counts").json()["eventframes"]
    assert (into["State"], into["Read"], into["Inserted"], into["Refused"]) == ("done", f"{frames}", f"{frames}", "0")
    page.goto(f"{visit.url}/ingestion/")
    page.locator('[data-panel="tiles"]').get_by_text("healthy").wait_for()
    assert f"{frames}" in page.locator('[data-panel="tables"] tbody').inner_text()


def test_a_run_that_fails_says_so_and_why(visit: Watched, plant_server: PlantServer) -> None:
    """The table has become a plain file. (Two runs within a slot are one, so the one before has to be older.)"""
    table = plant_server.directory / TABLE
    table.rename(table.with_name("kept"))
    table.write_text("no table")
    visit.sign_in()
    page = visit.open("/admin/events/synctarget/lake/")
    page.wait_for_timeout(SLOT_SECONDS * 1000)
    page.get_by_role("button", name="Sync now").click()
    page.get_by_text("A worker is asked for a run").wait_for()

    (failed,) = rows(page, visit, "state=failed", 1)
    assert failed["State"] == "failed"
    told = page.locator("tr.told").inner_text().strip()
    assert "pi_event_frames" in told
    page.locator("main tbody").get_by_role("link").first.click()
    page.get_by_role("heading", name="What went wrong").wait_for()
    assert page.locator(".fault-text").inner_text().startswith(told.removesuffix("…"))
    page.goto(f"{visit.url}/ingestion/")
    page.locator('[data-panel="tiles"] .problems').get_by_text(told.removesuffix("…")[:40]).wait_for()
    page.goto(f"{visit.url}/admin/events/synctarget/lake/")
    assert "failed" in page.get_by_role("region", name="Newest run").inner_text()
