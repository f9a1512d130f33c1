"""Element templates, also those of event frames."""

from __future__ import annotations

from typing import Any

from piwebapi.core.errors import BadRequest
from piwebapi.models import AssetDatabase, ElementTemplate

from . import objects

INSTANCE_TYPES = {"element": "Element", "eventframe": "EventFrame"}


def create(database: AssetDatabase, *, now: int, category_names: Any = (), **values: Any) -> ElementTemplate:
    template = ElementTemplate(database=database)
    _assign(template, values)
    return objects.insert(template, database, category_names)


def update(template: ElementTemplate, *, now: int, **changes: Any) -> None:
    categories = {"category_names": changes.pop("category_names")} if "category_names" in changes else {}
    _assign(template, changes)
    columns = {column: getattr(template, column) for column in changes}
    objects.change(template, {**columns, **categories})


def _assign(template: ElementTemplate, values: dict[str, Any]) -> None:
    """Sets columns; turns the names of base template and instance type into what the columns hold."""
    if "base" in values:
        rows = ElementTemplate.objects.filter(database=template.database)
        values["base"] = objects.one_named(rows, values["base"], "The base template")
        if values["base"] is not None and template in values["base"].lineage():
            raise BadRequest("A template cannot be derived from itself.")
    if "instance_type" in values:
        kind = INSTANCE_TYPES.get(values["instance_type"].lower() or "element")
        if kind is None:
            raise BadRequest("InstanceType must be Element or EventFrame.")
        values["instance_type"] = kind
    for column, value in values.items():
        setattr(template, column, value)
