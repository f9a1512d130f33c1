"""Reading the event frames of a file (`transfer`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4
from xml.etree.ElementTree import Element as XmlElement

import orjson

from events import services
from events.models import Annotation, EventFrame, EventFrameAttribute, EventFrameReference
from events.numbering import take
from piwebapi.core.chunks import chunks
from piwebapi.core.ticks import from_datetime
from piwebapi.core.times import OPEN_END
from piwebapi.core.webid import fold
from piwebapi.models import ElementCategory
from piwebapi.references.values import moment
from piwebapi.transfer import security
from piwebapi.transfer.attributes import Attributes
from piwebapi.transfer.document import BadFile, Node
from piwebapi.transfer.drafts import link_categories
from piwebapi.transfer.target import Target, checked_name, extended_properties, is_removed

FRAME, ANNOTATION, REFERENCE = "AFEventFrame", "AFAnnotation", "AFElementRef"
FLAGS = {"CanBeAcknowledged": "can_be_acknowledged", "IsLocked": "is_locked", "AreValuesCaptured": "values_captured"}


class Reader:
    """Some frames of a file with all below them."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.nodes: list[tuple[EventFrame, Node]] = []
        self.categories: dict[UUID, list[UUID]] = {}
        self.elements: dict[UUID, list[UUID]] = {}

    def read(self, tops: Sequence[XmlElement]) -> None:
        self.known = self._known(tops)
        self.drafts = self.target.drafts(EventFrame, [], lambda row: row.pk)
        self.drafts.known = dict(self.known)
        for xml in tops:
            self._frame(xml, None)
        self._save_frames()
        link_categories(EventFrame, self.categories)
        self._save_references()
        services.instantiate([frame for frame, _ in self.nodes], self.target.now)
        attributes = Attributes(self.target, self.nodes, EventFrameAttribute, "frame")
        for frame, told_of in self.nodes:
            for child in told_of.children("AFAttribute"):
                attributes.read(child, told_of.path, frame, "")
        attributes.save()
        self._save_annotations()
        for frame, told_of in self.nodes:
            for child in told_of.children(security.ENTRY):
                security.put(self.target, EventFrame.KIND, frame.pk, Node(child, told_of.path))
            told_of.finish(self.target.report)

    def _known(self, tops: Sequence[XmlElement]) -> dict[Any, EventFrame]:
        """Frames that are here by id and by parent, name and start, those of the names in the file."""
        names = {fold(xml.findtext("Name", "")) for top in tops for xml in top.iter(FRAME)}
        found: dict[Any, EventFrame] = {}
        for some in chunks(sorted(names)):
            for row in EventFrame.objects.filter(database=self.target.database, name_key__in=some):
                found[row.parent_id, row.name_key, row.start] = row
        return found

    def _frame(self, xml: XmlElement, parent: EventFrame | None) -> None:
        told_of = Node(xml, f"EventFrames[{xml.findtext('Name', '')}]")
        if is_removed(told_of, self.target.report):
            return
        name, start = checked_name(told_of), self._moment(told_of, "StartTime")
        if start is None:
            raise BadFile(f"The event frame '{told_of.path}' has no StartTime.")
        template = self.target.templates.get(fold(told_of.text("Template")))
        elements = self._referenced(told_of)
        key = (parent.pk if parent else None, fold(name), start)
        frame = self.drafts.put(
            key,
            told_of.id,
            database_id=self.target.database.pk,
            parent_id=key[0],
            template_id=template.pk if template else None,
            name=name,
            description=told_of.text("Description"),
            start=start,
            end=self._moment(told_of, "EndTime"),
            severity=told_of.integer("Severity", 0),
            acknowledged_by=told_of.text("AcknowledgedBy"),
            acknowledged_at=self._moment(told_of, "AcknowledgedDate"),
            extended_properties=extended_properties(told_of, self.target.report),
            primary_element_id=elements[0] if elements else None,
            **{column: told_of.flag(tag) for tag, column in FLAGS.items()},
        )
        self.elements[frame.pk] = elements
        linked = self.target.category_ids(told_of, "AFElementCategoryRef", ElementCategory)
        if not told_of.has("AFElementCategoryRef") and template is not None:
            linked = [category.pk for category in template.categories.all()]
        self.categories[frame.pk] = linked
        self.nodes.append((frame, told_of))
        for child in told_of.children(FRAME):
            self._frame(child, frame)

    def _moment(self, told_of: Node, tag: str) -> int | None:
        """None where nothing is told, and for an end that is open."""
        text = told_of.text(tag)
        try:
            ticks = from_datetime(moment(text)) if text else None
        except ValueError:
            raise BadFile(f"<{tag}> of '{told_of.path}' is no point in time: '{text}'.") from None
        return None if ticks is not None and ticks >= OPEN_END else ticks

    def _referenced(self, told_of: Node) -> list[UUID]:
        found: list[UUID] = []
        for path in told_of.texts(REFERENCE):
            element = self.target.elements.get(fold(path.strip("\\")))
            if element is None:
                self.target.report.gap("reference to an element that is not in the file", f"{told_of.path} -> {path}")
            else:
                found.append(element.pk)
        return list(dict.fromkeys(found))

    def _save_frames(self) -> None:
        """Each new or changed frame takes a number, so that those who follow the changes are told of it."""
        moved = [*self.drafts.new.values(), *(self.drafts.known[key] for key in self.drafts.changed)]
        first = take(len(moved)) if moved else 0
        for position, frame in enumerate(moved):
            frame.changed = first + position
        for columns in self.drafts.changed.values():
            columns["changed"] = None
        self.drafts.save()

    def _save_references(self) -> None:
        keys = [frame.pk for frame, _ in self.nodes]
        before: dict[UUID, list[UUID]] = {key: [] for key in keys}
        for some in chunks(keys):
            rows = EventFrameReference.objects.filter(frame__in=some).order_by("position")
            for frame, element in rows.values_list("frame", "element"):
                before[frame].append(element)
        other = [key for key in keys if before[key] != self.elements[key]]
        for some in chunks(other):
            EventFrameReference.objects.filter(frame__in=some).delete()
        EventFrameReference.objects.bulk_create(
            [
                EventFrameReference(frame_id=key, element_id=element, position=position)
                for key in other
                for position, element in enumerate(self.elements[key])
            ],
            batch_size=500,
        )

    def _save_annotations(self) -> None:
        """Those that are here with the same name and time of creation stay as they are."""
        keys = [frame.pk for frame, _ in self.nodes]
        here = set()
        for some in chunks(keys):
            here |= set(Annotation.objects.filter(frame__in=some).values_list("frame", "name", "created"))
        taken = set()
        made = []
        for frame, told_of in self.nodes:
            for xml in told_of.children(ANNOTATION):
                row = self._annotation(frame, Node(xml, told_of.path))
                if (frame.pk, row.name, row.created) not in here and row.pk not in taken:
                    made.append(row)
                    taken.add(row.pk)
        Annotation.objects.bulk_create(made, batch_size=500)
        if made:
            self.target.report.created["annotations"] += len(made)

    def _annotation(self, frame: EventFrame, told_of: Node) -> Annotation:
        try:
            value = orjson.loads(told_of.text("Value") or "null")
        except orjson.JSONDecodeError:
            value = told_of.text("Value")
        created = self._moment(told_of, "CreationDate") or self.target.now
        key = told_of.id
        if key is None or Annotation.objects.filter(pk=key).exists():
            key = uuid4()
        row = Annotation(
            id=key,
            frame=frame,
            name=told_of.text("Name"),
            description=told_of.text("Description"),
            value=value,
            creator=told_of.text("Creator"),
            created=created,
            modifier=told_of.text("Modifier"),
            modified=self._moment(told_of, "ModifyDate") or created,
        )
        told_of.finish(self.target.report)
        return row
