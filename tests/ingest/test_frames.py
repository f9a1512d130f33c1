"""Event frames and elements of another server of this kind: its demo plant behind a real server process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.utils import timezone
from pytest_django import Settings

from events.ingestion import jobs
from events.ingestion.lake.table import open_table
from events.ingestion.tables import HIERARCHY
from events.models import EventFrame, EventFrameTombstone
from events.models.ingest import IngestionJob, IngestionSource
from piwebapi.core.times import format_ticks
from piwebapi.models import AssetDatabase, AssetServer, Element
from tests.pages.plant_server import PASSWORD, PlantServer

MONTHS = 70 * 86_400


class Foreign:
    def __init__(self, server: PlantServer) -> None:
        self.client = httpx.Client(base_url=f"{server.url}/piwebapi/", auth=("admin", PASSWORD), timeout=60)
        self.client.headers["X-Requested-With"] = "test"
        self.url = f"{server.url}/piwebapi"
        self.database = self.client.get("assetdatabases", params={"path": "\\\\AFDEMO\\ProductionDB"}).json()

    def element(self, path: str) -> str:
        found = self.client.get("elements", params={"path": f"\\\\AFDEMO\\ProductionDB\\{path}"})
        return str(found.json()["WebId"])

    def frames(self) -> dict[str, dict[str, Any]]:
        query = {"searchMode": "Overlapped", "startTime": "*-70d", "endTime": "*", "maxCount": 1000}
        found = self.client.get(f"assetdatabases/{self.database['WebId']}/eventframes", params=query).json()["Items"]
        return {item["Name"]: item for item in found}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, prepared_plant: PlantServer) -> Iterator[PlantServer]:
    server = PlantServer(tmp_path_factory.mktemp("foreign"))
    server.copy(prepared_plant)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def foreign(server: PlantServer) -> Iterator[Foreign]:
    found = Foreign(server)
    yield found
    found.client.close()


@pytest.fixture
def job(db: None, foreign: Foreign, settings: Settings, tmp_path: Path) -> IngestionJob:
    settings.OSIPI_DATA_DIR = tmp_path
    source = IngestionSource.objects.create(name="foreign", url=foreign.url, requests_per_second=0, page_size=90)
    database = AssetDatabase.objects.create(server=AssetServer.objects.create(name="OURS"), name="Copy")
    Element.objects.create(database=database, name="Unit_1", path="Eraring_Plant\\Unit_1")
    return IngestionJob.objects.create(
        name="frames", kind="event_frames", source=source, first_seconds=MONTHS, overlap_seconds=MONTHS
    )


def run(job: IngestionJob) -> Any:
    told = jobs.run(IngestionJob.objects.select_related("source").get(pk=job.pk), timezone.now())
    assert told.state == "done", told.error
    return told


@pytest.mark.timeout(180)
def test_frames_come_with_values_in_few_requests_and_follow_what_happens_to_them(
    job: IngestionJob, foreign: Foreign
) -> None:
    first = run(job)
    theirs = foreign.frames()
    assert (first.written, EventFrame.objects.count()) == (len(theirs), len(theirs))
    assert first.requests < 20
    ours = {frame.name: frame for frame in EventFrame.objects.select_related("template", "primary_element")}
    for name, item in theirs.items():
        frame = ours[name]
        assert format_ticks(frame.start) == item["StartTime"]
        assert (frame.end is None) == item["EndTime"].startswith("9999")
        assert frame.template.name == item["TemplateName"]
    some = next(iter(theirs.values()))
    values = foreign.client.get(f"streamsets/{some['WebId']}/value").json()["Items"]
    kept = {row.name: row.value for row in ours[some["Name"]].attributes.all()}
    assert {one["Name"]: str(one["Value"]["Value"]) for one in values} == {
        name: "" if value is None else str(value) for name, value in kept.items()
    }
    units = {frame.primary_element.path for frame in ours.values() if frame.primary_element}
    assert units == {"Eraring_Plant\\Unit_1"}
    assert run(job).written == 0

    opened = next(item for item in theirs.values() if item["EndTime"].startswith("9999"))
    closed = next(item for item in theirs.values() if not item["EndTime"].startswith("9999"))
    end = timezone.now().isoformat(timespec="seconds").replace("+00:00", "Z")
    assert foreign.client.patch(f"eventframes/{opened['WebId']}", json={"EndTime": end}).status_code == 204
    assert foreign.client.delete(f"eventframes/{closed['WebId']}").status_code == 204
    assert run(job).written == 2
    changed = EventFrame.objects.get(name=opened["Name"])
    assert format_ticks(changed.end or 0) == format_ticks_of(end)
    assert not EventFrame.objects.filter(name=closed["Name"]).exists()
    assert EventFrameTombstone.objects.count() == 1


def format_ticks_of(text: str) -> str:
    return datetime.fromisoformat(text).isoformat().replace("+00:00", "Z")


def test_all_referenced_elements_that_are_here_are_kept_in_their_order(job: IngestionJob, foreign: Foreign) -> None:
    Element.objects.create(database=AssetDatabase.objects.get(name="Copy"), name="E", path="Eraring_Plant")
    paths = ("Eraring_Plant\\Unit_1", "Bayswater_Plant", "Eraring_Plant")  # the second is not here
    web_ids = [foreign.element(path) for path in paths]
    frame = {"Name": "Three elements", "StartTime": "*-1h", "EndTime": "*", "RefElementWebIds": web_ids}
    made = foreign.client.post(f"assetdatabases/{foreign.database['WebId']}/eventframes", json=frame)
    assert made.status_code == 201, made.text
    run(job)
    ours = EventFrame.objects.get(name="Three elements")
    assert ours.primary_element and ours.primary_element.name == "Unit_1"
    assert [row.element.name for row in ours.references.all()] == ["Unit_1", "E"]
    there = made.headers["Location"].rpartition("/")[2]
    assert foreign.client.patch(f"eventframes/{there}", json={"RefElementWebIds": web_ids[::-1]}).status_code == 204
    assert run(job).written == 1
    ours.refresh_from_db()
    assert [row.element.name for row in ours.references.all()] == ["E", "Unit_1"]
    assert foreign.client.delete(f"eventframes/{there}").status_code == 204


def test_templates_and_attributes_may_be_chosen(job: IngestionJob, foreign: Foreign) -> None:
    IngestionJob.objects.update(templates="AlarmTemplate, DowntimeTemplate", attributes="Priority,Reason")
    run(job)
    frames = EventFrame.objects.prefetch_related("attributes").select_related("template")
    assert {frame.template.name for frame in frames} == {"AlarmTemplate", "DowntimeTemplate"}
    assert {row.name for frame in frames for row in frame.attributes.all()} == {"Priority", "Reason"}


def test_the_frames_of_this_server_are_not_taken_in_again(job: IngestionJob) -> None:
    job.source.url = ""
    job.source.save()
    told = jobs.run(IngestionJob.objects.select_related("source").get(pk=job.pk), timezone.now())
    assert (told.state, told.is_permanent) == ("failed", True)
    assert "are here already" in told.error


@pytest.mark.timeout(180)
def test_the_elements_are_in_the_lake_with_their_templates_and_attributes(
    job: IngestionJob, foreign: Foreign, tmp_path: Path
) -> None:
    IngestionJob.objects.update(kind="hierarchy")
    assert run(job).written == 84
    table = open_table(HIERARCHY, tmp_path, {})
    rows = {row["path"]: row for row in table.query("SELECT * FROM {table}").to_pylist(maps_as_pydicts="strict")}
    unit = rows["\\\\AFDEMO\\ProductionDB\\Eraring_Plant\\Unit_1"]
    assert (unit["template_name"], unit["level"], unit["has_children"]) == ("ProcessUnitTemplate", 2, True)
    assert unit["parent_webid"] == rows["\\\\AFDEMO\\ProductionDB\\Eraring_Plant"]["webid"]
    assert set(unit["attributes"]) >= {"Temperature", "Mode"}
    assert run(job).written == 0
