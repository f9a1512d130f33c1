"""Points and elements of another server of this kind, taken over: its demo plant behind a real server process."""

from __future__ import annotations

import pytest
from django.utils import timezone

from events.ingestion import jobs
from events.models.ingest import IngestionJob, IngestionRun, IngestionSource
from piwebapi.models import (
    AssetDatabase,
    AssetServer,
    Attribute,
    DataServer,
    Element,
    ElementTemplate,
    EnumerationSet,
    Point,
)

from .test_frames import Foreign
from .test_frames import foreign as foreign  # noqa: PLC0414 - the fixtures
from .test_frames import server as server  # noqa: PLC0414


@pytest.fixture
def site(db: None, foreign: Foreign) -> IngestionSource:
    return IngestionSource.objects.create(name="site", url=foreign.url, requests_per_second=0, page_size=60)


def run(source: IngestionSource, kind: str, **more: object) -> IngestionRun:
    job, _ = IngestionJob.objects.update_or_create(name=kind, defaults={"source": source, "kind": kind, **more})
    return jobs.run(job, timezone.now())


def test_points_and_elements_are_here_and_find_each_other(site: IngestionSource, foreign: Foreign) -> None:
    other = AssetDatabase.objects.create(server=AssetServer.objects.create(name="AFDEMO"), name="ProductionDB")
    taken = run(site, "elements")
    assert taken.state == "done", taken.error
    database = AssetDatabase.objects.select_related("server").get(server__name="site")
    assert (database.name, Element.objects.filter(database=database).count()) == ("ProductionDB", 84)
    assert not Element.objects.filter(database=other).exists()
    assert ElementTemplate.objects.filter(database=database, name="ProcessUnitTemplate").exists()
    temperature = Attribute.objects.get(element__path="Eraring_Plant\\Unit_1", name="Temperature")
    assert temperature.point is None

    told = run(site, "points")
    assert (told.state, told.read, told.written) == ("done", 138, 138)
    temperature.refresh_from_db()
    assert temperature.point is not None
    point = Point.objects.select_related("server").get(pk=temperature.point_id)
    assert (point.name, point.server.name, point.simulated) == ("Eraring_Unit001_Temperature_PV", "PIDEMO", False)
    assert (point.engineering_units, point.zero, point.span, point.point_type) == ("degC", 20.0, 80.0, "Float32")
    modes = EnumerationSet.objects.get(data_server__name="PIDEMO", name="Modes")
    assert list(modes.states().values()) == ["Manual", "Auto", "Cascade", "Program", "Prog-Auto"]
    assert Point.objects.get(name="CDM158").digital_set == modes


def test_again_nothing_is_written_but_what_has_changed(site: IngestionSource) -> None:
    run(site, "elements")
    run(site, "points")
    assert run(site, "elements").written == run(site, "points").written == 0
    Point.objects.filter(name="SINUSOID").update(descriptor="old")
    Element.objects.filter(path="Eraring_Plant").update(description="old")
    assert run(site, "points").written == 1
    assert Point.objects.get(name="SINUSOID").descriptor != "old"
    assert run(site, "elements").changed == 1


def test_points_that_are_here_already_are_left_as_they_are(site: IngestionSource) -> None:
    own = DataServer.objects.create(name="PIDEMO")
    mine = Point.objects.create(server=own, name="SINUSOID", descriptor="mine")
    assert run(site, "points", query="SINU*").written == 1
    mine.refresh_from_db()
    assert mine.descriptor == "mine"


def test_more_points_than_the_maximum_and_this_server_itself_are_refused(site: IngestionSource) -> None:
    told = run(site, "points", most_points=50)
    assert (told.state, told.is_permanent) == ("failed", True)
    assert "More than 50 points" in told.error
    own = IngestionSource.objects.create(name="this server")
    for kind in ("points", "elements"):
        assert "is here already" in run(own, kind).error
