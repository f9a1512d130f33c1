"""What stands still is told, once; whose turn it is, and what becomes of a turn that was never ended."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from events import health, tasks, turns
from events.models import DeadLetter, EventFrame, SyncRun
from events.models.sync import Lease, SyncReport, SyncTarget, is_dead, new_owner
from events.runs import LeaseLost
from piwebapi.models import Counter

from .plant import NOW, Plant

MINUTE = timedelta(minutes=1)


def run(**values: object) -> SyncRun:
    return SyncRun.objects.create(target="t", started=NOW, finished=NOW, **values)


def topics(minutes: int = 0) -> list[str]:
    return [problem.topic for problem in health.problems(NOW + minutes * MINUTE)]


def test_before_the_first_run_and_after_a_good_one_all_is_well(db: None) -> None:
    assert topics() == []
    run(direction="to")
    assert topics(9) == []


def test_no_run_for_ten_minutes_means_that_something_stands_still(db: None) -> None:
    run(direction="to")
    assert topics(11) == ["overdue"]
    assert "2026-03-02 12:00 UTC" in health.problems(NOW + 11 * MINUTE)[0].sentence


def test_a_failed_direction_is_told_with_its_reason_until_a_run_succeeds(db: None) -> None:
    run(direction="to", state="failed", error="The lake is frozen.")
    run(direction="from")
    [problem] = health.problems(NOW)
    assert problem.sentence == "The run into the lake failed: The lake is frozen."
    run(direction="to")
    assert topics() == []


def test_what_waits_for_somebody_is_told(db: None) -> None:
    target = SyncTarget.objects.create(name="t", paused_until=NOW + MINUTE)
    SyncReport.objects.create(target=target, started=NOW, only_here=2)
    DeadLetter.objects.create(source="import", key="k", reason="no", first=NOW, last=NOW)
    Lease.objects.create(name="x", owner="elsewhere/1/a", until=NOW - 2 * MINUTE)
    run(direction="to")
    assert topics() == ["lease x", "paused", "report", "dead letters"]
    one = "There is 1 dead letter: a row or task that will not be tried again."
    assert health.problems(NOW)[-1].sentence == one
    DeadLetter.objects.create(source="import", key="another", reason="no", first=NOW, last=NOW)
    two = "There are 2 dead letters: rows or tasks that will not be tried again."
    assert health.problems(NOW)[-1].sentence == two


def test_the_watchdog_tells_a_problem_once_and_once_that_it_is_over(db: None) -> None:
    run(direction="to", state="failed", error="The lake is frozen.")
    assert health.news(NOW) == ["The run into the lake failed: The lake is frozen."]
    assert health.news(NOW + MINUTE) == []
    run(direction="to")
    assert health.news(NOW + 2 * MINUTE) == ["No longer: The run into the lake failed: The lake is frozen."]
    assert health.news(NOW + 3 * MINUTE) == []
    assert not DeadLetter.objects.exists()


def test_the_watchdog_task_writes_a_warning(db: None, caplog: pytest.LogCaptureFixture) -> None:
    run(direction="to")  # long ago
    tasks.watch()
    assert [record.levelname for record in caplog.records if record.name == "events.tasks"] == ["WARNING"]


def test_a_task_that_fails_leaves_one_dead_letter_however_often(db: None) -> None:
    for _ in range(3):
        tasks.remember_failure(sender=tasks.advance_demo_plant, exception=ValueError("no plant"))
    letter = DeadLetter.objects.get()
    assert (letter.source, letter.subject, letter.reason, letter.times) == (
        "task",
        "events.tasks.advance_demo_plant",
        "ValueError: no plant",
        3,
    )


def test_the_lease_of_a_process_that_is_no_more_is_free_at_once(db: None) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    host, _, own = new_owner().split("/")
    dead = f"{host}/{child}/{own}"
    assert is_dead(dead)
    assert not is_dead(new_owner())
    assert not is_dead(f"another host/{child}/{own}")
    assert Lease.take("x", dead, NOW, MINUTE)
    assert Lease.take("x", new_owner(), NOW, MINUTE)


def test_only_one_works_and_the_lease_is_given_back(db: None) -> None:
    now = timezone.now()

    def nested(keep: object) -> object:
        return turns.alone("x", now, lambda keep: "inside")

    assert turns.alone("x", now, nested) is None
    assert turns.alone("x", now, lambda keep: "done") == "done"


def test_who_has_lost_the_lease_stops(db: None) -> None:
    def work(keep: object) -> None:
        Lease.objects.update(owner="another")
        keep()  # type: ignore[operator]
        raise AssertionError("it went on")

    assert turns.alone("x", timezone.now(), work) is None
    assert Lease.objects.get().owner == "another"
    assert issubclass(LeaseLost, Exception)


def test_a_lease_outlives_the_longest_task() -> None:
    assert turns.SOFT_SECONDS < turns.HARD_SECONDS < turns.LENGTH.total_seconds()
    assert tasks.synchronise_event_frames.time_limit == turns.HARD_SECONDS


def test_every_change_takes_a_number_that_grows(plant: Plant) -> None:
    frame = plant.frame()
    before = frame.changed
    plant.update(frame, description="x")
    assert EventFrame.objects.get().changed == Counter.last("eventframes") > before
