"""A conflict decided again, by a person: the version that lost takes the place of the one that counts."""

from __future__ import annotations

from django.db import transaction

from events import arrivals, services
from events.lakehouse.plan import from_told
from events.models import EventFrame, EventFrameTombstone, SyncConflict

BY_HAND = "by hand"


@transaction.atomic
def resolve(conflict: SyncConflict, winner: str, now: int) -> str:
    """Makes the recorded version of the `server` or the `lake` the one that counts: here at once, in the table with the
    next run. A version that is null deletes the frame. Gives the reason where the frame does not take it."""
    version = conflict.ours if winner == "server" else conflict.theirs
    frame = EventFrame.objects.select_related("database__server").filter(pk=conflict.frame_id).first()
    if version is not None:
        arrival = arrivals.Arrival(conflict.frame_id, from_told(version, conflict.web_id), frame)
        if refused := arrivals.take_over([arrival], now):
            return refused[arrival.id]
        EventFrameTombstone.objects.filter(frame_id=conflict.frame_id).delete()
    elif frame is not None:
        if frame.is_locked:
            return "The event frame is locked."
        services.delete(frame)
    conflict.winner, conflict.policy = winner, BY_HAND
    conflict.save(update_fields=["winner", "policy"])
    return ""
