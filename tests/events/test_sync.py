import shutil
from datetime import date, timedelta
from uuid import uuid4

import pytest
from deltalake import DeltaTable
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.export import export
from events.lakehouse.delta import DeltaGateway
from events.lakehouse.gateway import Gateway
from events.lakehouse.rows import FrameRow
from events.models import EventFrame
from events.models.sync import SyncRun, SyncState, SyncTarget
from events.runs import LeaseLost, Options, is_paused
from piwebapi.models import Element

from .plant import NOW, Failing, Plant, ticks
from .samples import INGESTED, row


def stored(gateway: Gateway) -> dict[str, FrameRow]:
    """Rows by name."""
    return {one.row.name: one.row for batch in gateway.read_since(None) for one in batch}


def version(gateway: DeltaGateway) -> int:
    return DeltaTable(str(gateway.path)).version()


@pytest.fixture
def failing(delta: DeltaGateway) -> Failing:
    return Failing(delta.path.parents[2], delta.table)


def test_a_frame_arrives_with_all_that_it_says(plant: Plant, gateway: Gateway) -> None:
    frame = plant.frame(
        template="DowntimeTemplate", elements=[plant.unit], category_names=["Downtime"], description="stopped"
    )
    plant.attribute(frame, "Reason", 3, enumeration_set=plant.reasons, type="EnumerationValue")
    plant.attribute(frame, "LostProduction", 12.5)
    plant.attribute(frame, "Planned", False, type="Boolean")
    plant.attribute(frame, "Remark", None, type="String")
    run = export(gateway, NOW)
    assert (run.state, run.inserted, run.updated, run.read) == ("done", 1, 0, 1)
    assert stored(gateway)["Downtime_1"] == FrameRow(
        webid=frame.web_id(),
        name="Downtime_1",
        template_name="DowntimeTemplate",
        start=NOW - timedelta(hours=28),
        end=NOW - timedelta(hours=26, minutes=30),
        primary_referenced_element_webid=plant.unit.web_id(),
        description="stopped",
        category_names=("Downtime",),
        attributes={"LostProduction": "12.5", "Planned": "False", "Reason": "Power", "Remark": None},
    )


def test_a_second_run_writes_nothing_and_makes_no_version(plant: Plant, delta: DeltaGateway) -> None:
    plant.frame()
    export(delta, NOW)
    before = version(delta)
    run = export(delta, NOW)
    assert (run.state, run.read, run.written) == ("done", 0, 0)
    assert version(delta) == before


def test_a_frame_changed_back_is_not_written(plant: Plant, delta: DeltaGateway) -> None:
    frame = plant.frame()
    export(delta, NOW)
    before = version(delta)
    plant.update(frame, description="x")
    plant.update(frame, description="")
    run = export(delta, NOW)
    assert (run.read, run.unchanged, run.written) == (1, 1, 0)
    assert version(delta) == before


def test_an_open_frame_has_no_end_and_is_ended_in_place(plant: Plant, gateway: Gateway) -> None:
    frame = plant.frame(end=None)
    export(gateway, NOW)
    assert stored(gateway)["Downtime_1"].end is None
    plant.update(frame, end=ticks(2026, 3, 2, 7))
    run = export(gateway, NOW)
    assert (run.inserted, run.updated) == (0, 1)
    assert stored(gateway)["Downtime_1"].end == NOW - timedelta(hours=5)
    assert gateway.row_count() == 1


def test_a_renamed_frame_keeps_its_row(plant: Plant, gateway: Gateway) -> None:
    frame = plant.frame()
    key = frame.web_id()
    export(gateway, NOW)
    plant.update(frame, name="Outage")
    export(gateway, NOW)
    assert {name: row.webid for name, row in stored(gateway).items()} == {"Outage": key}


def test_a_frame_that_begins_on_another_day_keeps_one_row(plant: Plant, gateway: Gateway) -> None:
    frame = plant.frame()
    export(gateway, NOW)
    plant.update(frame, start=ticks(2026, 2, 10, 8))
    export(gateway, NOW)
    assert list(gateway.places()) == [(frame.web_id(), date(2026, 2, 10))]
    assert SyncState.objects.get().partition == date(2026, 2, 10)


def test_a_deleted_frame_leaves_the_table(plant: Plant, gateway: Gateway) -> None:
    doomed = plant.frame()
    plant.frame("Downtime_2")
    export(gateway, NOW)
    plant.delete(doomed)
    run = export(gateway, NOW)
    assert (run.deleted, run.written) == (1, 1)
    assert list(stored(gateway)) == ["Downtime_2"]
    assert SyncState.objects.count() == 1


def test_a_frame_deleted_before_its_export_never_arrives(plant: Plant, delta: DeltaGateway) -> None:
    plant.delete(plant.frame())
    run = export(delta, NOW)
    assert (run.state, run.written) == ("done", 0)
    assert delta.row_count() == 0


def test_many_frames_take_as_many_queries_as_few(plant: Plant, delta: DeltaGateway) -> None:
    plant.frame()
    export(delta, NOW)  # with the mark at 0 a run looks once more for rows that are there already
    counts = []
    for first, number in ((0, 1), (1, 40)):
        for at in range(first, first + number):
            plant.frame(f"Frame_{at}", elements=[plant.unit], category_names=["Downtime"])
        with CaptureQueriesContext(connection) as queries:
            assert export(delta, NOW).inserted == number
        counts.append(len(queries))
    assert counts[0] == counts[1] < 25


