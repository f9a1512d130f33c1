"""An attribute that is written, renamed, added or deleted by itself is a change of its event frame, whoever
made it: REST, streams or the admin. Writers in bulk (`services`, `demo`) number their frames themselves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from events.models import EventFrame, EventFrameAttribute
from piwebapi.models import Counter
from streaming.live import bell

COUNTER = "eventframes"


def take(count: int = 1) -> int:
    """The first of so many new numbers, inside the transaction that uses them; on commit those who follow the
    changes are woken."""
    bell.ring()
    return Counter.take(COUNTER, count)


def connect() -> None:
    post_save.connect(_saved, sender=EventFrameAttribute, dispatch_uid="event frame attribute saved")
    post_delete.connect(_deleted, sender=EventFrameAttribute, dispatch_uid="event frame attribute deleted")


def number(frame_id: UUID) -> None:
    with transaction.atomic():
        EventFrame.objects.filter(pk=frame_id).update(changed=take())


def _saved(instance: EventFrameAttribute, raw: bool = False, **_: Any) -> None:
    if not raw:
        number(instance.frame_id)


def _deleted(instance: EventFrameAttribute, origin: Any = None, **_: Any) -> None:
    """`origin`: where the deletion began; a frame that takes its attributes along leaves a tombstone."""
    if getattr(origin, "model", type(origin)) is EventFrameAttribute:
        number(instance.frame_id)
