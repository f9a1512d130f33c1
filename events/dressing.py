"""What an event frame shows beside its own columns, read for all frames of an answer at once.

By one statement and as plain columns: rows of Django for every reference, category, child and annotation took more
than half of the time of a page, and a statement of Django for each of them half of the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection

from events.models import EventFrame
from piwebapi import catalog
from piwebapi.core.chunks import chunks
from piwebapi.core.webid import fold
from piwebapi.models import AssetDatabase, Element, ElementTemplate


class Parent(NamedTuple):
    """Ids here and below are as the database gives them: texts on SQLite."""

    id: Any
    name: str
    parent_id: Any


class Aside(NamedTuple):
    """Beside the columns of a frame: ids and paths of its elements, names of its categories, its parent, and by the
    bits of a number whether it has children and annotations."""

    elements: tuple[tuple[Any, str], ...] = ()
    categories: tuple[str, ...] = ()
    parent: Parent | None = None
    signs: int = 0

    @property
    def has_children(self) -> bool:
        return self.signs & _HAS_CHILDREN == _HAS_CHILDREN

    @property
    def is_annotated(self) -> bool:
        return self.signs & _ANNOTATED == _ANNOTATED


#: kind of row, frame (or parent), number, key to sort by, two ids, text
_ELEMENT, _CATEGORY, _HAS_CHILDREN, _ANNOTATED, _PARENT = 0, 1, 2, 4, 8
_ASIDES = """
    SELECT 0, r.frame_id, r.position, '', r.element_id, r.element_id, e.path
    FROM events_eventframereference r JOIN piwebapi_element e ON e.id = r.element_id WHERE r.frame_id {among}
    UNION ALL
    SELECT 1, c.eventframe_id, 0, k.name_key, k.id, k.id, k.name
    FROM events_eventframe_categories c JOIN piwebapi_elementcategory k ON k.id = c.elementcategory_id
    WHERE c.eventframe_id {among}
    UNION ALL
    SELECT 2, f.value, 0, '', f.value, f.value, '' FROM {table} WHERE EXISTS
        (SELECT 1 FROM events_eventframe c WHERE c.parent_id = f.value)
    UNION ALL
    SELECT 4, f.value, 0, '', f.value, f.value, '' FROM {table} WHERE EXISTS
        (SELECT 1 FROM events_annotation a WHERE a.frame_id = f.value)
    UNION ALL
    SELECT 8, p.id, 0, '', p.id, p.parent_id, p.name FROM events_eventframe p WHERE p.id {among}
"""
_STATEMENTS = {
    "sqlite": _ASIDES.format(among="IN (SELECT value FROM json_each(%s))", table="json_each(%s) AS f"),
    "postgresql": _ASIDES.format(among="= ANY(%s)", table="unnest(%s) AS f(value)"),
}


def asides(frames: Sequence[tuple[Any, Any]]) -> list[Aside]:
    """Of frames by their ids and those of their parents, 500 of them in a statement."""
    found: list[Aside] = []
    for some in chunks(frames):
        found += _asides(some)
    return found


def _asides(frames: Sequence[tuple[Any, Any]]) -> Iterable[Aside]:
    elements: dict[Any, list[Any]] = defaultdict(list)
    categories: dict[Any, list[Any]] = defaultdict(list)
    parents: dict[Any, Parent] = {}
    signs: dict[Any, int] = defaultdict(int)
    for kind, frame, number, key, one, other, text in _rows(frames):
        if kind == _ELEMENT:
            elements[frame].append((number, (one, text)))
        elif kind == _CATEGORY:
            categories[frame].append((key, text))
        elif kind == _PARENT:
            parents[frame] = Parent(one, text, other)
        else:
            signs[frame] |= kind
    for frame, parent in frames:
        yield Aside(
            _in_order(elements.get(frame)), _in_order(categories.get(frame)), parents.get(parent), signs.get(frame, 0)
        )


def _in_order(numbered: list[Any] | None) -> tuple[Any, ...]:
    if numbered is None:
        return ()
    if len(numbered) > 1:
        numbered.sort(key=itemgetter(0))
    return tuple([shown for _, shown in numbered])


def _rows(frames: Sequence[tuple[Any, Any]]) -> Iterable[tuple[Any, ...]]:
    ids: Any = [frame for frame, _ in frames]
    above: Any = list({parent for _, parent in frames} - {None})
    if connection.vendor == "sqlite":
        ids, above = orjson.dumps(ids).decode(), orjson.dumps(above).decode()
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS[connection.vendor], [ids, ids, ids, ids, above])
        return cursor.fetchall()


def dress(frames: Sequence[EventFrame]) -> None:
    """Sets `database`, `template`, `parent` and the `shown_` attributes of each frame."""
    stored = partial(EventFrame._meta.pk.get_db_prep_value, connection=connection)
    found = asides([(stored(frame.pk), stored(frame.parent_id)) for frame in frames])
    near = homes((frame.database_id for frame in frames), (frame.template_id for frame in frames if frame.template_id))
    put_on(zip(frames, found, strict=True), *near)


def homes(
    databases: Iterable[UUID], templates: Iterable[UUID]
) -> tuple[Mapping[UUID, AssetDatabase], Mapping[UUID, ElementTemplate]]:
    """Databases and templates by their ids, with what their paths need. Shared by many frames: only to be read."""
    return (
        catalog.shared(AssetDatabase.objects.select_related("server"), set(databases)),
        catalog.shared(ElementTemplate.objects.select_related("database__server"), set(templates)),
    )


def put_on(
    pairs: Iterable[tuple[EventFrame, Aside]],
    databases: Mapping[UUID, AssetDatabase],
    templates: Mapping[UUID, ElementTemplate],
) -> None:
    """Frames with the same parent or element share it."""
    known: dict[Hashable, Any] = {}
    for frame, aside in pairs:
        database = databases[frame.database_id]
        frame.database = database
        frame.template = templates.get(frame.template_id) if frame.template_id else None
        frame.parent = _once(_parent, database, aside.parent, known) if aside.parent else None
        frame.shown_elements = [_once(_element, database, row, known) for row in aside.elements]
        frame.shown_categories = list(aside.categories)
        frame.has_children, frame.is_annotated = aside.has_children, aside.is_annotated


def _once(make: Callable[[Any], Any], database: AssetDatabase, told: Any, known: dict[Hashable, Any]) -> Any:
    key = make, database.pk, told
    if key not in known:
        known[key] = make(told)
        known[key].database = database
    return known[key]


def _parent(told: Parent) -> EventFrame:
    """With what its WebId and its rights need; it is in the frame's database."""
    above = told.parent_id and uuid_of(told.parent_id)
    return EventFrame.from_db(None, ("id", "name", "parent_id"), (uuid_of(told.id), told.name, above))


def _element(told: tuple[Any, str]) -> Element:
    id, path = told
    return Element.from_db(None, ("id", "path", "path_key"), (uuid_of(id), path, fold(path)))


def uuid_of(stored: Any) -> UUID:
    return stored if isinstance(stored, UUID) else UUID(stored)
