"""Analyses of elements."""

from __future__ import annotations

from typing import Any

from piwebapi.core.errors import BadRequest
from piwebapi.models import Analysis, AnalysisTemplate, AssetDatabase, Element

from . import objects

STATUSES = {name.lower(): name for name in ("Enabled", "Disabled")}
PRIORITIES = {name.lower(): name for name in ("None", "Low", "Normal", "High")}


def create(element: Element, *, now: int, category_names: Any = (), **values: Any) -> Analysis:
    analysis = Analysis(element=element)
    _assign(analysis, element.database, values)
    return objects.insert(analysis, element.database, category_names)


def update(analysis: Analysis, *, now: int, **changes: Any) -> None:
    database = analysis.element.database
    categories = {"category_names": changes.pop("category_names")} if "category_names" in changes else {}
    _assign(analysis, database, changes)
    objects.change(analysis, {**{name: getattr(analysis, name) for name in changes}, **categories}, database)


def _assign(analysis: Analysis, database: AssetDatabase, values: dict[str, Any]) -> None:
    if "template" in values:
        rows = AnalysisTemplate.objects.filter(database=database)
        values["template"] = objects.one_named(rows, values["template"], "The analysis template")
    for column, known in (("status", STATUSES), ("priority", PRIORITIES)):
        if values.get(column):
            if values[column].lower() not in known:
                raise BadRequest(f"{column.title()} must be one of {', '.join(known.values())}.")
            values[column] = known[values[column].lower()]
    for column, value in values.items():
        setattr(analysis, column, value)
