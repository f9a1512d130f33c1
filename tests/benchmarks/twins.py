"""Copies of rows made by the database: a million event frames with what belongs to them take a minute or two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from events.models import EventFrame

NEW_ID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
SERIES = {
    "postgresql": "SELECT generate_series(1::bigint, {times}) AS k",
    "sqlite": "WITH RECURSIVE series(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM series WHERE k < {times}) "
    "SELECT k FROM series",
}
PADDED = {"postgresql": "lpad(({number})::text, 7, '0')", "sqlite": "printf('%07d', {number})"}


def multiply(times: int, changed: Mapping[str, str], also: Mapping[Any, str]) -> None:
    """Adds `times` copies of every event frame. `changed`: expressions of columns, of the old row `f` and of
    `t.k`, the number of the copy; `also`: models of what belongs to a frame, with the column that names the frame."""
    vendor = connection.vendor
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE twins AS SELECT id AS old, {NEW_ID[vendor]} AS new, k "
            f"FROM events_eventframe, ({SERIES[vendor].format(times=times)}) AS series"
        )
        cursor.execute("CREATE INDEX twins_old ON twins (old)")
        _copy(cursor, EventFrame, "id", changed)
        for model, key in also.items():
            is_numbered = model._meta.pk.get_internal_type() != "UUIDField"
            _copy(cursor, model, key, {"id": "" if is_numbered else NEW_ID[vendor]})
        cursor.execute("DROP TABLE twins")


def padded(number: str) -> str:
    """An expression: the number with seven digits."""
    return PADDED[connection.vendor].format(number=number)


def _copy(cursor: Any, model: Any, key: str, changed: Mapping[str, str]) -> None:
    """Columns without an expression are left to the database."""
    changed = {key: "t.new"} | dict(changed)
    columns = {field.column: changed.get(field.column, f'f."{field.column}"') for field in model._meta.concrete_fields}
    names = ", ".join(f'"{name}"' for name, expression in columns.items() if expression)
    values = ", ".join(expression for expression in columns.values() if expression)
    table = model._meta.db_table
    cursor.execute(f'INSERT INTO {table} ({names}) SELECT {values} FROM {table} f JOIN twins t ON t.old = f."{key}"')
