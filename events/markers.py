"""Where a reader of the changes stands, and whether all that it has missed is still kept.

The marker ``N`` says that the changes up to N have been told. Deletions are kept for so many days
(OSIPI_DELETED_DAYS); who stands before one that has been forgotten cannot be told of it and must read everything anew.
That reader's first markers are older than what is forgotten, too, but nothing of it concerns him: his are ``N.P``, with
the number P up to which deletions had been forgotten when he began.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from events.models import EventFrameTombstone
from events.models.sync import SyncState
from piwebapi.core.errors import BadRequest, NotFound
from piwebapi.models import Counter

NOW = "*"
FORGOTTEN = "eventframes forgotten"
GONE = (
    "The history up to this Marker is gone: deletions since then are no longer kept. "
    "Read all event frames anew, by GET /eventframes/changes without since."
)

_MARKER = re.compile(r"([0-9]{1,19})(?:\.([0-9]{1,19}))?")


@dataclass(frozen=True)
class Position:
    """`forgotten`: deletions up to this number do not concern the reader."""

    since: int
    forgotten: int = 0

    def marker(self, upto: int) -> str:
        return f"{upto}.{self.forgotten}" if upto < self.forgotten else str(upto)

    def check(self) -> None:
        """NotFound when deletions have been forgotten that the reader would have to know of. To be asked after the
        changes have been read, for they may be forgotten meanwhile."""
        if max(self.since, self.forgotten) < Counter.last(FORGOTTEN):
            raise NotFound(GONE)


def position(text: str | None, last: int) -> Position:
    """`last`: the newest number there is; NOW stands behind it, no text at the beginning."""
    if text == NOW:
        return Position(last)
    found = _MARKER.fullmatch(text or "0")
    if found and int(found[1]) == 0:  # who knows nothing misses nothing
        return Position(0, Counter.last(FORGOTTEN))
    if found is None or int(found[1]) > last or int(found[2] or 0) > last:
        raise BadRequest(f"'{text}' is no Marker of this server; accepted is one that it gave, or {NOW}.")
    return Position(int(found[1]), int(found[2] or 0))


@transaction.atomic
def forget(now: datetime, days: int) -> int:
    """Deletions older than so many days, but for those of frames of which a table may still hold a row. How many."""
    rows = SyncState.objects.filter(frame_id=OuterRef("frame_id"))
    doomed = EventFrameTombstone.objects.filter(~Exists(rows), deleted__lt=now - timedelta(days=days))
    newest = doomed.aggregate(newest=Max("changed"))["newest"]
    if newest is None:
        return 0
    doomed = doomed.filter(changed__lte=newest)
    Counter.objects.get_or_create(name=FORGOTTEN)
    Counter.objects.filter(name=FORGOTTEN, value__lt=newest).update(value=newest)
    return doomed.delete()[0]
