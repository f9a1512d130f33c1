"""How far the catalogue has changed: all that is configured and not measured, the tables of this app.

What a process keeps in memory of the catalogue is good for one version of it. Every statement of Django that
writes to these tables, bulk statements too, leaves a row in the same transaction; the newest row and their
number are the version. Rows are only added, so writers never wait for each other, and one that commits late
still changes the number. Cost: 10 us per question on SQLite, one more statement per writing statement.

Whoever changes a table around Django is noticed when `LONGEST` is over.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from itertools import count
from threading import Lock
from time import monotonic
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

from piwebapi.models import CatalogChange

LONGEST = 60.0  # seconds
KEPT_ROWS = 1_000

Version = tuple[int, int]
T = TypeVar("T")

_TABLE = CatalogChange._meta.db_table
_WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(piwebapi_\w+)', re.IGNORECASE)
#: these say nothing about objects
_APART = frozenset((_TABLE, "piwebapi_counter", "piwebapi_apitoken"))
_made: set[str] = set()
_marks = count(1)
#: SQLite has one writer, so the newest number tells all
_ASK = {
    "sqlite": f"SELECT MAX(id), 0 FROM {_TABLE}",
    "postgresql": f"SELECT MAX(id), COUNT(*) FROM {_TABLE}",
}


def version() -> Version | None:
    """None inside a transaction: what it has written may be undone, and must not be remembered."""
    database = connections[DEFAULT_DB_ALIAS]  # asked by every request, so looked up once
    if database.in_atomic_block or not _exists(database):
        return None
    database.ensure_connection()
    with database.wrap_database_errors:  # and without the cursors of Django
        newest, rows = database.connection.execute(_ASK[database.vendor]).fetchone()
    return newest or 0, rows


def holds(obj: Any) -> bool:
    """Whether the object is a row of the tables that the version speaks for."""
    meta = getattr(obj, "_meta", None)
    return meta is not None and meta.app_label == CatalogChange._meta.app_label and meta.db_table not in _APART


def watch(sender: Any, connection: Any, **_: Any) -> None:
    """For the signal connection_created."""
    if _note not in connection.execute_wrappers:
        connection.execute_wrappers.append(_note)


def _note(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    result = execute(sql, params, many, context)
    match = _WRITE.match(sql) if isinstance(sql, str) else None
    if match and match[1].lower() not in _APART and _exists(context["connection"]):
        _mark(context["connection"])
    return result


def _mark(connection: Any) -> None:
    """Single statements, none of which begins or ends a transaction: on SQLite the statement that is noted may
    still have rows to tell (RETURNING), and then nothing can be committed."""
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {_TABLE} DEFAULT VALUES")
        if next(_marks) % KEPT_ROWS == 0:
            cursor.execute(f"DELETE FROM {_TABLE} WHERE id < (SELECT MAX(id) FROM {_TABLE}) - {KEPT_ROWS}")


def _exists(connection: Any) -> bool:
    """The table comes with a migration; those before it write, too."""
    name = connection.settings_dict["NAME"]
    if name not in _made:
        if _TABLE not in connection.introspection.table_names():
            return False
        _made.add(name)
    return True


class Kept(Generic[T]):
    """Values that are good for one version, at most `size` units of them; the longest unused give way first."""

    def __init__(self, size: int, seconds: float = LONGEST) -> None:
        self._size, self._used, self._seconds = size, 0, seconds
        self._entries: OrderedDict[Hashable, tuple[Hashable, float, int, T]] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def get(self, key: Hashable, version: Hashable) -> T | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry[0] != version or monotonic() > entry[1]:
                return None
            self._entries.move_to_end(key)
            return entry[3]

    def put(self, key: Hashable, version: Hashable, value: T, units: int = 1) -> None:
        """`version` is that from before the value was worked out."""
        if units * 8 > self._size:
            return
        with self._lock:
            self._drop(key)
            self._entries[key] = (version, monotonic() + self._seconds, units, value)
            self._used += units
            while self._used > self._size:
                self._drop(next(iter(self._entries)))

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        self._used -= entry[2] if entry else 0


_shared: Kept[Any] = Kept(20_000)


def shared(rows: QuerySet[Any], ids: Iterable[Any]) -> dict[Any, Any]:
    """Rows of the catalogue by their ids, kept until it changes: to be read only. None stands for a row that is
    not there. `rows` of one model always come with the same relations."""
    now = version()
    known = {pk: None if now is None else _shared.get((rows.model, pk), now) for pk in ids}
    missing = [pk for pk, row in known.items() if row is None]
    for row in rows.filter(pk__in=missing) if missing else ():
        known[row.pk] = row
        if now is not None:
            _shared.put((rows.model, row.pk), now, row)
    return known
