"""Schedules, leases, rests after failures, quality rows, alarms, backfills and the commands."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from threading import Event

import pytest
from celery.signals import worker_shutting_down
from django.core.management import CommandError, call_command
from django.utils import timezone

from events import health, turns
from events.ingestion import backfills, jobs, status
from events.ingestion.tasks import advance_backfills, run_due_jobs
from events.models.ingest import Backfill, IngestionJob, IngestionQuality, IngestionRun
from events.models.sync import DeadLetter, Lease
from piwebapi.core.errors import BadRequest
from piwebapi.core.times import from_datetime

from .conftest import NOW, Place

SECOND = 10_000_000
BASE = from_datetime(NOW)


def test_a_slot_of_a_job_is_carried_out_once(place: Place) -> None:
    first = jobs.due(NOW)
    assert [job.name for job in first] == ["values"]
    assert jobs.due(NOW + timedelta(seconds=1)) == []
    assert [job.name for job in jobs.due(NOW + timedelta(seconds=61))] == ["values"]


def test_a_job_that_is_at_work_elsewhere_is_left(place: Place) -> None:
    Lease.take(place.job.lease, "another host/1/x", timezone.now(), timedelta(minutes=5))
    assert jobs.run_alone(place.job, NOW) is None
    assert not IngestionRun.objects.exists()


def test_a_worker_that_ends_does_not_wait_for_a_source(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be killed meanwhile. The next run of the job takes place as if there had been none."""
    monkeypatch.setattr(turns, "_ending", Event())
    monkeypatch.setattr("events.ingestion.client.FIRST_REST", 60.0)
    place.plain.faults = lambda path: worker_shutting_down.send("worker") and "503"
    assert jobs.run_alone(place.job, NOW) is None
    assert not IngestionRun.objects.exists()
    assert Lease.objects.get(name=place.job.lease).owner == ""
    assert [job.name for job in jobs.due(NOW)] == ["values"]


def test_disabled_jobs_and_sources_are_not_due(place: Place) -> None:
    IngestionJob.objects.update(enabled=False)
    assert jobs.due(NOW) == []
    IngestionJob.objects.update(enabled=True)
    place.job.source.enabled = False
    place.job.source.save()
    assert jobs.due(NOW) == []


def test_after_failures_the_schedule_rests_longer_and_longer_and_a_success_ends_it(place: Place) -> None:
    place.fill(1, -60, 0)
    place.plain.faults = lambda path: "503"
    rests = []
    for _ in range(3):
        run = place.run(patience=0.01)
        assert run.state == "failed"
        rests.append((IngestionJob.objects.get().retry_at - run.finished).total_seconds())
    assert rests == [15, 30, 60]
    assert IngestionRun.objects.get().repeats == 2  # told once
    assert jobs.due(NOW) == [] or jobs.due(NOW)[0].retry_at <= NOW
    place.plain.faults = lambda path: ""
    assert place.run().state == "done"
    job = IngestionJob.objects.get()
    assert (job.failures, job.retry_at) == (0, None)


def test_an_overdue_job_raises_an_alarm_and_ends_it(place: Place) -> None:
    IngestionJob.objects.update(created=NOW)
    late = NOW + timedelta(minutes=30)
    assert [problem.topic for problem in status.problems(late)] == [f"ingestion {place.job.pk}"]
    told = health.news(late)
    assert any("'values' has not succeeded since 2026-03-02 12:00 UTC" in sentence for sentence in told)
    assert DeadLetter.objects.filter(source=health.SOURCE, key=f"ingestion {place.job.pk}").exists()
    IngestionJob.objects.update(succeeded=late)
    assert any(sentence.startswith("No longer: Ingestion job 'values'") for sentence in health.news(late))


def test_a_run_tells_the_quality_of_its_data(place: Place) -> None:
    place.fill(2, -60, 0)
    place.run()
    place.fill(2, 1, 30)
    place.run(30)
    newest, first = IngestionQuality.objects.all()
    assert (first.table, first.read, first.written) == ("delta:osipi.bronze.pi_timeseries", 122, 122)
    assert first.volume is None
    assert newest.volume == pytest.approx(60 / 122, abs=0.001)
    assert newest.null_rate == 0.0


def test_the_status_agrees_with_counting_both_sides(place: Place) -> None:
    place.fill(3, -60, 0)
    place.run()
    out = StringIO()
    call_command("ingest", "--status", "--json", stdout=out)
    told = json.loads(out.getvalue())
    [job] = told["jobs"]
    assert job["rows"] == told["tables"]["pi_timeseries"] == len(place.source()) == 183
    assert (job["streams"], job["watermark"], job["state"]) == (3, "2026-03-02T12:00:00Z", "done")


def test_a_command_runs_one_job_and_names_the_others(place: Place) -> None:
    out = StringIO()
    call_command("ingest", "--once", "--job", "values", stdout=out)
    assert out.getvalue().startswith("values: 0 read, 0 written")
    with pytest.raises(CommandError, match="there is 'values'"):
        call_command("ingest", "--once", "--job", "nothing")


