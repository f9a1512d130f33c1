"""Elements and what lives on them: attributes, analyses with their rules, notification rules."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from piwebapi import models
from piwebapi.access import Finder, Parts, register
from piwebapi.core.webid import fold

from .parts import condition, in_database, is_collection, split_elements, split_trail

IN_DATABASE = ("database", "database__server")


def element_rows() -> QuerySet[models.Element]:
    return models.Element.objects.select_related(*IN_DATABASE, "template")


def element_by_path(parts: Parts) -> models.Element | None:
    """Over the first parents by one index access; over references part by part."""
    names = split_elements(parts)
    if names is None:
        return None
    if parts[-1].guid is not None:
        return element_rows().filter(in_database(parts), pk=parts[-1].guid).first()
    found = element_rows().filter(in_database(parts), path_key=fold("\\".join(names))).first()
    return found or _over_references(parts, names)


def _over_references(parts: Parts, names: tuple[str, ...]) -> models.Element | None:
    rows = element_rows().filter(in_database(parts))
    here: models.Element | None = None
    for name in names:
        below = Q(parent=here) | Q(references__parent=here, references__isnull=False)
        here = rows.filter(below, name_key=fold(name)).first()
        if here is None:
            return None
    return here


def attribute_rows() -> QuerySet[models.Attribute]:
    return models.Attribute.objects.select_related(
        "element__database__server",
        "unit",
        "enumeration_set",
        "point__server",
        "point__digital_set",
        "template",
    )


def attribute_by_path(parts: Parts) -> models.Attribute | None:
    owner, trail = split_trail(parts)
    names = split_elements(owner)
    if not trail or names is None:
        return None
    here = in_database(owner, "element__database__")
    rows = attribute_rows().filter(here, trail_key=fold(trail))
    found = rows.filter(element__path_key=fold("\\".join(names))).first()
    if found is None:
        element = _over_references(owner, names)
        found = element and attribute_rows().filter(element=element, trail_key=fold(trail)).first()
    return found


def analysis_rows() -> QuerySet[models.Analysis]:
    return models.Analysis.objects.select_related(
        "element__database__server", "template__database__server", "time_rule_row"
    ).prefetch_related("categories", "rules")


def analysis_by_path(parts: Parts) -> models.Analysis | None:
    if len(parts) < 4 or not is_collection(parts[-1], "Analyses"):
        return None
    element = element_by_path(parts[:-1])
    return element and analysis_rows().filter(condition(parts[-1]), element=element).first()


def register_all() -> None:
    register("Element", Finder(element_rows, element_by_path, "database__server"))
    register("Attribute", Finder(attribute_rows, attribute_by_path, "element__database__server", "element"), "E")
    register("Analysis", Finder(analysis_rows, analysis_by_path, "element__database__server"))
