"""What becomes of event frames when the asset that they belong to is deleted, by REST, admin or a program.

Frames of a deleted database leave tombstones, as if each had been deleted. Frames that refer to a deleted
element have changed. Both are told to those who follow the changes, the lake among them.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.db.models.signals import pre_delete

from events import bulk
from events.models import EventFrame
from piwebapi.models import AssetDatabase, Element


def connect() -> None:
    pre_delete.connect(_database, sender=AssetDatabase, dispatch_uid="event frames of a deleted database")
    pre_delete.connect(_element, sender=Element, dispatch_uid="event frames of a deleted element")


def _database(instance: AssetDatabase, **_: Any) -> None:
    bulk.delete(EventFrame.objects.filter(database=instance))


def _element(instance: Element, origin: Any = None, **_: Any) -> None:
    """Once for the element where the deletion begins; its branch goes with it. In other deletions the
    database goes too, or the frames do."""
    if origin is not instance:
        return
    branch = Q(path_key=instance.path_key) | Q(path_key__startswith=instance.path_key + "\\")
    gone = Element.objects.filter(branch, database=instance.database_id)
    frames = EventFrame.objects.filter(database=instance.database_id, references__element__in=gone).distinct()
    if frames.exists():
        bulk.touch(frames)
