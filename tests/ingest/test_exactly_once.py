"""Whatever goes wrong on the way, the lake holds every value of the source once."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from events.ingestion import kept, ledger, points, timeseries
from events.ingestion.lake.delta import DeltaTable
from events.models.ingest import IngestionJob, IngestionQuality, LakeCommit, StreamMark
from events.models.sync import Lease

from .conftest import NOW, Place, digest

FAULTS = ("429", "503", "cut", "slow", "garbage", "repeat", "empty", "skip")


def test_the_first_run_brings_the_last_minutes_and_the_next_ones_go_on(place: Place) -> None:
    place.fill(5, -120, 60)
    first = place.run()
    assert (first.state, first.read, first.written) == ("done", 605, 605)
    place.run(30)
    last = place.run(60)
    assert last.written == 150
    assert place.lake() == place.source()
    assert sum(StreamMark.objects.values_list("rows", flat=True)) == 905


def test_a_run_without_news_writes_nothing(place: Place) -> None:
    place.fill(2, -60, 0)
    place.run()
    again = place.run(5)
    assert (again.read, again.written, again.late) == (42, 0, 0)


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_of_the_source_loses_and_doubles_nothing(
    place: Place, failing: Callable[[list[str]], None], fault: str
) -> None:
    place.fill(4, -120, 90)
    place.run()
    failing(["", fault, fault])
    run = place.run(40)
    assert run.state == "done", run.error
    place.run(90)
    assert digest(place.lake()) == digest(place.kept()) == digest(place.source(90))


@pytest.mark.parametrize("seed", range(12))
def test_after_any_mixture_of_faults_both_sides_are_equal(place: Place, seed: int) -> None:
    chance = random.Random(seed)
    place.fill(7, -120, 200)
    place.run()
    place.plain.faults = lambda path: chance.choice(FAULTS) if chance.random() < 0.3 else ""
    for seconds in (40, 80, 120):
        place.run(seconds, patience=5)
    place.plain.faults = lambda path: ""
    for seconds in (160, 200):
        assert place.run(seconds).state == "done"
    assert digest(place.lake()) == digest(place.kept()) == digest(place.source(200))


STEPS = ("before the archive", "after the archive", "before the commit", "after the commit", "before the ledger")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("portion", [1, 2, 3])
def test_a_crash_at_any_step_of_any_portion_repeats_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch, step: str, portion: int
) -> None:
    monkeypatch.setattr(timeseries, "PORTION", 100)
    place.fill(6, -120, 60)
    seen = 0

    def dying(original: Callable[..., object], late: bool) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            nonlocal seen
            seen += 1
            if seen == portion and not late:
                raise KeyboardInterrupt
            done = original(*args, **kwargs)
            if seen == portion:
                raise KeyboardInterrupt
            return done

        return call

    owner, name, late = {
        "before the commit": (DeltaTable, "_append", False),
        "after the commit": (DeltaTable, "_append", True),
        "before the ledger": (ledger, "_settle", False),
        "before the archive": (kept, "load", False),
        "after the archive": (kept, "load", True),
    }[step]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dying(getattr(owner, name), late))
        with pytest.raises(KeyboardInterrupt):
            place.run()
    assert LakeCommit.objects.filter(is_done=False).count() == (0 if "archive" in step else 1)
    run = place.run(60)
    assert run.state == "done"
    assert place.lake() == place.kept() == place.source()
    for column in ("rows", "kept"):
        assert sum(StreamMark.objects.values_list(column, flat=True)) == len(place.lake())


def test_late_values_are_added_and_told(place: Place) -> None:
    place.fill(2, -60, 0)
    place.run()
    name = "Plant_Unit000_Level_PV"
    place.plain.values[name].append((place.plain.values[name][-1][0] - 500_000, 77.5))
    run = place.run(10)
    assert (run.written, run.kept, run.late) == (1, 1, 1)
    assert place.lake() == place.kept() == place.source()


def test_a_value_that_was_changed_within_the_overlap_is_written_over(place: Place) -> None:
    place.fill(1, -60, 0)
    place.run()
    rows = place.plain.values["Plant_Unit000_Level_PV"]
    rows[-3] = (rows[-3][0], 99.0)
    run = place.run(10)
    assert (run.written, run.kept, run.changed) == (1, 0, 1)
    assert place.lake() == place.kept() == place.source()


def test_values_at_the_same_time_are_one_row_of_which_the_last_counts(place: Place) -> None:
    place.fill(1, -30, 0)
    rows = place.plain.values["Plant_Unit000_Level_PV"]
    rows.append((rows[10][0], 500.0))
    run = place.run()
    assert run.duplicates == 1
    assert len(place.lake()) == 31
    assert ("P-Plant_Unit000_Level_PV", rows[10][0], 500.0) in place.lake()


def test_more_values_at_one_time_than_fit_a_page_are_got_over(place: Place) -> None:
    place.fill(1, -100, 0)
    rows = place.plain.values["Plant_Unit000_Level_PV"]
    rows += [(rows[50][0], float(number)) for number in range(120)]
    run = place.run()
    assert run.state == "done", run.error
    assert len(place.lake()) == 101


def test_the_range_is_halved_when_the_server_says_that_it_is_too_much(place: Place) -> None:
    place.fill(5, -120, 0)
    place.plain.most = 11
    run = place.run()
    assert run.state == "done", run.error
    assert place.lake() == place.source()


def test_a_text_is_refused_with_a_reason_and_a_system_state_has_no_value(place: Place) -> None:
    place.fill(1, -5, 0)
    rows = place.plain.values["Plant_Unit000_Level_PV"]
    rows[1] = (rows[1][0], "open")
    rows[2] = (rows[2][0], {"Name": "No Data", "Value": 248, "IsSystem": True}, False)
    rows[3] = (rows[3][0], "4.25")
    run = place.run()
    assert (run.written, run.kept, run.rejected) == (5, 5, 1)
    quality = IngestionQuality.objects.get()
    assert quality.rejected == {"value: a text that is no number": 1}
    assert quality.null_rate == pytest.approx(1 / 5)
    assert sorted(row[2] is None for row in place.lake()) == [False, False, False, False, True]
    assert 4.25 in [row[2] for row in place.lake()]


def test_a_stream_that_fails_holds_up_no_other_and_catches_up(place: Place) -> None:
    place.fill(2, -60, 0)
    place.run()
    place.fill(2, 1, 30)
    kept = place.plain.stream

    def without_one(web_id: str, *window: int) -> dict[str, object]:
        if web_id.endswith("Unit001_Level_PV"):
            return {"WebId": web_id, "Errors": ["The archive is offline."]}
        return kept(web_id, *window)

    place.plain.stream = without_one  # type: ignore[method-assign]
    run = place.run(30)
    assert (run.written, run.rejected) == (30, 1)
    place.plain.stream = kept  # type: ignore[method-assign]
    assert place.run(31).written == 30
    assert place.lake() == place.source()


def test_points_that_appear_later_are_found_by_the_next_search(place: Place) -> None:
    place.fill(1, -60, 0)
    place.run()
    place.fill(6, 1, 60)
    points._searched.clear()
    place.run(60)
    assert StreamMark.objects.filter(chosen=True).count() == 6
    assert place.lake() == place.source()


def test_a_stream_that_fails_for_hours_does_not_keep_the_others_from_now(place: Place) -> None:
    place.fill(2, -60, 0)
    place.run()
    place.fill(2, 1, 7300, every=50)
    del place.plain.values["Plant_Unit001_Level_PV"]
    kept = place.plain.stream

    def stream(web_id: str, *window: int) -> dict[str, object]:
        return {"WebId": web_id, "Errors": ["gone"]} if "001" in web_id else kept(web_id, *window)

    place.plain.stream = stream  # type: ignore[method-assign]
    run = place.run(7300)
    assert (run.state, run.written, run.rejected) == ("done", 146, 1)
    assert run.lag_seconds is not None


def test_a_stream_that_the_table_has_already_goes_on_and_is_not_doubled(place: Place) -> None:
    place.fill(2, -100, 30)
    place.run()
    StreamMark.objects.all().delete()  # as of a job that somebody has made anew
    points._searched.clear()
    assert place.run(10).state == "done"
    assert place.lake() == place.source(10)
    assert sum(StreamMark.objects.values_list("rows", flat=True)) == len(place.lake())


def test_new_streams_wait_while_a_job_may_be_writing_them_out_of_the_log(place: Place) -> None:
    place.fill(1, -30, 0)
    other = IngestionJob.objects.create(name="written", kind="written", source=place.job.source)
    Lease.take(other.lease, "another host/1/x", NOW, timedelta(minutes=5))
    assert place.run().read == 0
    Lease.objects.all().delete()
    place.run(1)
    assert place.lake() == place.source()
