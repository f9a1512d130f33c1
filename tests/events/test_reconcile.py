from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from events import sync
from events.export import export
from events.ingest import ingest
from events.lakehouse.delta import DeltaGateway
from events.lakehouse.gateway import Gateway
from events.models import EventFrame, SyncReport, SyncState
from events.reconcile import reconcile
from events.runs import Options

from .plant import NOW, Plant, ticks
from .samples import INGESTED, row

LATER = NOW + timedelta(days=3650)


def filled(plant: Plant, gateway: Gateway) -> list[EventFrame]:
    frames = [plant.frame(f"F{day}", start=ticks(2026, 2, day, 8), end=ticks(2026, 2, day, 9)) for day in (1, 2, 3)]
    gateway.ensure_table()
    export(gateway, NOW)
    return frames


def test_equal_sides_are_told_to_be_equal(plant: Plant, gateway: Gateway) -> None:
    filled(plant, gateway)
    report = reconcile(gateway, NOW)
    assert report.is_equal
    assert (report.compared, report.here, report.there, report.partitions) == (3, 3, 3, [])
    assert SyncReport.objects.get() == report


def test_what_differs_is_told_by_partition_with_counts_and_digests(plant: Plant, gateway: Gateway) -> None:
    first, second, _ = filled(plant, gateway)
    gateway.delete({first.web_id(): row().start.date().replace(month=2, day=1)})
    [theirs] = [one.row for batch in gateway.read_since(None) for one in batch if one.row.name == "F2"]
    gateway.upsert([replace(theirs, description="theirs"), row(webid="their-0001", start=theirs.start)], ingested=LATER)
    report = reconcile(gateway, NOW)
    assert (report.only_here, report.only_there, report.different) == (1, 1, 1)
    lost, changed = report.partitions
    assert (lost["date"], lost["here"], lost["there"], lost["only_here"]) == ("2026-02-01", 1, 0, [first.web_id()])
    assert (changed["date"], changed["here"], changed["there"]) == ("2026-02-02", 1, 2)
    assert (changed["only_there"], changed["different"]) == (["their-0001"], [second.web_id()])
    assert changed["digest_here"] != changed["digest_there"]


def test_a_row_that_is_not_kept_to_the_letter_is_no_difference(plant: Plant, gateway: Gateway) -> None:
    gateway.ensure_table()
    gateway.upsert([row(webid="their-0001", attributes={"Blank ": "1"})], ingested=INGESTED)
    ingest(gateway, NOW)
    assert EventFrame.objects.get().attributes.get().trail == "Blank"
    assert reconcile(gateway, NOW).is_equal


def test_a_repair_writes_again_what_has_gone_and_reads_what_was_missed(plant: Plant, gateway: Gateway) -> None:
    first, second, third = filled(plant, gateway)
    ingest(gateway, NOW)
    gateway.delete({first.web_id(): row().start.date().replace(month=2, day=1)})
    gateway.upsert([row(webid="their-0001")], ingested=INGESTED - timedelta(days=9))  # below the watermark
    EventFrame.objects.filter(pk=second.pk).update(description="written past the services")
    assert not reconcile(gateway, NOW, repair=True).is_equal
    ingest(gateway, NOW)
    export(gateway, NOW)
    assert reconcile(gateway, NOW).is_equal
    stored = {one.row.name: one.row for batch in gateway.read_since(None) for one in batch}
    assert sorted(stored) == ["Batch_1", "F1", "F2", "F3"]
    assert stored["F2"].description == "written past the services"
    assert EventFrame.objects.count() == SyncState.objects.count() == 4


def test_many_rows_that_have_gone_are_written_again_by_a_repair(plant: Plant, delta: DeltaGateway) -> None:
    frames = [plant.frame(f"F{number}") for number in range(30)]
    export(delta, NOW)
    delta.delete({frame.web_id(): NOW.date() - timedelta(days=1) for frame in frames})
    assert ingest(delta, NOW).state == "stopped"
    reconcile(delta, NOW, repair=True)
    assert ingest(delta, NOW).state == "done"
    assert export(delta, NOW).inserted == 30
    assert EventFrame.objects.count() == delta.row_count() == 30


def test_rows_that_have_gone_from_a_warehouse_are_followed_when_asked(plant: Plant, gateway: Gateway) -> None:
    first, *_ = filled(plant, gateway)
    gateway.delete({first.web_id(): row().start.date().replace(month=2, day=1)})
    assert ingest(gateway, NOW, Options(follow=True)).deleted == 1
    assert not EventFrame.objects.filter(pk=first.pk).exists()


def test_a_table_that_does_not_answer_is_told(plant: Plant, delta: DeltaGateway) -> None:
    report = reconcile(delta, NOW)
    assert not report.is_equal
    assert "There is no local Delta table" in report.error


@pytest.fixture
def lake(settings: object, tmp_path: object) -> DeltaGateway:
    settings.OSIPI_DATA_DIR, settings.DATABRICKS = tmp_path, {}  # type: ignore[attr-defined]
    gateway = sync.open_gateway()
    assert isinstance(gateway, DeltaGateway)
    return gateway


def test_the_command_synchronises_and_compares(plant: Plant, lake: DeltaGateway) -> None:
    plant.frame()
    out = StringIO()
    call_command("reconcile_event_frames", stdout=out)
    assert "1 partitions, 1 frames, 1 rows: 0 only here, 0 only there, 0 different" in out.getvalue()


def test_the_command_repairs_when_it_is_told_to(plant: Plant, lake: DeltaGateway) -> None:
    frames = [plant.frame(f"F{number}") for number in range(25)]
    call_command("reconcile_event_frames", stdout=StringIO())
    lake.delete({frame.web_id(): NOW.date() - timedelta(days=1) for frame in frames})
    with pytest.raises(CommandError, match="Both sides differ"):
        call_command("reconcile_event_frames", stdout=StringIO())
    out = StringIO()
    call_command("reconcile_event_frames", "--repair", stdout=out)
    assert "25 frames, 25 rows" in out.getvalue()
