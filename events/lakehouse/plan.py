"""What to do with a row of the lake, decided from three versions of a frame: as last agreed, as here, as there.

Pure: no database, no clock. An equal digest is an echo of our own write and is dropped; where both sides have
changed there is a conflict, which the policy decides and which is recorded with both versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from .rows import FrameRow, StoredRow, content, digest

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class Act(Enum):
    ECHO = "echo"  #: nothing has happened there
    AGREE = "agree"  #: both say the same, which is remembered
    CREATE = "create"  #: a frame that somebody else has written
    UPDATE = "update"  #: a frame that only the lake has changed
    KEEP = "keep"  #: ours stays, and is written over theirs by the next export
    TWICE = "twice"  #: another row stands for the same frame already


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both sides held when they last agreed: digests of the lake's row and of ours (they differ where a row
    cannot be kept to the letter). An empty digest is unknown."""

    lake: str
    ours: str


@dataclass(frozen=True, slots=True)
class Here:
    """Our side: the frame as a row, or when it was deleted, or neither."""

    row: FrameRow | None = None
    changed: datetime | None = None
    deleted: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """`conflict` names what both sides did, or is empty."""

    act: Act
    conflict: str = ""

    @property
    def winner(self) -> str:
        return "server" if self.act is Act.KEEP else "lake"


def decide(there: StoredRow, agreed: Agreed | None, here: Here, policy: str) -> Decision:
    """`policy`: whose version counts when both sides have changed, the "server"'s, the "lake"'s or the "newest"."""
    theirs = digest(there.row)
    if agreed and agreed.lake == theirs:
        return Decision(Act.ECHO)
    if here.row is None:
        return _without_frame(there, agreed, here, policy)
    ours = digest(here.row)
    if ours == theirs:
        return Decision(Act.AGREE)
    if agreed and agreed.ours == ours:
        return Decision(Act.UPDATE)
    wins = _lake_wins(policy, there.ingested, here.changed)
    return Decision(Act.UPDATE if wins else Act.KEEP, "changed on both sides")


def _without_frame(there: StoredRow, agreed: Agreed | None, here: Here, policy: str) -> Decision:
    if here.deleted is None:
        return Decision(Act.CREATE)
    if agreed is None and not _later(there.ingested, here.deleted):
        return Decision(Act.KEEP)  # a row that was there before the deletion
    wins = _lake_wins(policy, there.ingested, here.deleted)
    return Decision(Act.CREATE if wins else Act.KEEP, "deleted here, changed in the lake")


def decide_gone(agreed: Agreed, here: Here, policy: str) -> Decision:
    """A row that was there has gone: the frame follows it (UPDATE means delete), unless it has changed since.

    Nobody knows when the row went, so the newest version is the one that is there.
    """
    if here.row is None:
        return Decision(Act.AGREE)
    if agreed.ours == digest(here.row):
        return Decision(Act.UPDATE)
    return Decision(Act.UPDATE if policy == "lake" else Act.KEEP, "changed here, deleted in the lake")


def too_many_gone(gone: int, known: int) -> bool:
    """Whether so many rows are missing that somebody has to look first: over a fifth, and more than a few."""
    return gone > 20 and gone * 5 > known


def _lake_wins(policy: str, there: datetime | None, here: datetime | None) -> bool:
    return policy == "lake" or (policy == "newest" and _later(there, here))


def _later(there: datetime | None, here: datetime | None) -> bool:
    return (there or _BEGINNING) > (here or _BEGINNING)


def told(row: FrameRow | None) -> Mapping[str, object] | None:
    """A version of a frame as JSON, for the record of a conflict."""
    return None if row is None else content(row)


def from_told(version: Mapping[str, Any], webid: str) -> FrameRow:
    """The version of a frame that such a record tells."""
    end = version["end_time"]
    return FrameRow(
        webid=webid,
        name=version["name"],
        template_name=version["template_name"],
        start=datetime.fromisoformat(version["start_time"]),
        end=end and datetime.fromisoformat(end),
        primary_referenced_element_webid=version["primary_referenced_element_webid"],
        description=version["description"],
        category_names=tuple(version["category_names"]),
        attributes=dict(version["attributes"]),
    )
