"""Housekeeping of the site itself."""

from __future__ import annotations

import time
from pathlib import Path

from celery import shared_task
from django.conf import settings

KEPT_SECONDS = 3600


@shared_task
def sweep_queue() -> int:
    """Deletes what the file broker has delivered and kept, before it fills the disk. Returns how many."""
    folder = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("processed_folder")
    if not folder:
        return 0
    oldest = time.time() - KEPT_SECONDS
    delivered = [message for message in Path(folder).iterdir() if message.stat().st_mtime < oldest]
    for message in delivered:
        message.unlink(missing_ok=True)
    return len(delivered)