def test_a_backfill_brings_a_past_range_once_in_chunks(place: Place) -> None:
    place.fill(2, -4000, 0)
    place.run()
    chunks = []
    for _ in range(2):
        backfill = backfills.create(place.job, BASE - 4000 * SECOND, BASE, chunk_seconds=1000)
        done = backfills.advance(backfill, progress=lambda one: chunks.append(one.share))
        assert done.state == "done", done.error
    assert chunks == [0.25, 0.5, 0.75, 1.0] * 2
    assert place.lake() == place.source(0)
    assert [row.written for row in Backfill.objects.order_by("pk")] == [2 * 3880, 0]
    assert sum(mark.rows for mark in place.job.marks.all()) == len(place.lake())


def test_a_paused_backfill_goes_on_at_its_chunk_and_a_cancelled_one_does_not(place: Place) -> None:
    place.fill(1, -3000, 0)
    backfill = backfills.create(place.job, BASE - 3000 * SECOND, BASE, chunk_seconds=1000)
    backfills.advance(backfill, progress=lambda one: backfills.change(one, "pause"))
    backfill.refresh_from_db()
    assert (backfill.state, backfill.share) == ("paused", pytest.approx(1 / 3))
    assert backfills.advance(backfill).state == "paused"
    assert backfills.change(backfill, "resume")
    advance_backfills()
    backfill.refresh_from_db()
    assert (backfill.state, backfill.written) == ("done", 3001)
    assert not backfills.change(backfill, "cancel")
    other = backfills.create(place.job, BASE - 10 * SECOND, BASE)
    assert backfills.change(other, "cancel")
    assert backfills.advance(other).read == 0


def test_a_backfill_whose_source_fails_waits_and_goes_on(place: Place) -> None:
    place.fill(1, -3000, 0)
    backfill = backfills.create(place.job, BASE - 3000 * SECOND, BASE, chunk_seconds=1000)
    place.plain.faults = lambda path: "503" if len(place.plain.requests) > 20 else ""
    done = backfills.advance(backfill, patience=0.01)
    assert (done.state, done.share) == ("waiting", pytest.approx(1 / 3))
    assert "answers 503" in done.error
    place.plain.faults = lambda path: ""
    assert backfills.advance(done).state == "done"
    assert place.lake() == place.source(0)


def test_what_cannot_be_backfilled_is_told(place: Place) -> None:
    with pytest.raises(BadRequest, match="after its start"):
        backfills.create(place.job, BASE, BASE)
    place.job.kind = "metrics"
    with pytest.raises(BadRequest, match="Only time series"):
        backfills.create(place.job, BASE - SECOND, BASE)


def test_the_scheduled_task_runs_what_is_due(place: Place) -> None:
    place.fill(1, 0, 5)
    run_due_jobs()
    run_due_jobs()
    run = IngestionRun.objects.get()
    assert (run.state, run.repeats) == ("done", 0)


def test_hourly_metrics_are_those_of_the_rows_and_follow_late_ones(place: Place) -> None:
    place.fill(1, -60, 0)
    place.run()
    metrics = IngestionJob.objects.create(name="hours", kind="metrics", source=place.job.source)
    assert jobs.run(metrics, NOW).written == 2  # the hour before noon, and noon itself
    rows = {row["hour"].astimezone(UTC): row for row in metric_rows(place)}
    values = [row[1] for row in place.plain.values["Plant_Unit000_Level_PV"][:-1]]
    before = rows[datetime(2026, 3, 2, 11, tzinfo=UTC)]
    assert (before["sample_count"], before["percent_good"]) == (60, 100.0)
    assert before["avg_value"] == pytest.approx(sum(values) / 60)
    assert (before["min_value"], before["max_value"]) == (min(values), max(values))
    place.plain.values["Plant_Unit000_Level_PV"].append((place.source()[-5][1] + 500_000, 1000.0))
    place.run(20)
    metrics.refresh_from_db()
    assert jobs.run(metrics, NOW + timedelta(seconds=30)).changed == 0
    assert max(row["max_value"] for row in metric_rows(place)) == 1000.0


def metric_rows(place: Place) -> list[dict[str, object]]:
    from events.ingestion.lake.table import open_table
    from events.ingestion.tables import METRICS

    found: list[dict[str, object]] = open_table(METRICS, place.folder, {}).query("SELECT * FROM {table}").to_pylist()
    return found


def test_a_name_pattern_with_another_word_is_told(place: Place) -> None:
    IngestionJob.objects.update(name_pattern="{site}_{unit}")
    run = place.run()
    assert (run.state, run.is_permanent) == ("failed", True)
    assert run.error == "The name pattern of job 'values': {site} is not known: plant, unit and sensor_type are."
