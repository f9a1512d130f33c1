"""Event frames of an export: `AFEventFrame`, children within their parents.

A frame is known by its id, else by its parent, name and start. The vendor's schema of event frames is not public;
tags are named as AF names the properties.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree.ElementTree import Element as XmlElement

import orjson
from django.db.models import Q

from events.models import Annotation, EventFrame, EventFrameAttribute, EventFrameReference
from piwebapi.core.chunks import chunks
from piwebapi.core.times import format_ticks
from piwebapi.models import Element
from piwebapi.transfer import exportedfields as fields
from piwebapi.transfer import security
from piwebapi.transfer.document import Document
from piwebapi.transfer.exportedlibrary import by_parent
from piwebapi.transfer.markup import head, leaf, node, told
from piwebapi.transfer.scope import Scope
from piwebapi.transfer.target import Target

from .transferredframes import ANNOTATION, FLAGS, FRAME, REFERENCE, Reader

#: frames with all below them, at once in memory
AT_ONCE = 200


class Frames:
    tags = (FRAME,)

    def write(self, scope: Scope) -> Iterator[str]:
        rows = scope.see(EventFrame.objects.filter(database=scope.database)).filter(_within(scope))
        tops = list(rows.filter(parent=None).order_by("start", "name_key", "pk"))
        for some in chunks(tops, AT_ONCE):
            family = _family(scope, some)
            yield from (family.frame(top) for top in some)

    def read(self, document: Document, target: Target) -> None:
        pending: list[XmlElement] = []
        for xml in document.objects(FRAME):
            pending.append(xml)
            if len(pending) == AT_ONCE:
                Reader(target).read(pending)
                pending = []
        Reader(target).read(pending)


def _within(scope: Scope) -> Q:
    found = Q() if scope.end is None else Q(start__lte=scope.end)
    return found if scope.start is None else found & (Q(end=None) | Q(end__gte=scope.start))


def _family(scope: Scope, tops: Sequence[EventFrame]) -> _Family:
    """With all below, whatever their times: a frame is told whole."""
    level, found = list(tops), list(tops)
    while level:
        rows = scope.see(EventFrame.objects.filter(parent__in=[row.pk for row in level]))
        level = list(rows.order_by("start", "name_key", "pk"))
        found += level
    return _Family(scope, found)


class _Family:
    """What frames are told with, read in a few queries."""

    def __init__(self, scope: Scope, frames: Sequence[EventFrame]) -> None:
        self.scope, self.children = scope, by_parent(frames)
        keys = [frame.pk for frame in frames]
        elements = scope.see(Element.objects.filter(database=scope.database)).values("pk")
        self.full: dict[Any, EventFrame] = {}
        self.attributes: dict[Any, list[EventFrameAttribute]] = {}
        self.references: dict[Any, list[EventFrameReference]] = {}
        self.annotations: dict[Any, list[Annotation]] = {}
        self.entries: dict[Any, list[Any]] = {}
        for some in chunks(keys):
            rows = EventFrame.objects.filter(pk__in=some).select_related("template")
            self.full |= {row.pk: row for row in rows.prefetch_related("categories", "template__categories")}
            for reference in EventFrameReference.objects.filter(frame__in=some, element__in=elements).select_related(
                "element"
            ):
                self.references.setdefault(reference.frame_id, []).append(reference)
            for attribute in _attributes(some):
                attribute.frame = self.full[attribute.frame_id]
                self.attributes.setdefault(attribute.frame_id, []).append(attribute)
            for remark in Annotation.objects.filter(frame__in=some).defer("attachment").order_by("created", "pk"):
                self.annotations.setdefault(remark.frame_id, []).append(remark)
            for row in security.entries_of("EventFrame", some):
                self.entries.setdefault(row.object_id, []).append(row)

    def frame(self, row: EventFrame) -> str:
        full, scope = self.full[row.pk], self.scope
        attributes = by_parent(self.attributes.get(row.pk, ()))
        parts = (
            head(full, scope.ids),
            told("Template", full.template.name if full.template else ""),
            leaf("StartTime", format_ticks(full.start)),
            leaf("EndTime", format_ticks(full.end_or_open)),
            leaf("Severity", full.severity),
            *(told(tag, getattr(full, column), False) for tag, column in FLAGS.items()),
            told("AcknowledgedBy", full.acknowledged_by),
            told("AcknowledgedDate", format_ticks(full.acknowledged_at) if full.is_acknowledged else ""),
            *fields.categories("AFElementCategoryRef", full, full.template),
            *fields.properties(full),
            *(leaf(REFERENCE, reference.element.path) for reference in self.references.get(row.pk, ())),
            *(fields.attribute(top, attributes, scope.states, scope.ids) for top in attributes.get(None, ())),
            *(_annotation(remark, scope.ids) for remark in self.annotations.get(row.pk, ())),
            *(node(security.ENTRY, security.entry(entry)) for entry in self.entries.get(row.pk, ())),
            *(self.frame(child) for child in self.children.get(row.pk, ())),
        )
        return node(FRAME, parts)


def _attributes(frames: Sequence[Any]) -> Any:
    rows = EventFrameAttribute.objects.filter(frame__in=frames).order_by("name_key")
    related = ("unit", "enumeration_set", "template__unit", "template__enumeration_set")
    return rows.select_related(*related).prefetch_related("categories", "template__categories")


def _annotation(row: Annotation, ids: bool) -> str:
    """Without the attached file."""
    own = leaf("id", row.pk) if ids else ""
    return node(
        ANNOTATION,
        (
            own,
            leaf("Name", row.name),
            told("Description", row.description),
            leaf("Value", orjson.dumps(row.value).decode()),
            told("Creator", row.creator),
            leaf("CreationDate", format_ticks(row.created)),
            told("Modifier", row.modifier),
            leaf("ModifyDate", format_ticks(row.modified)),
        ),
    )
