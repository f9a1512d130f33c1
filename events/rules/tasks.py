"""Celery tasks of rules. They take no payload: what is due is read from the database."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from celery import shared_task
from django.utils import timezone

from events import turns
from events.models.rules import RuleBackfill
from events.rules import evaluation
from events.tasks import LIMITS

log = logging.getLogger(__name__)

RUN_SECONDS = 30.0
OPEN = ("waiting", "running")


@shared_task(name="events.rules.tasks.evaluate_rules", **LIMITS)
def evaluate_rules() -> None:
    """All rules up to now, then for the rest of the time the backfills that wait."""
    now, began = timezone.now(), time.monotonic()
    if not turns.is_first("rules", now):
        return
    for outcome in evaluation.evaluate_due(now, seconds=RUN_SECONDS):
        if outcome.error:
            log.warning("Rule '%s': %s", outcome.rule, outcome.error)
    for backfill in RuleBackfill.objects.filter(state__in=OPEN).select_related(
        "rule__database", "rule__frame_template"
    ):
        left = RUN_SECONDS - (time.monotonic() - began)
        if left <= 0:
            return
        lease = f"rule backfill {backfill.pk}"
        turns.alone(lease, now, partial(_advance, backfill, now, left))


def _advance(backfill: RuleBackfill, now: datetime, seconds: float, keep: Callable[[], None]) -> None:
    """A piece is short against the lease, so that is not renewed."""
    evaluation.advance(backfill, now, seconds=seconds)
