"""Where a frame of others belongs: its database, its elements."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pytest_django import Settings

from events.export import export
from events.ingest import ingest
from events.lakehouse.delta import DeltaGateway
from events.models import DeadLetter, EventFrame
from piwebapi.models import AssetDatabase, AssetServer, Element

from .plant import NOW, Plant, ticks
from .samples import row
from .test_ingest import LATER, foreign, stored


def test_a_frame_without_an_element_of_ours_goes_to_the_database_of_the_settings(
    plant: Plant, delta: DeltaGateway, settings: Settings
) -> None:
    second = AssetDatabase.objects.create(server=plant.database.server, name="Second")
    elsewhere = AssetServer.objects.create(name="Other")
    twin = AssetDatabase.objects.create(server=elsewhere, name="Second")
    wanted = {"": plant.database, "second": second, "other\\SECOND": twin, "\\\\Other\\Second": twin}
    delta.ensure_table()
    for number, (name, home) in enumerate(wanted.items()):
        settings.OSIPI_LAKE = {**settings.OSIPI_LAKE, "database": name}
        foreign(delta, row(number, webid=f"their-{number}"), at=LATER + timedelta(hours=number))
        assert ingest(delta, NOW).inserted == 1
        assert EventFrame.objects.get(name=f"Batch_{number}").database == home
    settings.OSIPI_LAKE = {**settings.OSIPI_LAKE, "database": "Nowhere"}
    with_element = row(8, webid="their-8", primary_referenced_element_webid=plant.unit.web_id())
    foreign(delta, row(9, webid="their-9"), with_element, at=LATER + timedelta(days=1))
    run = ingest(delta, NOW)
    assert (run.inserted, run.refused) == (1, 1)
    assert "no asset database 'Nowhere' (OSIPI_LAKE_DATABASE)" in DeadLetter.objects.get().reason


def test_further_references_stay_when_the_primary_element_changes(plant: Plant, delta: DeltaGateway) -> None:
    other = Element.objects.create(database=plant.database, name="Unit_2", path="Unit_2")
    third = Element.objects.create(database=plant.database, name="Unit_3", path="Unit_3")
    frame = plant.frame(elements=[plant.unit, other])
    export(delta, NOW)
    ours = stored(delta)[frame.web_id()]
    foreign(delta, replace(ours, primary_referenced_element_webid=third.web_id()), at=datetime.now(UTC))
    ingest(delta, NOW)
    frame.refresh_from_db()
    assert [reference.element.name for reference in frame.references.all()] == ["Unit_3", "Unit_2"]
    assert frame.primary_element == third
    assert frame.start == ticks(2026, 3, 1, 8)
