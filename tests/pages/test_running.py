"""Runs that somebody cancels: who may, and that the work stops without another beginning beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from events import turns
from events.models.ingest import IngestionJob, IngestionSource
from events.models.sync import Lease
from events.tasks import LAKE


@pytest.fixture
def job(db: None) -> IngestionJob:
    return IngestionJob.objects.create(name="Values of <two> units", source=IngestionSource.objects.create(name="here"))


def steps_until_cancelled(name: str, cancel: Callable[[], object]) -> list[int]:
    """The steps that work of three got to do, when it is cancelled during the second."""
    done: list[int] = []

    def work(keep: Callable[[], None]) -> None:
        for step in (1, 2, 3):
            keep()
            done.append(step)
            if step == 2:
                cancel()

    turns.alone(name, timezone.now(), work)
    return done


def test_a_cancelled_synchronisation_stops_at_its_next_step(admin_client: Client) -> None:
    def cancel() -> None:
        page = admin_client.get("/ingestion/panel/pipelines").content.decode()
        assert page.count("Cancel the run of") == 2
        answer = admin_client.post("/ingestion/cancel", follow=True)
        assert "stops at its next step" in answer.content.decode()
        assert "stopping" in admin_client.get("/ingestion/panel/pipelines").content.decode()

    assert steps_until_cancelled(LAKE, cancel) == [1, 2]
    assert LogEntry.objects.get().change_message == "Cancelled the run."


def test_nobody_begins_anew_before_the_cancelled_one_has_had_time_to_stop(
    job: IngestionJob, admin_client: Client
) -> None:
    steps_until_cancelled(job.lease, lambda: admin_client.post("/ingestion/cancel", {"job": job.pk}))
    now = timezone.now()
    assert not Lease.take(job.lease, "another", now, timedelta(seconds=9))
    assert Lease.take(job.lease, "another", now + timedelta(seconds=61), timedelta(seconds=9))


def test_a_run_that_is_over_cannot_be_cancelled(job: IngestionJob, admin_client: Client) -> None:
    turns.alone(job.lease, timezone.now(), lambda keep: keep())
    page = admin_client.post("/ingestion/cancel", {"job": job.pk}, follow=True).content.decode()
    assert "There is no run of &#x27;Values of &lt;two&gt; units&#x27; to cancel" in page
    assert Lease.take(job.lease, "another", timezone.now(), timedelta(seconds=9))


def test_a_visitor_neither_sees_nor_uses_the_button(job: IngestionJob, client: Client) -> None:
    def try_it() -> None:
        page = client.get("/ingestion/panel/jobs").content.decode()
        assert "running" in page
        assert "Cancel the run" not in page
        assert client.post("/ingestion/cancel", {"job": job.pk}).status_code == 403

    assert steps_until_cancelled(job.lease, try_it) == [1, 2, 3]


def test_a_read_only_server_neither_starts_nor_cancels_a_run_and_says_why(
    job: IngestionJob, admin_client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, bool]] = []
    monkeypatch.setattr("events.admin.lake.synchronise_event_frames.delay", lambda **how: asked.append(how))
    settings.OSIPI_READ_ONLY = True

    def try_it() -> None:
        for path, form in (("run", {}), ("cancel", {}), ("cancel", {"job": job.pk})):
            refusal = admin_client.post(f"/ingestion/{path}", form)
            assert refusal.status_code == 403
            assert "The server is read-only; it takes no writes from anybody." in refusal.content.decode()
        for page in ("/ingestion/", "/sync-runs/"):
            shown = admin_client.get(page).content.decode()
            assert "Run now" not in shown
            assert "Cancel the run" not in shown

    assert steps_until_cancelled(job.lease, try_it) == [1, 2, 3]
    assert steps_until_cancelled(LAKE, try_it) == [1, 2, 3]
    assert asked == []
    settings.OSIPI_READ_ONLY = False
    assert "Run now" in admin_client.get("/sync-runs/").content.decode()
