"""What others write into the table appears here; on both kinds of table."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.arrivals import id_for
from events.export import export
from events.ingest import ingest
from events.lakehouse.delta import DeltaGateway
from events.lakehouse.gateway import Gateway
from events.lakehouse.rows import FrameRow
from events.models import DeadLetter, EventFrame, EventFrameTombstone, SyncConflict, SyncTarget
from events.runs import Options
from piwebapi.core.times import to_datetime
from piwebapi.models import AttributeTemplate, ElementTemplate

from .plant import NOW, Plant
from .samples import INGESTED, START, row

LATER = INGESTED + timedelta(hours=1)


@pytest.fixture
def clocked(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """The table's clock stands at INGESTED, so that `LATER` is later than our exports."""
    monkeypatch.setattr(gateway, "clock", lambda: INGESTED)
    yield gateway


def foreign(gateway: Gateway, *rows: FrameRow, at: datetime = LATER) -> None:
    gateway.upsert(rows, ingested=at, known={one.webid: one.start.date() for one in rows})


def stored(gateway: Gateway) -> dict[str, FrameRow]:
    return {one.row.webid: one.row for batch in gateway.read_since(None) for one in batch}


def test_a_frame_that_another_wrote_appears_with_all_that_it_says(plant: Plant, clocked: Gateway) -> None:
    written = row(
        webid="their-0001",
        primary_referenced_element_webid=plant.unit.web_id(),
        category_names=("BatchRun", "Downtime"),
        attributes={"Product": "Polymer Grün", "Shift|Leader": "O'Neil", "Remark": None},
    )
    foreign(clocked, written)
    run = ingest(clocked, NOW)
    assert (run.state, run.direction, run.inserted) == ("done", "from", 1)
    frame = EventFrame.objects.get()
    assert (frame.name, frame.description, frame.database) == ("Batch_1", "a batch", plant.database)
    assert (to_datetime(frame.start), to_datetime(frame.end)) == (written.start, written.end)
    assert frame.template == ElementTemplate.objects.get(name="BatchRunTemplate", instance_type="EventFrame")
    assert sorted(category.name for category in frame.categories.all()) == ["BatchRun", "Downtime"]
    assert [reference.element for reference in frame.references.all()] == [plant.unit]
    values = dict(frame.attributes.values_list("trail", "value"))
    assert values == {"Product": "Polymer Grün", "Shift": None, "Shift|Leader": "O'Neil", "Remark": None}
    assert frame.attributes.get(trail="Shift|Leader").parent == frame.attributes.get(trail="Shift")


def test_what_has_been_read_is_neither_read_again_nor_written_back(plant: Plant, clocked: Gateway) -> None:
    foreign(clocked, row(webid="their-0001"), row(2, webid="their-0002", primary_referenced_element_webid=""))
    ingest(clocked, NOW)
    before = stored(clocked)
    run = export(clocked, NOW)
    assert (run.read, run.unchanged, run.written) == (2, 2, 0)
    again = ingest(clocked, NOW)
    assert (again.inserted, again.updated, again.conflicts) == (0, 0, 0)
    assert stored(clocked) == before


def test_our_own_export_comes_back_as_an_echo(plant: Plant, clocked: Gateway) -> None:
    frame = plant.frame(template="DowntimeTemplate", elements=[plant.unit], category_names=["Downtime"])
    plant.attribute(frame, "Reason", 3, enumeration_set=plant.reasons, type="EnumerationValue")
    export(clocked, NOW)
    changed = EventFrame.objects.get().changed
    run = ingest(clocked, NOW)
    assert (run.read, run.unchanged, run.inserted, run.updated) == (1, 1, 0, 0)
    assert EventFrame.objects.get().changed == changed


def test_a_change_made_in_the_lake_arrives(plant: Plant, clocked: Gateway) -> None:
    frame = plant.frame(end=None, elements=[plant.unit])
    plant.attribute(frame, "Loss", 1.5, type="Double")
    plant.attribute(frame, "Reason", 3, enumeration_set=plant.reasons, type="EnumerationValue")
    plant.attribute(frame, "Planned", False, type="Boolean")
    export(clocked, NOW)
    ours = stored(clocked)[frame.web_id()]
    end = datetime(2026, 3, 1, 12, tzinfo=UTC)
    attributes = {"Loss": "20.25", "Reason": "Power", "Planned": "True", "New": "x"}
    foreign(clocked, replace(ours, end=end, description="theirs", attributes=attributes))
    assert ingest(clocked, NOW).updated == 1
    frame.refresh_from_db()
    assert (frame.description, to_datetime(frame.end)) == ("theirs", end)
    values = {item.name: item.value for item in frame.attributes.all()}
    assert values == {"Loss": 20.25, "Reason": 3, "Planned": True, "New": "x"}
    assert export(clocked, NOW).written == 0
    assert not SyncConflict.objects.exists()


