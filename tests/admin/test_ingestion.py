"""Sources, jobs and backfills of ingestion: secrets go in and never come out. Rules that make event frames."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Task
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from events.admin import ingestion
from events.ingestion.faults import SourceError
from events.ingestion.sealing import opened
from events.models.ingest import Backfill, IngestionJob, IngestionSource
from events.models.rules import EventRule
from events.models.sync import ScheduleClaim

from .forms import change, filled, said
from .plant import HOUR, MOMENT, NOW, SECRET, Plant

JOBS = "/admin/events/ingestionjob/"


def fresh(source: IngestionSource) -> IngestionSource:
    return IngestionSource.objects.get(pk=source.pk)


def test_a_secret_is_stored_sealed_and_told_to_nobody(browser: Client, plant: Plant) -> None:
    assert change(browser, plant.source, secret="another one").status_code == 302
    assert opened(fresh(plant.source)) == "another one"
    assert "another one" not in fresh(plant.source).sealed
    told = LogEntry.objects.first().change_message
    assert "ecret" in told
    assert "another one" not in told
    assert fresh(plant.source).sealed not in told


def test_an_empty_secret_keeps_the_present_one_and_a_switch_forgets_it(browser: Client, plant: Plant) -> None:
    change(browser, plant.source, user="writer")
    assert (fresh(plant.source).user, opened(fresh(plant.source))) == ("writer", SECRET)
    change(browser, plant.source, forget_secret="on")
    assert fresh(plant.source).sealed == ""


def test_a_stored_secret_is_not_sent_to_another_place(browser: Client, plant: Plant) -> None:
    answer = change(browser, plant.source, url="http://evil.example/")
    assert "Enter the secret again" in said(answer)
    assert fresh(plant.source).url == "http://pi.example/piwebapi"
    change(browser, plant.source, url="http://pi2.example/", secret="new")
    assert (fresh(plant.source).url, opened(fresh(plant.source))) == ("http://pi2.example/", "new")


def test_a_form_does_not_set_the_watermark_of_a_job_back(browser: Client, plant: Plant) -> None:
    address = reverse("admin:events_ingestionjob_change", args=(plant.job.pk,))
    form = filled(browser, address) | {"every_seconds": 30}
    IngestionJob.objects.filter(pk=plant.job.pk).update(until=NOW + HOUR, number=7)  # a run meanwhile
    assert browser.post(address, form).status_code == 302
    job = IngestionJob.objects.get(pk=plant.job.pk)
    assert (job.every_seconds, job.until, job.number) == (30, NOW + HOUR, 7)


def test_run_now_frees_the_slot_of_the_job_and_asks_a_worker(
    browser: Client, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Task, "delay", lambda task: asked.append(task.name))
    IngestionJob.objects.update(retry_at=MOMENT)
    ScheduleClaim.claim(plant.job.lease, 1)
    browser.post(JOBS, {"action": "run_now", "_selected_action": [plant.job.pk], "index": 0})
    assert asked == ["events.ingestion.tasks.run_due_jobs"]
    assert IngestionJob.objects.get(pk=plant.job.pk).retry_at is None
    assert not ScheduleClaim.objects.filter(schedule=plant.job.lease).exists()


def test_a_backfill_is_asked_for_in_pi_times(browser: Client, plant: Plant) -> None:
    address = "/admin/events/backfill/add/"
    plant.job.backfills.all().delete()
    form = filled(browser, address) | {"job": plant.job.pk, "start": "2026-03-01T12:00:00Z"}
    assert browser.post(address, form | {"end": "2026-03-02T12:00:00Z"}).status_code == 302
    made = Backfill.objects.first()
    assert (made.start, made.end, made.done_until) == (NOW - 24 * HOUR, NOW, NOW - 24 * HOUR)
    answer = browser.post(address, form | {"end": "2026-02-01"})
    assert "The end of a backfill must be after its start." in said(answer)


def test_a_backfill_is_paused_and_resumed(browser: Client, plant: Plant) -> None:
    row = plant.job.backfills.get()
    for action, state in (("pause", "paused"), ("resume", "waiting"), ("cancel", "cancelled"), ("resume", "cancelled")):
        browser.post("/admin/events/backfill/", {"action": action, "_selected_action": [row.pk], "index": 0})
        assert Backfill.objects.get().state == state


class Answering:
    """A client of a source that has one asset server, or that refuses."""

    fault: SourceError | None = None

    def __init__(self, source: IngestionSource, **_: Any) -> None: ...

    def __enter__(self) -> Answering:
        return self

    def __exit__(self, *_: object) -> None: ...

    def get(self, path: str) -> dict[str, Any]:
        if self.fault is not None:
            raise self.fault
        return {"Items": [{"Name": "PISRV01"}]}


def test_a_source_is_tested_and_its_answer_told(browser: Client, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingestion, "PiClient", Answering)
    form = {"action": "test_connection", "_selected_action": [plant.source.pk], "index": 0}
    assert "Site PI answers: PISRV01." in said(browser.post("/admin/events/ingestionsource/", form, follow=True))
    monkeypatch.setattr(Answering, "fault", SourceError("The password is wrong.", permanent=True))
    answer = said(browser.post("/admin/events/ingestionsource/", form, follow=True))
    assert "Site PI: The password is wrong." in answer


def test_a_rule_is_made_by_its_service_and_shows_over_rest(browser: Client, plant: Plant) -> None:
    address = "/admin/events/eventrule/add/"
    form = filled(browser, address) | {"database": plant.database.pk, "element_template": plant.pump.pk}
    form |= {"name": "Slow", "start_condition": "'Speed' < 5", "enabled": "on", "severity": "2"}
    assert browser.post(address, form).status_code == 302
    made = EventRule.objects.get(name="Slow")
    assert (made.severity, made.enabled, made.analysis.name) == (2, True, "Slow")
    answer = browser.get(
        f"/piwebapi/analysistemplates/{made.analysis.web_id()}", headers={"accept": "application/json"}
    )
    assert answer.json()["AnalysisRulePlugInName"] == "EventFrame"


def test_a_condition_that_cannot_be_read_is_refused_with_its_sentence(browser: Client, plant: Plant) -> None:
    answer = change(browser, plant.rule, start_condition="'Speed' >")
    assert answer.status_code == 200
    assert "start condition" in said(answer)
    assert EventRule.objects.get(pk=plant.rule.pk).start_condition == "'Speed' > 90"


def test_rules_are_switched_on_and_off_in_the_list(browser: Client, plant: Plant) -> None:
    for action, state in (("enable", True), ("disable", False)):
        form = {"action": action, "_selected_action": [plant.rule.pk], "index": 0}
        browser.post("/admin/events/eventrule/", form)
        assert EventRule.objects.get(pk=plant.rule.pk).enabled is state
