"""Housekeeping of written values."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from streaming.archive import sealing


@shared_task
def seal_archive() -> int:
    return sealing.seal()


@shared_task
def prune_changes() -> int:
    return sealing.prune(timezone.now())
