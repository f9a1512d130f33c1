"""The page of the lake connection and the page that takes AF XML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery import Task
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from events.models import SyncTarget
from piwebapi.models import AssetDatabase

from .forms import said
from .plant import MOMENT, Plant

LAKE = "/admin/events/synctarget/lake/"
IMPORT = "/admin/piwebapi/assetdatabase/import-af/"
EXPORT = b"""<?xml version="1.0"?>
<AF PISystem="OTHER" Database="Dairy"><AFDatabase><Name>Dairy</Name>
<AFElement><Name>Silo</Name></AFElement></AFDatabase></AF>"""


def test_the_page_tells_which_table_is_configured_and_no_secret(browser: Client, settings: Any, plant: Plant) -> None:
    assert "local Delta tables" in said(browser.get(LAKE))
    settings.DATABRICKS = settings.DATABRICKS | {"host": "adb-1.example", "token": "dapi-very-secret"}
    page = said(browser.get(LAKE))
    assert "adb-1.example" in page
    assert "access token" in page
    assert "dapi-very-secret" not in page


def test_the_connection_is_tested_and_the_answer_told(browser: Client, settings: Any, tmp_path: Path) -> None:
    settings.OSIPI_DATA_DIR = tmp_path
    answer = said(browser.post(LAKE, {"act": "test"}, follow=True))
    assert "pi_event_frames" in answer
    settings.DATABRICKS = settings.DATABRICKS | {"catalog": "no such; name"}
    assert "DATABRICKS_CATALOG" in said(browser.post(LAKE, {"act": "test"}, follow=True))


def test_sync_now_asks_a_worker_and_ends_a_pause(
    browser: Client, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Task, "delay", lambda task, **how: asked.append(task.name))
    plant.make_sync()
    SyncTarget.objects.update(paused_until=MOMENT)
    assert "A worker is asked for a run" in said(browser.post(LAKE, {"act": "sync"}, follow=True))
    assert len(asked) == 1
    assert asked[0].startswith("events.tasks.")
    assert not SyncTarget.objects.filter(paused_until__isnull=False).exists()


def test_a_link_starts_nothing(browser: Client, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Task, "delay", lambda task: pytest.fail("started by GET"))
    assert browser.get(LAKE, {"act": "sync"}).status_code == 200


def test_who_may_only_look_at_targets_starts_nothing(plant: Plant, staff: Callable[..., Client]) -> None:
    assert staff("view_synctarget").post(LAKE, {"act": "sync"}).status_code == 403


def upload(content: bytes, name: str = "dairy.xml") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content), "server": "", "database": ""}


def test_an_export_is_taken_in_and_reported(browser: Client, plant: Plant) -> None:
    answer = said(browser.post(IMPORT, upload(EXPORT)))
    assert "Created: 1 asset databases, 1 elements" in answer
    assert AssetDatabase.objects.get(name="Dairy").elements.get().name == "Silo"


def test_a_bad_file_is_refused_with_its_own_name_and_nothing_is_kept(browser: Client, plant: Plant) -> None:
    answer = said(browser.post(IMPORT, upload(EXPORT[:-20], "broken.xml")))
    assert "broken.xml" in answer
    assert "upload.xml" not in answer
    assert not AssetDatabase.objects.filter(name="Dairy").exists()


def test_an_export_is_taken_only_from_who_may_add_databases(plant: Plant, staff: Callable[..., Client]) -> None:
    assert staff("view_assetdatabase").post(IMPORT, upload(EXPORT)).status_code == 403


def test_who_may_look_at_a_database_is_led_to_its_export(plant: Plant, staff: Callable[..., Client]) -> None:
    database = AssetDatabase.objects.first()
    assert database is not None
    page = f"/admin/piwebapi/assetdatabase/{database.pk}/export-af/"
    browser = staff("view_assetdatabase")
    answer = browser.get(page)
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"/piwebapi/assetdatabases/{database.web_id()}/export",
    )
    assert browser.get(page.replace(str(database.pk), "999999")).status_code == 404


def test_who_may_not_look_at_databases_is_not_led_to_an_export(plant: Plant, staff: Callable[..., Client]) -> None:
    database = AssetDatabase.objects.first()
    assert database is not None
    assert staff("view_point").get(f"/admin/piwebapi/assetdatabase/{database.pk}/export-af/").status_code == 403
