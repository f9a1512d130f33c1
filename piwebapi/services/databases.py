"""Asset databases and the small collections in them: categories, enumerations, tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import isfinite
from typing import Any

from piwebapi.core.errors import BadRequest
from piwebapi.models import (
    AssetDatabase,
    AssetServer,
    DataServer,
    EnumerationSet,
    EnumerationValue,
    InDatabase,
    Table,
)
from piwebapi.references.values import converted, iso

from . import objects

MOST_FAULTS = 20

_NAMES = "String Double Single Int16 Int32 Int64 Byte Boolean DateTime Guid Object".split()
COLUMN_TYPES = {name.lower(): name for name in _NAMES}


def create_database(server: AssetServer, *, now: int, **values: Any) -> AssetDatabase:
    return objects.insert(AssetDatabase(server=server, **values))


def creator(model: type[InDatabase]) -> Callable[..., Any]:
    """The service that makes an object of this kind in a database."""

    def create(database: AssetDatabase, *, now: int, category_names: Any = (), **values: Any) -> Any:
        return objects.insert(model(database=database, **values), database, category_names)

    return create


def create_enumeration_set(home: AssetDatabase | DataServer, *, now: int, **values: Any) -> EnumerationSet:
    where = {"database": home} if isinstance(home, AssetDatabase) else {"data_server": home}
    return objects.insert(EnumerationSet(**where, **values))


def create_enumeration_value(home: EnumerationSet, *, now: int, **values: Any) -> EnumerationValue:
    if home.values.filter(value=values["value"]).exists():
        raise BadRequest(f"The set '{home.name}' already has a state with the value {values['value']}.")
    return objects.insert(EnumerationValue(enumeration_set=home, **values))


def update_enumeration_value(obj: EnumerationValue, *, now: int, **changes: Any) -> None:
    value = changes.get("value")
    if value is not None and obj.enumeration_set.values.filter(value=value).exclude(pk=obj.pk).exists():
        raise BadRequest(f"The set already has a state with the value {value}.")
    objects.change(obj, changes)


def replace_table_data(table: Table, data: Any) -> None:
    """`{"Columns": {name: type}, "Rows": [{name: value}]}` replaces everything; cells take their column's type."""
    columns, rows = _table_data(data)
    table.columns = {name: COLUMN_TYPES[kind.lower()] for name, kind in columns.items()}
    faults: list[str] = []
    table.rows = [
        [_cell(row.get(name), name, kind, number, faults) for name, kind in table.columns.items()]
        for number, row in enumerate(rows)
    ]
    if faults:
        raise BadRequest(*faults[:MOST_FAULTS])
    objects.save(table, ("columns", "rows"))


def _cell(value: Any, name: str, kind: str, number: int, faults: list[str]) -> Any:
    """As JSON keeps it."""
    try:
        found = converted(value, kind)
        if isinstance(found, float) and not isfinite(found):
            raise ValueError(value)
        return iso(found) if isinstance(found, datetime) else found
    except (ValueError, OverflowError):
        faults.append(f"Row {number}: '{value}' of the column '{name}' is no {kind}.")
        return None


def _table_data(data: Any) -> tuple[dict[str, str], list[dict[str, Any]]]:
    if not isinstance(data, dict):
        raise BadRequest("The body must be a JSON object with Columns and Rows.")
    given = {name.lower(): value for name, value in data.items()}
    columns, rows = given.get("columns"), given.get("rows")
    if not isinstance(columns, dict) or not isinstance(rows, list):
        raise BadRequest("Columns must be an object of column types, Rows a list of objects.")
    faults = [
        f"The column '{name}' has the unknown type '{kind}'."
        for name, kind in columns.items()
        if not isinstance(kind, str) or kind.lower() not in COLUMN_TYPES
    ]
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            faults.append(f"Row {number} is not an object.")
        elif set(row) - set(columns):
            faults.append(f"Row {number} has unknown columns: {', '.join(sorted(set(row) - set(columns)))}.")
    if faults:
        raise BadRequest(*faults[:MOST_FAULTS])
    return columns, rows
