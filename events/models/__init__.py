"""Event frames and what their synchronisation keeps."""

from .frames import (
    SEVERITIES,
    Annotation,
    EventFrame,
    EventFrameAttribute,
    EventFrameReference,
    EventFrameTombstone,
)
from .sync import DeadLetter, Lease, ScheduleClaim, SyncConflict, SyncReport, SyncRun, SyncState, SyncTarget

__all__ = [
    "SEVERITIES",
    "Annotation",
    "EventFrame",
    "EventFrameAttribute",
    "EventFrameReference",
    "EventFrameTombstone",
    "DeadLetter",
    "Lease",
    "ScheduleClaim",
    "SyncConflict",
    "SyncReport",
    "SyncRun",
    "SyncState",
    "SyncTarget",
]
