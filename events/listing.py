"""Lists of event frames as ready JSON.

What an item shows is read anew for every answer, in two statements; only making JSON out of it, which takes five
times as long, is done once for as long as the same is shown. So nothing here can be out of date, whoever changes what
in which process: an item is told again only when all is equal that it was made of.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from hashlib import blake2b
from itertools import chain
from typing import Any

import orjson
from django.db import connection
from django.db.models import QuerySet
from django.db.models.query import BaseIterable

from events.dressing import Aside, asides, homes, put_on, uuid_of
from events.models import EventFrame
from piwebapi import policy
from piwebapi.api.dump import dump
from piwebapi.api.render import json_bytes
from piwebapi.api.resource import Call, Resource
from piwebapi.catalog import Kept
from piwebapi.core.selected import Tree, prune

#: bytes of all items that a process keeps, with what they were made of
SIZE = 64 * 2**20
#: columns of a frame that no item shows
HIDDEN = ("name_key", "created", "modified", "primary_element_id", "changed")
_FIELDS = [field for field in EventFrame._meta.concrete_fields if field.attname not in HIDDEN]
COLUMNS = tuple(field.attname for field in _FIELDS)
_ID, _PARENT, _DATABASE, _TEMPLATE = map(COLUMNS.index, ("id", "parent_id", "database_id", "template_id"))

#: the columns of a frame as they are stored, and what it shows beside them
Row = tuple[tuple[Any, ...], Aside]
#: all that an item is made of: its row, and what its database and its template tell
Made = tuple[tuple[Any, ...], Aside, Hashable, Hashable]

_items: Kept[bytes] = Kept(SIZE, seconds=float("inf"))


def stored(frames: QuerySet[EventFrame]) -> QuerySet[EventFrame]:
    """To be read as `Row`s."""
    rows = frames.values_list(*COLUMNS)
    rows._iterable_class = _Rows
    return rows


class _Rows(BaseIterable):
    """Columns as the database gives them, nothing is converted; all are read before the first is given."""

    def __iter__(self) -> Iterator[Row]:
        compiler = self.queryset.query.get_compiler(self.queryset.db)
        chunks = compiler.execute_sql(chunked_fetch=self.chunked_fetch, chunk_size=self.chunk_size)
        rows = list(chain.from_iterable(chunks))
        return zip(rows, asides([(row[_ID], row[_PARENT]) for row in rows]), strict=True)


def render(resource: Resource, rows: Sequence[Row], call: Call, tree: Tree | None) -> list[Any]:
    """The items of an answer, each as ready JSON."""
    surroundings = Surroundings(rows)
    made_of = [surroundings.joined(row) for row in rows]
    context = _context(call)
    items = [context and _items.get((context, made[0][_ID]), made) for made in made_of]
    missing = [at for at, item in enumerate(items) if item is None]
    for at, frame in zip(missing, surroundings.frames([rows[at] for at in missing]), strict=True):
        items[at] = json_bytes(prune(dump(resource, frame, call, tree), tree))
    if context is not None and context == _context(call):
        for at in missing:
            _keep(context, made_of[at], items[at])
    return [orjson.Fragment(item) for item in items]


def _keep(context: bytes, made: Made, item: bytes) -> None:
    row, aside, *_ = made
    texts = sum(len(value) for value in row if isinstance(value, str))
    is_deep = aside.parent is not None and aside.parent.parent_id is not None
    if policy.current().is_plain or not is_deep:  # rights come from as far as the third generation
        _items.put((context, row[_ID]), made, item, len(item) + texts + 200 * len(aside.elements) + 1_000)


def _context(call: Call) -> bytes | None:
    """What else an item depends on; None for what must not be kept: rights that a transaction may take back."""
    caller, now = call.caller, policy.current()
    rights: list[Any] = [caller.may_read, caller.may_write, caller.may_be_granted]
    if not now.is_plain:
        if connection.in_atomic_block:
            return None
        user = caller.user
        rights += [now.version, caller.name, getattr(user, "pk", None), getattr(user, "is_superuser", False)]
    told = [call.base, call.form, call.query.get("selectedfields"), rights]
    return blake2b(repr(told).encode(), digest_size=16).digest()


class Surroundings:
    """Databases and templates of the rows of an answer, by their ids as they are stored."""

    def __init__(self, rows: Sequence[Row]) -> None:
        databases = {stored: uuid_of(stored) for stored in {row[_DATABASE] for row, _ in rows}}
        templates = {stored: uuid_of(stored) for stored in {row[_TEMPLATE] for row, _ in rows} - {None}}
        self.databases, self.templates = homes(databases.values(), templates.values())
        self._of_databases = {stored: _told(self.databases[pk]) for stored, pk in databases.items()}
        self._of_templates = {stored: _told(self.templates[pk]) for stored, pk in templates.items()}

    def joined(self, row: Row) -> Made:
        columns, aside = row
        return columns, aside, self._of_databases[columns[_DATABASE]], self._of_templates.get(columns[_TEMPLATE])

    def frames(self, rows: Sequence[Row]) -> list[EventFrame]:
        """As `dressing` makes them."""
        loaders = list(_loaders()) if rows else []
        found = [EventFrame.from_db(None, COLUMNS, _loaded(columns, loaders)) for columns, _ in rows]
        put_on(zip(found, (aside for _, aside in rows), strict=True), self.databases, self.templates)
        return found


def _told(obj: Any) -> Hashable:
    return obj and (obj.name, obj.full_path, obj.server_guid)


def _loaders() -> Iterator[tuple[int, Callable[[Any], Any]]]:
    """Columns that Django converts, and how."""
    for at, field in enumerate(_FIELDS):
        column = field.get_col(EventFrame._meta.db_table)
        for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection)):
            yield at, partial(convert, expression=column, connection=connection)


def _loaded(columns: Sequence[Any], loaders: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    values = list(columns)
    for at, load in loaders:
        values[at] = load(values[at])
    return values
