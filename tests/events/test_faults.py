"""What a warehouse can do to a synchronisation. Whatever happens, the table ends as if nothing had."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from events.export import export
from events.ingest import ingest
from events.lakehouse import session as module
from events.lakehouse.databricks import DatabricksGateway
from events.lakehouse.warehouse import DatabricksConfig
from events.models import DeadLetter, EventFrame
from events.models.sync import SyncState, SyncTarget
from events.runs import is_paused

from .plant import NOW, Plant
from .samples import INGESTED, row
from .warehouse import Warehouse

FRAMES = 12

FAULTS: dict[str, Callable[[Warehouse], None]] = {
    "429 too many requests": lambda warehouse: warehouse.fault(status=429),
    "503 starting": lambda warehouse: warehouse.fault(status=503),
    "500": lambda warehouse: warehouse.fault(status=500),
    "dropped before the commit": lambda warehouse: warehouse.fault(),
    "dropped after the commit": lambda warehouse: warehouse.fault(after=True),
    "503 after the commit": lambda warehouse: warehouse.fault(status=503, after=True),
    "no answer, not carried out": lambda warehouse: warehouse.fault(hang=2.5),
    "no answer, carried out": lambda warehouse: warehouse.fault(after=True, hang=2.5),
    "the session has expired": lambda warehouse: warehouse.expire_sessions(),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connector waits 5 s at least after each 429 and 503."""
    monkeypatch.setattr(module, "SOCKET_SECONDS", 1)
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def held(gateway: DatabricksGateway) -> list[tuple[str, str]]:
    """Every row of the table, doubled ones too."""
    assert sum(gateway.partitions().values()) == gateway.row_count()
    return sorted((one.row.name, one.row.description) for one in gateway.recent(1000))


@pytest.mark.parametrize("fault", FAULTS)
def test_an_export_goes_on_as_if_nothing_had_happened(
    plant: Plant, databricks: DatabricksGateway, warehouse: Warehouse, fault: str
) -> None:
    frames = [plant.frame(f"F{number:02}") for number in range(FRAMES)]
    export(databricks, NOW)
    for frame in frames[:5]:
        plant.update(frame, description="changed")
    plant.delete(frames[5])
    plant.frame("F99")
    FAULTS[fault](warehouse)
    run = export(databricks, NOW)
    assert (run.state, not warehouse.faults) == ("done", True)
    expected = [(f"F{number:02}", "changed" if number < 5 else "") for number in range(FRAMES) if number != 5]
    assert held(databricks) == [*expected, ("F99", "")]
    assert export(databricks, NOW).written == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_an_import_goes_on_as_if_nothing_had_happened(
    plant: Plant, databricks: DatabricksGateway, warehouse: Warehouse, fault: str
) -> None:
    databricks.ensure_table()
    databricks.upsert([row(1, webid="their-1"), row(2, webid="their-2")], ingested=INGESTED)
    SyncTarget.objects.create(name=databricks.name, description=databricks.describe())
    FAULTS[fault](warehouse)
    run = ingest(databricks, NOW)
    assert (run.state, run.inserted, not warehouse.faults) == ("done", 2, True)
    assert EventFrame.objects.count() == 2


KINDS = (
    *("SELECT * FROM", "CREATE SCHEMA", "CREATE TABLE", "SELECT current_timestamp", "WHEN NOT MATCHED", "THEN DELETE"),
    *("row_number() OVER", "DESCRIBE HISTORY", "table_changes", "SELECT DISTINCT t.webid"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_connection_dropped_after_the_commit_of_any_statement_doubles_nothing(
    plant: Plant, databricks: DatabricksGateway, warehouse: Warehouse, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SOCKET_SECONDS", 30)  # who drops a connection needs no patience
    warehouse.fault(on=kind, after=True)
    frames = [plant.frame(f"F{number}") for number in range(5)]
    assert export(databricks, NOW).state == ingest(databricks, NOW).state == "done"
    databricks.delete({frames[2].web_id(): row().start.date()})  # by somebody else
    plant.update(frames[0], description="changed")
    plant.delete(frames[1])
    assert ingest(databricks, NOW).state == export(databricks, NOW).state == "done"
    assert not warehouse.faults
    assert held(databricks) == [("F0", "changed"), ("F3", ""), ("F4", "")]
    assert sorted(frame.name for frame in EventFrame.objects.all()) == ["F0", "F3", "F4"]
    assert export(databricks, NOW).written == 0


def test_a_failure_that_lasts_is_told_and_the_next_run_makes_good(
    plant: Plant, databricks: DatabricksGateway, warehouse: Warehouse
) -> None:
    export(databricks, NOW)
    frame = plant.frame()
    for _ in range(3):
        warehouse.fault(status=500)
    run = export(databricks, NOW)
    assert (run.state, run.permanent) == ("failed", False)
    assert "HTTP 500" in run.error
    assert not is_paused(databricks.name, NOW)
    assert SyncState.objects.count() == 0
    assert export(databricks, NOW).inserted == 1
    assert held(databricks) == [(frame.name, "")]


def test_a_wrong_token_pauses_the_schedule_with_a_sentence(plant: Plant, config: DatabricksConfig) -> None:
    plant.frame()
    gateway = DatabricksGateway(replace(config, token="dapi-wrong"), sleep=lambda seconds: None)
    run = export(gateway, NOW)
    assert (run.state, run.permanent) == ("failed", True)
    assert "check DATABRICKS_TOKEN" in run.error
    assert "dapi" not in run.error
    assert is_paused(gateway.name, NOW)


def test_a_row_that_no_statement_takes_does_not_hold_up_the_others(plant: Plant, databricks: DatabricksGateway) -> None:
    plant.frame("Large", description="x" * 950_000)
    plant.frame("Small")
    run = export(databricks, NOW)
    assert (run.state, run.inserted, run.refused) == ("done", 1, 1)
    assert held(databricks) == [("Small", "")]
    letter = DeadLetter.objects.get()
    assert (letter.source, letter.content) == ("export", {"name": "Large"})
    assert "over the 900,000" in letter.reason


def test_a_run_with_nothing_to_do_sends_no_statement(
    plant: Plant, databricks: DatabricksGateway, warehouse: Warehouse
) -> None:
    plant.frame()
    export(databricks, NOW)
    warehouse.service.statements.clear()
    export(databricks, NOW)
    assert warehouse.service.statements == []
