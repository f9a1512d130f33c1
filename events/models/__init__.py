"""Event frames and what their synchronisation keeps."""

from .frames import (
    SEVERITIES,
    Annotation,
    EventFrame,
    EventFrameAttribute,
    EventFrameReference,
    EventFrameTombstone,
)
from .ingest import (
    Backfill,
    FrameMark,
    IngestionJob,
    IngestionQuality,
    IngestionRun,
    IngestionSource,
    LakeCommit,
    StreamMark,
)
from .rules import EventRule, RuleBackfill, RuleFrame, RuleState
from .sync import DeadLetter, Lease, ScheduleClaim, SyncConflict, SyncReport, SyncRun, SyncState, SyncTarget

__all__ = [
    "Backfill",
    "FrameMark",
    "IngestionJob",
    "IngestionQuality",
    "IngestionRun",
    "IngestionSource",
    "LakeCommit",
    "StreamMark",
    "EventRule",
    "RuleBackfill",
    "RuleFrame",
    "RuleState",
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
