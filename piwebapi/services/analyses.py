"""Analyses of elements, and analysis templates."""

from __future__ import annotations

from typing import Any

from piwebapi.core.errors import BadRequest
from piwebapi.models import Analysis, AnalysisTemplate, AssetDatabase, Element, ElementTemplate

from . import objects, rules

STATUSES = {name.lower(): name for name in ("Enabled", "Disabled")}
PRIORITIES = {name.lower(): name for name in ("None", "Low", "Normal", "High")}


def create(element: Element, *, now: int, category_names: Any = (), **values: Any) -> Analysis:
    """What is not told is as in the template, if one is named."""
    analysis = Analysis(element=element)
    plug_ins = rules.taken(values)
    _assign(analysis, element.database, values)
    objects.insert(analysis, element.database, category_names)
    if analysis.template is not None:
        rules.copy(analysis.template, analysis)
    rules.choose(analysis, plug_ins)
    return analysis


def update(analysis: Analysis, *, now: int, **changes: Any) -> None:
    database = analysis.element.database
    categories = {"category_names": changes.pop("category_names")} if "category_names" in changes else {}
    rules.choose(analysis, rules.taken(changes))
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


def create_template(
    database: AssetDatabase, *, now: int, category_names: Any = (), target: str = "", **values: Any
) -> AnalysisTemplate:
    plug_ins = rules.taken(values)
    made = AnalysisTemplate(database=database, target=_target(database, target), **values)
    objects.insert(made, database, category_names)
    rules.choose(made, plug_ins)
    return made


def template_from(analysis: Analysis, name: str = "") -> AnalysisTemplate:
    """A template that is as the analysis is; its target is the template of the element."""
    database = analysis.element.database
    made = AnalysisTemplate(
        database=database,
        name=name or analysis.name,
        description=analysis.description,
        target=analysis.element.template,
        group_id=analysis.group_id,
        output_time=analysis.output_time,
        create_enabled=analysis.status == "Enabled",
    )
    objects.insert(made, database)
    made.categories.set(analysis.categories.all())
    rules.copy(analysis, made)
    return made


def update_template(template: AnalysisTemplate, *, now: int, target: str | None = None, **changes: Any) -> None:
    rules.choose(template, rules.taken(changes))
    if target is not None:
        changes["target"] = _target(template.database, target)
    objects.change(template, changes)


def _target(database: AssetDatabase, name: str) -> ElementTemplate | None:
    return objects.one_named(ElementTemplate.objects.filter(database=database), name, "The element template")
