"""Event frames and what their synchronisation keeps."""

from .frames import (
    SEVERITIES,
    Annotation,
    EventFrame,
    EventFrameAttribute,
    EventFrameReference,
    EventFrameTombstone,
)
from .sync import Lease, ScheduleClaim, SyncRun, SyncState, SyncTarget

__all__ = [
    "SEVERITIES",
    "Annotation",
    "EventFrame",
    "EventFrameAttribute",
    "EventFrameReference",
    "EventFrameTombstone",
    "Lease",
    "ScheduleClaim",
    "SyncRun",
    "SyncState",
    "SyncTarget",
]