@pytest.mark.parametrize(("policy", "survivor"), [("server", "ours"), ("lake", "theirs"), ("newest", "ours")])
def test_a_conflict_is_decided_by_the_policy_and_recorded_with_both_versions(
    plant: Plant, clocked: Gateway, policy: str, survivor: str
) -> None:
    """The frame here is modified now, years after the row's stamp."""
    frame = plant.frame()
    export(clocked, NOW)
    foreign(clocked, replace(stored(clocked)[frame.web_id()], description="theirs"))
    plant.update(frame, description="ours")
    run = ingest(clocked, NOW, Options(policy=policy))
    assert run.conflicts == 1
    export(clocked, NOW, Options(policy=policy))
    frame.refresh_from_db()
    assert (frame.description, stored(clocked)[frame.web_id()].description) == (survivor, survivor)
    told = SyncConflict.objects.get()
    assert (told.ours["description"], told.theirs["description"]) == ("ours", "theirs")
    assert (told.policy, told.winner) == (policy, "lake" if survivor == "theirs" else "server")
    assert ingest(clocked, NOW, Options(policy=policy)).conflicts == 0


def test_a_row_changed_between_reading_and_writing_is_not_overwritten(plant: Plant, clocked: Gateway) -> None:
    frame = plant.frame()
    export(clocked, NOW)
    plant.update(frame, description="ours")
    foreign(clocked, replace(stored(clocked)[frame.web_id()], description="theirs"))  # after our import
    run = export(clocked, NOW)
    assert (run.state, run.updated, run.conflicts) == ("done", 0, 1)
    assert stored(clocked)[frame.web_id()].description == "theirs"
    assert ingest(clocked, NOW).conflicts == 1
    export(clocked, NOW)
    assert stored(clocked)[frame.web_id()].description == "ours"


def test_an_element_that_is_not_here_is_not_lost_in_the_lake(plant: Plant, clocked: Gateway) -> None:
    foreign(clocked, row(webid="their-0001", primary_referenced_element_webid="F1EmElsewhere"))
    ingest(clocked, NOW)
    frame = EventFrame.objects.get()
    plant.update(frame, description="ours")
    export(clocked, NOW)
    assert stored(clocked)["their-0001"].primary_referenced_element_webid == "F1EmElsewhere"
    assert stored(clocked)["their-0001"].description == "ours"
    plant.update(frame, elements=[plant.unit])
    export(clocked, NOW)
    assert stored(clocked)["their-0001"].primary_referenced_element_webid == plant.unit.web_id()


def test_an_element_is_found_by_the_path_in_its_web_id(plant: Plant, clocked: Gateway) -> None:
    twin = plant.unit.web_id("P")
    foreign(clocked, row(webid="their-0001", primary_referenced_element_webid=twin))
    ingest(clocked, NOW)
    assert EventFrame.objects.get().primary_element == plant.unit


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": "what?"}, "must not contain"),
        ({"end": START - timedelta(days=1)}, "end_time is before start_time"),
        ({"attributes": {"a": "1", "A": "2"}}, "differ by case only"),
        ({"template_name": "DowntimeTemplate", "attributes": {"Loss": "much"}}, "'Loss' is of the type Double"),
    ],
)
def test_a_row_that_cannot_be_a_frame_is_told_once_and_holds_up_nothing(
    plant: Plant, clocked: Gateway, changes: dict[str, object], reason: str
) -> None:
    template = ElementTemplate.objects.get(name="DowntimeTemplate")
    AttributeTemplate.objects.create(element_template=template, name="Loss", trail="Loss", type="Double")
    bad = row(webid="their-bad", **changes)
    foreign(clocked, bad, row(2, webid="their-good"))
    run = ingest(clocked, NOW)
    assert (run.state, run.inserted, run.refused) == ("done", 1, 1)
    letter = DeadLetter.objects.get()
    assert (letter.source, letter.subject, reason in letter.reason) == ("import", "their-bad", True)
    assert ingest(clocked, NOW).refused == 0
    foreign(clocked, row(webid="their-bad"), at=LATER + timedelta(minutes=1))
    assert ingest(clocked, NOW).inserted == 1
    assert not DeadLetter.objects.exists()


