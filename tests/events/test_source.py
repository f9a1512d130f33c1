"""What pages and API say of the table: which it is, how old the data is, what failed since when."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from events.models import EventFrame
from events.models.sync import SyncRun
from events.runs import Options
from events.sync import synchronise
from tests.api.conftest import Api

from .plant import Plant

URL = "eventframes/source"
WRONG = {"host": "dbc-1.example.com", "http_path": "", "token": "t", "catalog": "osipi", "schema": "bronze"}


@pytest.fixture
def local(settings: Settings, tmp_path: Path) -> Settings:
    settings.OSIPI_DATA_DIR = tmp_path
    settings.DATABRICKS = {**settings.DATABRICKS, "host": ""}
    return settings


def test_without_settings_it_is_a_local_table_and_nothing_has_run(plant: Plant, api: Api, local: Settings) -> None:
    plant.frame()
    told = api.get(URL)
    assert (told["Kind"], told["Host"], told["Table"]) == ("LocalDelta", "", "osipi.bronze.pi_event_frames")
    assert (told["State"], told["LastSuccess"], told["Waiting"]) == ("NotRun", None, 1)
    synchronise(timezone.now(), Options())
    told = api.get(URL)
    assert (told["State"], told["Error"], told["FailedSince"], told["Waiting"]) == ("Good", "", None, 0)
    assert told["LastSuccess"].startswith(f"{SyncRun.objects.first().finished:%Y-%m-%dT%H:%M:%S}")


def test_with_wrong_settings_all_say_what_failed_since_when_and_the_data_keeps_its_age(
    plant: Plant, api: Api, local: Settings, client: Client
) -> None:
    plant.frame("Kept")
    first = timezone.now() - timedelta(hours=3)
    synchronise(first, Options())
    good = api.get(URL)
    local.DATABRICKS = {**local.DATABRICKS, **WRONG}
    for minutes in (0, 10, 20):
        synchronise(first + timedelta(hours=1, minutes=minutes), Options())
    told = api.get(URL)
    since = first + timedelta(hours=1)
    assert (told["Kind"], told["Host"], told["State"]) == ("UnityCatalog", "dbc-1.example.com", "Failed")
    assert "DATABRICKS_HTTP_PATH" in told["Error"]
    assert told["FailedSince"].startswith(f"{since:%Y-%m-%dT%H:%M:%S}")
    assert (told["LastSuccess"], told["LastRead"]) == (good["LastSuccess"], good["LastRead"])
    assert [frame.name for frame in EventFrame.objects.all()] == ["Kept"]
    page = client.get("/sync-runs/?state=failed").content.decode()
    assert "DATABRICKS_HTTP_PATH" in page
    assert timezone.localtime(since).strftime("%H:%M") in page


def test_after_a_good_run_nothing_failed(plant: Plant, api: Api, local: Settings) -> None:
    now = timezone.now()
    for number, state in enumerate(("done", "failed", "failed", "done")):
        at = now + timedelta(minutes=number)
        SyncRun.objects.create(target="x", direction="to", state=state, started=at, finished=at, error=f"e{number}")
        told = api.get(URL)
        assert told["State"] == {"done": "Good", "failed": "Failed"}[state]
        if state == "failed":
            assert told["FailedSince"].startswith(f"{now + timedelta(minutes=1):%Y-%m-%dT%H:%M:%S}")
            assert told["Error"] == f"e{number}"