def test_a_failure_between_chunks_is_told_and_made_good(plant: Plant, failing: Failing) -> None:
    for number in range(5):
        plant.frame(f"Frame_{number}")
    failing.fails_at = 2
    run = export(failing, NOW)
    assert (run.state, run.inserted, run.error) == ("failed", 2, "The lake is frozen.")
    run = export(failing, NOW)
    assert (run.state, run.inserted, run.updated) == ("done", 3, 0)
    assert failing.row_count() == 5


def test_a_crash_after_the_table_was_written_is_harmless(plant: Plant, delta: DeltaGateway) -> None:
    plant.frame()
    calls = iter([None, LeaseLost()])

    def keep() -> None:  # the second call comes between the table and the mark
        if (fault := next(calls)) is not None:
            raise fault

    with pytest.raises(LeaseLost):
        export(delta, NOW, Options(keep=keep))
    assert delta.row_count() == 1
    run = export(delta, NOW)
    assert (run.inserted, run.updated, delta.row_count()) == (0, 1, 1)


def test_a_permanent_failure_pauses_the_schedule_until_a_run_succeeds(plant: Plant, failing: Failing) -> None:
    plant.frame()
    failing.fails_at, failing.permanent = 1, True
    assert export(failing, NOW).permanent
    assert is_paused(failing.name, NOW + timedelta(minutes=9))
    assert not is_paused(failing.name, NOW + timedelta(minutes=11))
    export(failing, NOW)
    assert not is_paused(failing.name, NOW)


def test_runs_that_tell_the_same_are_one_row_since_the_first(plant: Plant, delta: DeltaGateway) -> None:
    for minute in range(3):
        export(delta, NOW + timedelta(minutes=minute))
    run = SyncRun.objects.get()
    assert (run.repeats, run.started) == (2, NOW)
    assert run.finished >= NOW + timedelta(minutes=2)


def test_a_table_that_was_thrown_away_is_filled_again(plant: Plant, delta: DeltaGateway) -> None:
    plant.frame()
    export(delta, NOW)
    shutil.rmtree(delta.path)
    assert export(delta, NOW).inserted == 1
    assert delta.row_count() == 1


def test_rows_of_a_lost_state_are_found_where_they_lie(plant: Plant, gateway: Gateway) -> None:
    frame = plant.frame()
    export(gateway, NOW)
    SyncTarget.objects.all().delete()
    plant.update(frame, start=ticks(2026, 2, 10, 8), name="Outage")
    run = export(gateway, NOW)
    assert (run.inserted, run.updated, gateway.row_count()) == (0, 1, 1)


def test_another_table_is_filled_from_the_beginning(plant: Plant, delta: DeltaGateway) -> None:
    plant.frame()
    export(delta, NOW)
    other = DeltaGateway(delta.path.parents[2], type(delta.table)("osipi", "silver", "frames"))
    assert export(other, NOW).inserted == 1


def test_a_dry_run_counts_and_touches_nothing(plant: Plant, delta: DeltaGateway) -> None:
    plant.frame()
    run = export(delta, NOW, Options(dry_run=True))
    assert (run.inserted, run.pk, delta.path.exists()) == (1, None, False)
    assert SyncState.objects.count() == SyncRun.objects.count() == 0
    assert export(delta, NOW).inserted == 1


def test_a_run_out_of_time_ends_after_its_chunk_and_the_next_goes_on(plant: Plant, failing: Failing) -> None:
    for number in range(5):
        plant.frame(f"Frame_{number}")
    assert [export(failing, NOW, Options(seconds=0)).inserted for _ in range(4)] == [2, 2, 1, 0]


def test_progress_counts_to_the_total(plant: Plant, failing: Failing) -> None:
    for number in range(3):
        plant.frame(f"Frame_{number}")
    told: list[tuple[int, int]] = []
    export(failing, NOW, Options(progress=lambda done, total: told.append((done, total))))
    assert told == [(2, 3), (3, 3)]


def test_frames_beyond_the_years_of_a_timestamp_stay_inside(plant: Plant, gateway: Gateway) -> None:
    frame = plant.frame()
    EventFrame.objects.filter(pk=frame.pk).update(end=ticks(9999, 12, 31, 23, 59, 59) - 1)
    export(gateway, NOW)
    assert str(stored(gateway)["Downtime_1"].end) == "9999-12-31 23:59:58.999999+00:00"


def test_foreign_rows_in_the_table_are_left_alone(plant: Plant, gateway: Gateway) -> None:
    gateway.upsert([row(1, webid="F1DP-EF-0001"), row(2, webid=uuid4().hex)], ingested=INGESTED)
    plant.frame()
    assert export(gateway, NOW).inserted == 1
    assert gateway.row_count() == 3


def test_a_chunk_may_name_more_than_a_thousand_elements(plant: Plant, delta: DeltaGateway) -> None:
    """SQLite takes no condition of more than a thousand parts."""
    units = [Element(database=plant.database, name=f"U{at}", path=f"U{at}", path_key=f"u{at}") for at in range(1100)]
    Element.objects.bulk_create(units)
    EventFrame.objects.bulk_create(
        EventFrame(database=plant.database, name=f"F{at}", start=0, primary_element=unit, changed=at + 1)
        for at, unit in enumerate(units)
    )
    assert export(delta, NOW).inserted == 1100
    assert {one.primary_referenced_element_webid for one in stored(delta).values()} == {one.web_id() for one in units}