def test_a_row_that_came_late_with_an_old_stamp_is_found_through_the_overlap(plant: Plant, clocked: Gateway) -> None:
    foreign(clocked, row(webid="their-0001"))
    ingest(clocked, NOW)
    foreign(clocked, row(2, webid="their-0002"), at=LATER - timedelta(minutes=14))
    assert ingest(clocked, NOW).inserted == 1


def test_the_watermark_is_the_newest_stamp_seen(plant: Plant, clocked: Gateway) -> None:
    foreign(clocked, row(webid="their-0001"))
    ingest(clocked, NOW)
    assert SyncTarget.objects.get().watermark == LATER


def test_of_rows_that_others_appended_the_newest_counts(plant: Plant, delta: DeltaGateway) -> None:
    from deltalake import write_deltalake

    from events.lakehouse.rows import to_arrow

    delta.ensure_table()
    for minutes, text in ((0, "first"), (1, "second")):
        rows = [row(webid="their-0001", description=text)]
        table = to_arrow(rows, LATER + timedelta(minutes=minutes)).drop_columns(["seen"])
        write_deltalake(str(delta.path), table, mode="append")
    assert ingest(delta, NOW).inserted == 1
    assert EventFrame.objects.get().description == "second"


def test_two_rows_for_one_frame_are_told(plant: Plant, clocked: Gateway) -> None:
    frame = plant.frame()
    export(clocked, NOW)
    foreign(clocked, replace(stored(clocked)[frame.web_id()], webid=frame.web_id("I"), description="twin"))
    run = ingest(clocked, NOW)
    assert (run.updated, run.refused) == (0, 1)
    assert DeadLetter.objects.get().reason == "Another row stands for the same event frame."


def test_a_frame_deleted_here_and_changed_there(plant: Plant, clocked: Gateway) -> None:
    for policy, back in (("server", False), ("lake", True)):
        frame = plant.frame()
        export(clocked, NOW)
        foreign(clocked, replace(stored(clocked)[frame.web_id()], description="theirs"))
        web_id = frame.web_id()
        plant.delete(EventFrame.objects.get(pk=frame.pk))
        assert ingest(clocked, NOW, Options(policy=policy)).conflicts == 1
        export(clocked, NOW, Options(policy=policy))
        assert EventFrame.objects.filter(pk=frame.pk).exists() is back
        assert (web_id in stored(clocked)) is back
        assert EventFrameTombstone.objects.filter(frame_id=frame.pk).exists() is not back


def test_a_dry_run_reads_and_changes_nothing(plant: Plant, clocked: Gateway) -> None:
    export(clocked, NOW)
    foreign(clocked, row(webid="their-0001"))
    assert ingest(clocked, NOW, Options(dry_run=True)).inserted == 1
    assert not EventFrame.objects.exists()
    assert ingest(clocked, NOW).inserted == 1


def test_a_table_that_has_not_moved_is_not_read(plant: Plant, delta: DeltaGateway) -> None:
    delta.ensure_table()
    foreign(delta, row(webid="their-0001"))
    assert [ingest(delta, NOW).read for _ in range(2)] == [1, 0]


def test_many_rows_take_as_many_queries_as_few(plant: Plant, delta: DeltaGateway) -> None:
    delta.ensure_table()
    counts = []
    foreign(delta, row(0, webid="their-first", primary_referenced_element_webid=plant.unit.web_id()))
    ingest(delta, NOW)
    for first, number in ((1, 1), (2, 60)):
        rows = [
            row(at, webid=f"their-{at}", primary_referenced_element_webid=plant.unit.web_id())
            for at in range(first, first + number)
        ]
        foreign(delta, *rows, at=LATER + timedelta(hours=first))
        with CaptureQueriesContext(connection) as queries:
            assert ingest(delta, NOW).inserted == number
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 5 < 50  # SQLite takes few hundred values in a statement


def test_the_same_row_always_becomes_the_same_frame(plant: Plant, delta: DeltaGateway) -> None:
    delta.ensure_table()
    foreign(delta, row(webid="their-0001"))
    ingest(delta, NOW)
    assert EventFrame.objects.get().pk == id_for("their-0001")
    SyncTarget.objects.all().delete()
    assert ingest(delta, NOW).inserted == 0
    assert EventFrame.objects.count() == 1
