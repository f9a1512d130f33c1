"""What an event frame shows beside its own columns, read for all frames of an answer at once.

As plain columns where no more is needed: rows of Django for every reference, category, child and annotation took
more than half of the time of a page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from events.models import Annotation, EventFrame, EventFrameReference
from piwebapi import catalog
from piwebapi.models import AssetDatabase, Element, ElementTemplate

AT_ONCE = 500


def dress(frames: Sequence[EventFrame]) -> None:
    """Sets `database`, `template`, `parent` and the `shown_` attributes of each frame, in six queries for 500."""
    for start in range(0, len(frames), AT_ONCE):
        _dress(frames[start : start + AT_ONCE])


def _dress(frames: Sequence[EventFrame]) -> None:
    ids = [frame.pk for frame in frames]
    databases = catalog.shared(AssetDatabase.objects.select_related("server"), {frame.database_id for frame in frames})
    templated = {frame.template_id for frame in frames if frame.template_id}
    templates = catalog.shared(ElementTemplate.objects.select_related("database__server"), templated)
    parents = _parents({frame.parent_id for frame in frames if frame.parent_id})
    references = _references(ids)
    categories = _categories(ids)
    signs = _signs(ids)
    for frame in frames:
        frame.database = databases[frame.database_id]
        frame.template = templates.get(frame.template_id) if frame.template_id else None
        frame.parent = parents.get(frame.parent_id) if frame.parent_id else None
        frame.shown_elements = [_element(frame.database, row) for row in references.get(frame.pk, ())]
        frame.shown_categories = categories.get(frame.pk, [])
        frame.has_children, frame.is_annotated = signs.get(frame.pk, (False, False))


def _element(database: AssetDatabase, row: tuple[UUID, str]) -> Element:
    """With what its WebId needs."""
    element: Element = Element.from_db(None, ("id", "path"), row)
    element.database = database
    return element


def _parents(ids: set[UUID]) -> dict[UUID, EventFrame]:
    return EventFrame.objects.select_related("database__server").in_bulk(ids) if ids else {}


def _references(ids: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    rows = EventFrameReference.objects.filter(frame__in=ids).order_by("position")
    return _grouped(rows.values_list("frame_id", "element_id", "element__path"), lambda row: row[1:])


def _categories(ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    rows = EventFrame.categories.through.objects.filter(eventframe__in=ids).order_by("elementcategory__name_key")
    return _grouped(rows.values_list("eventframe_id", "elementcategory__name"), lambda row: row[1])


def _grouped(rows: Iterable[Any], of: Callable[[Any], Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(of(row))
    return found


def _signs(ids: Sequence[UUID]) -> dict[UUID, tuple[bool, bool]]:
    """Whether a frame has children, and annotations."""
    children = Exists(EventFrame.objects.filter(parent=OuterRef("pk")))
    annotations = Exists(Annotation.objects.filter(frame=OuterRef("pk")))
    rows = EventFrame.objects.filter(pk__in=ids).values_list("pk", children, annotations)
    return {key: (parenting, annotated) for key, parenting, annotated in rows}
