"""Event frames and what their synchronisation keeps."""

from .frames import (
    SEVERITIES,
    Annotation,
    EventFrame,
    EventFrameAttribute,
    EventFrameReference,
    EventFrameTombstone,
)

__all__ = [
    "SEVERITIES",
    "Annotation",
    "EventFrame",
    "EventFrameAttribute",
    "EventFrameReference",
    "EventFrameTombstone",
]
