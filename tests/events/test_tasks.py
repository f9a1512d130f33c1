from contextvars import ContextVar
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from pytest_django import Settings

from events import turns
from events.lakehouse.databricks import DatabricksGateway
from events.lakehouse.delta import DeltaGateway
from events.models.sync import Lease, ScheduleClaim, SyncRun, SyncTarget
from events.reconcile import reconcile
from events.runs import Options
from events.schedules import SCHEDULES, create_schedules
from events.sync import open_gateway
from events.tasks import LAKE, synchronise_alone, synchronise_event_frames
from osipi_site.celery import app as celery

from .plant import NOW, Plant

MINUTE = timedelta(minutes=1)


@pytest.fixture
def lake(settings: Settings, tmp_path: Path) -> DeltaGateway:
    settings.OSIPI_DATA_DIR = tmp_path
    settings.DATABRICKS = {}
    gateway = open_gateway()
    assert isinstance(gateway, DeltaGateway)
    return gateway


def test_a_tick_exports(plant: Plant, lake: DeltaGateway) -> None:
    plant.frame()
    synchronise_event_frames()
    assert lake.row_count() == 1
    assert SyncRun.objects.get(direction="to").inserted == 1


def test_a_tick_that_comes_twice_is_carried_out_once(plant: Plant, lake: DeltaGateway) -> None:
    assert ScheduleClaim.claim(LAKE, 7)
    assert not ScheduleClaim.claim(LAKE, 7)
    assert ScheduleClaim.claim("another schedule", 7)


def test_a_run_that_somebody_asks_for_waits_for_no_tick(
    plant: Plant, lake: DeltaGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "is_first", lambda *_: False)
    plant.frame()
    synchronise_event_frames()
    assert not SyncRun.objects.exists()
    synchronise_event_frames(asked=True)
    assert lake.row_count() == 1


def test_old_claims_go_away(plant: Plant) -> None:
    for slot in (1, 2, 150):
        ScheduleClaim.claim(LAKE, slot)
    assert list(ScheduleClaim.objects.values_list("slot", flat=True)) == [150]


def test_a_lease_is_held_by_one_and_runs_out(db: None) -> None:
    assert Lease.take("x", "first", NOW, MINUTE)
    assert not Lease.take("x", "second", NOW + MINUTE, MINUTE)
    assert Lease.take("x", "second", NOW + MINUTE * 1.01, MINUTE)
    assert not Lease.keep("x", "first", NOW, MINUTE)


def test_a_lease_is_released_by_its_owner_only(db: None) -> None:
    Lease.take("x", "first", NOW, MINUTE)
    Lease.release("x", "second")
    assert not Lease.take("x", "third", NOW, MINUTE)
    Lease.release("x", "first")
    assert Lease.take("x", "third", NOW, MINUTE)


def test_while_another_process_exports_nothing_happens(plant: Plant, lake: DeltaGateway) -> None:
    Lease.take(LAKE, "another", timezone.now(), MINUTE)
    assert synchronise_alone(NOW, Options()) is None
    assert not lake.path.exists()


def test_a_process_that_lost_its_lease_stops_before_the_mark(plant: Plant, lake: DeltaGateway) -> None:
    plant.frame()

    def taken_over() -> None:
        Lease.objects.filter(name=LAKE).update(owner="another")

    assert synchronise_alone(timezone.now(), Options(keep=taken_over)) is None
    assert Lease.objects.get().owner == "another"
    assert not SyncRun.objects.filter(direction="to").exists()
    assert SyncTarget.objects.get().mark == 0


def test_a_task_ends_at_its_limit_in_a_thread_too(
    plant: Plant, lake: DeltaGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.frame()
    monkeypatch.setattr(synchronise_event_frames, "soft_time_limit", 1e-9)
    synchronise_event_frames.apply()
    run = SyncRun.objects.get()
    assert (run.state, run.error) == ("failed", "The task has reached its time limit; the next one goes on.")
    assert not lake.path.exists()
    assert Lease.objects.get(name=LAKE).owner == ""
    monkeypatch.undo()
    assert synchronise_alone(timezone.now(), Options()) is not None  # outside a task there is no limit
    assert lake.row_count() == 1


def test_a_comparison_out_of_time_says_so(plant: Plant, lake: DeltaGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.frame()
    synchronise_event_frames()
    report = reconcile(lake, NOW, options=Options(keep=turns.check_time))
    assert report.is_equal
    monkeypatch.setattr(turns, "_end", ContextVar("end", default=0.0))
    report = reconcile(lake, NOW, options=Options(keep=turns.check_time))
    assert "time limit" in report.error
    assert not report.is_equal


@pytest.mark.parametrize("kind", [DeltaGateway, DatabricksGateway])
def test_a_lease_lasts_longer_than_a_step_and_than_a_task(kind: type[DeltaGateway | DatabricksGateway]) -> None:
    assert kind.patience * 2 < turns.LENGTH
    assert synchronise_event_frames.soft_time_limit < synchronise_event_frames.time_limit < turns.LENGTH.total_seconds()


def test_settings_that_do_not_suffice_are_a_failed_run(plant: Plant, lake: DeltaGateway, settings: Settings) -> None:
    settings.DATABRICKS = {"host": "dbc-1.cloud.databricks.com"}
    synchronise_event_frames()
    run = SyncRun.objects.get()
    assert (run.state, run.permanent) == ("failed", True)
    assert "DATABRICKS_HTTP_PATH" in run.error
    assert not lake.path.exists()


def test_every_schedule_names_a_task_that_there_is(db: None) -> None:
    made = {row.name: row for row in PeriodicTask.objects.filter(task__startswith="events.")}
    assert sorted(made) == sorted(schedule.name for schedule in SCHEDULES)  # by the signal post_migrate
    celery.loader.import_default_modules()  # as a worker does
    assert {row.task for row in made.values()} <= set(celery.tasks)
    export = made["Event frames and the lake"]
    assert (export.interval.every, export.interval.period, export.expire_seconds) == (30, "seconds", 30)


def test_a_schedule_that_was_edited_or_switched_off_stays_so(db: None) -> None:
    PeriodicTask.objects.update(enabled=False)
    create_schedules()
    assert not PeriodicTask.objects.filter(enabled=True).exists()


def test_the_command_exports_and_tells_the_counts(plant: Plant, lake: DeltaGateway) -> None:
    plant.frame()
    out = StringIO()
    call_command("sync_event_frames", "--once", stdout=out)
    call_command("sync_event_frames", "--once", stdout=out)
    first, second = [line for line in out.getvalue().splitlines() if line.startswith("into the local Delta table")]
    assert "1 inserted, 0 updated, 0 deleted, 0 unchanged in" in first
    assert "0 inserted, 0 updated, 0 deleted, 0 unchanged in" in second


def test_a_dry_run_of_the_command_writes_nothing(plant: Plant, lake: DeltaGateway) -> None:
    plant.frame()
    out = StringIO()
    call_command("sync_event_frames", "--once", "--dry-run", stdout=out)
    assert "Dry run: into the local Delta table osipi.bronze.pi_event_frames" in out.getvalue()
    assert "1 inserted" in out.getvalue()
    assert not lake.path.exists()


def test_the_command_fails_when_the_export_does(plant: Plant, lake: DeltaGateway, settings: Settings) -> None:
    settings.DATABRICKS = {"host": "dbc-1.cloud.databricks.com"}
    with pytest.raises(CommandError, match="DATABRICKS_HTTP_PATH"):
        call_command("sync_event_frames", "--once")
