"""The table that event frames are kept equal with, and what is known of it before anything is read or written."""

from __future__ import annotations

from uuid import UUID

from events import log
from events.lakehouse.gateway import Gateway
from events.models import EventFrame
from events.models.sync import SyncState, SyncTarget
from piwebapi.access import understand
from piwebapi.core.chunks import chunks
from piwebapi.core.errors import BadRequest


def target_of(gateway: Gateway) -> SyncTarget:
    """What is remembered of the table; a first row for a table that was never seen."""
    return SyncTarget.objects.get_or_create(name=gateway.name)[0]


def prepare(gateway: Gateway, target: SyncTarget) -> None:
    """The table exists, and what is known of it is about this very table. A metered one is only asked when there
    is something to write."""
    if gateway.metered and target.description and not log.is_waiting(target.mark):
        return
    if gateway.ensure_table() and (target.mark or target.watermark or target.states.exists()):
        target.states.all().delete()
        target.mark, target.watermark, target.version = 0, None, None
        target.save(update_fields=["mark", "watermark", "version"])
    if target.description != gateway.describe():
        target.description = gateway.describe()
        target.save(update_fields=["description"])
    if target.mark == 0 and not target.states.exists():
        _adopt(gateway, target)


def _adopt(gateway: Gateway, target: SyncTarget) -> None:
    """Rows of our frames that the table holds already: where they lie must be known, or a frame whose start has moved
    would be inserted a second time. (The state was lost, or another installation wrote them.)"""
    found: dict[UUID, SyncState] = {}
    for web_id, day in gateway.places():
        frame_id = frame_id_of(web_id)
        if frame_id and (frame_id not in found or found[frame_id].partition < day):
            found[frame_id] = SyncState(target=target, frame_id=frame_id, web_id=web_id, partition=day)
    for some in chunks(list(found), 1000):
        ours = EventFrame.objects.filter(pk__in=some).values_list("pk", flat=True)
        SyncState.objects.bulk_create([found[pk] for pk in ours], ignore_conflicts=True)


def frame_id_of(web_id: str) -> UUID | None:
    """None for a text that names no event frame by its id."""
    try:
        decoded = understand(web_id)
    except BadRequest:
        return None
    return decoded.id if decoded.kind == "EventFrame" and isinstance(decoded.id, UUID) else None
