"""Rows that others have deleted from the table: found by its change feed, else by comparing keys."""

from datetime import date, timedelta

import pytest
from deltalake import DeltaTable

from events.export import export
from events.ingest import ingest
from events.lakehouse.databricks import DatabricksGateway
from events.lakehouse.delta import DeltaGateway
from events.lakehouse.gateway import Gateway
from events.lakehouse.schema import ARROW, PARTITION
from events.models import EventFrame, SyncConflict, SyncTarget
from events.runs import Options

from .plant import NOW, Plant, ticks
from .samples import INGESTED, row
from .warehouse import Warehouse

DAY = date(2026, 3, 1)


def synchronised(plant: Plant, gateway: Gateway, frames: int) -> list[EventFrame]:
    """As many frames in the table, whose version is known."""
    made = [plant.frame(f"F{number}") for number in range(frames)]
    gateway.ensure_table()
    export(gateway, NOW)
    assert ingest(gateway, NOW).state == "done"
    return made


def names() -> list[str]:
    return sorted(EventFrame.objects.values_list("name", flat=True))


@pytest.fixture
def no_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing all keys is a failure."""

    def scanned(*_: object) -> None:
        raise AssertionError("all keys were read")

    for kind in (DeltaGateway, DatabricksGateway):
        monkeypatch.setattr(kind, "places", scanned)


def unfed(gateway: DeltaGateway) -> None:
    """The table, made by somebody who wanted no change feed."""
    gateway.path.mkdir(parents=True)
    DeltaTable.create(str(gateway.path), ARROW, partition_by=[PARTITION])


def test_a_frame_whose_row_was_deleted_is_deleted(plant: Plant, gateway: Gateway) -> None:
    doomed, _ = synchronised(plant, gateway, 2)
    gateway.delete({doomed.web_id(): DAY})
    assert ingest(gateway, NOW).deleted == 1
    assert names() == ["F1"]
    assert export(gateway, NOW).written == 0
    assert ingest(gateway, NOW).deleted == 0


def test_the_change_feed_tells_it_without_a_comparison_of_all_keys(
    plant: Plant, gateway: Gateway, request: pytest.FixtureRequest
) -> None:
    doomed, _ = synchronised(plant, gateway, 2)
    gateway.delete({doomed.web_id(): DAY})
    if isinstance(gateway, DatabricksGateway):
        request.getfixturevalue("no_scan")
    assert gateway.deleted(0, gateway.version() or 0) == {doomed.web_id()}
    assert ingest(gateway, NOW).deleted == 1


def test_our_own_deletions_and_rows_that_moved_are_no_departures(plant: Plant, gateway: Gateway, no_scan: None) -> None:
    doomed, moving = plant.frame("F0"), plant.frame("F1")
    SyncTarget.objects.create(name=gateway.name, description=gateway.describe(), mark=1)
    synchronised_once = export(gateway, NOW)
    assert synchronised_once.inserted == 1  # the mark stands behind the first
    plant.update(doomed, description="x")
    export(gateway, NOW)
    SyncTarget.objects.update(version=gateway.version())
    plant.delete(doomed)
    plant.update(moving, start=ticks(2026, 2, 10, 8))
    export(gateway, NOW)
    run = ingest(gateway, NOW)
    assert (run.state, run.deleted, names()) == ("done", 0, ["F1"])


def test_a_row_deleted_and_written_again_has_not_gone(plant: Plant, gateway: Gateway) -> None:
    frame, _ = synchronised(plant, gateway, 2)
    [theirs] = [one.row for one in gateway.recent(9) if one.row.name == "F0"]
    gateway.delete({frame.web_id(): DAY})
    gateway.upsert([theirs], ingested=INGESTED)
    assert gateway.deleted(0, gateway.version() or 0) == {frame.web_id()}
    assert ingest(gateway, NOW).deleted == 0
    assert names() == ["F0", "F1"]


def test_of_two_rows_of_one_frame_one_may_go(plant: Plant, delta: DeltaGateway) -> None:
    frame, _ = synchronised(plant, delta, 2)
    [theirs] = [one.row for one in delta.recent(9) if one.row.name == "F0"]
    moved = type(theirs)(**{name: getattr(theirs, name) for name in theirs.__slots__} | {"start": row(9_000).start})
    delta.upsert([moved], ingested=INGESTED - timedelta(days=99))  # a second row, in another partition
    delta.delete({frame.web_id(): row(9_000).start.date()})
    assert delta.deleted(0, delta.version() or 0) == {frame.web_id()}
    assert ingest(delta, NOW).deleted == 0
    assert "F0" in names()


def test_a_frame_that_was_changed_here_survives_the_deletion_of_its_row(plant: Plant, gateway: Gateway) -> None:
    frame, *_ = synchronised(plant, gateway, 1)
    gateway.delete({frame.web_id(): DAY})
    plant.update(frame, description="ours")
    run = ingest(gateway, NOW)
    assert (run.deleted, run.conflicts) == (0, 1)
    assert export(gateway, NOW).inserted == 1
    assert SyncConflict.objects.get().theirs is None


def test_many_deletions_at_once_are_not_followed_unasked(plant: Plant, gateway: Gateway) -> None:
    frames = synchronised(plant, gateway, 30)
    gateway.delete({frame.web_id(): DAY for frame in frames[:21]})
    for _ in range(2):
        run = ingest(gateway, NOW)
        assert (run.state, run.deleted) == ("stopped", 0)
        assert "21 of 30 rows have gone" in run.error
    assert export(gateway, NOW).state == "done"
    assert EventFrame.objects.count() == 30
    assert ingest(gateway, NOW, Options(accept_deletes=True)).deleted == 21
    assert EventFrame.objects.count() == 9


def test_a_local_table_without_a_feed_is_followed_too(plant: Plant, delta: DeltaGateway) -> None:
    unfed(delta)
    doomed, _ = synchronised(plant, delta, 2)
    delta.delete({doomed.web_id(): DAY})
    assert ingest(delta, NOW).deleted == 1
    assert names() == ["F1"]


def test_a_table_whose_old_versions_are_gone_is_compared(plant: Plant, delta: DeltaGateway) -> None:
    doomed, _ = synchronised(plant, delta, 2)
    delta.delete({doomed.web_id(): DAY})
    (delta.path / "_delta_log" / "00000000000000000002.json").rename(delta.path / "gone.json")
    assert delta.deleted(1, 2) is None


def test_a_warehouse_table_without_a_feed_waits_for_the_daily_comparison(
    plant: Plant, databricks: DatabricksGateway, warehouse: Warehouse
) -> None:
    doomed, _ = synchronised(plant, databricks, 2)
    warehouse.engine.fed.discard(databricks.table.quoted)
    databricks.delete({doomed.web_id(): DAY})
    assert databricks.deleted(0, 1) is None
    assert ingest(databricks, NOW).deleted == 0
    assert ingest(databricks, NOW, Options(follow=True)).deleted == 1


def test_a_warehouse_table_that_has_not_moved_is_not_read(
    plant: Plant, databricks: DatabricksGateway, warehouse: Warehouse
) -> None:
    synchronised(plant, databricks, 2)
    warehouse.service.statements.clear()
    ingest(databricks, NOW)
    assert [sql.split()[0] for sql in warehouse.service.statements] == ["DESCRIBE"]
    assert SyncTarget.objects.get().read == NOW
