"""Elements and what lives on them: attributes, analyses with their rules, notification rules."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from piwebapi import models
from piwebapi.access import Finder, Parts, register
from piwebapi.core.webid import fold

from .parts import condition, in_database, in_portions, is_collection, split_elements, split_trail

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
    here = element_rows().filter(in_database(parts), path_key=fold("\\".join(names)))
    found = here.first() if all(names) else None
    return found or _over_references(parts, names)


def elements_by_paths(many: Sequence[Parts]) -> dict[Parts, models.Element]:
    """Those that lie there over their first parents. One query for 500."""
    wanted: dict[tuple[str, str, str], list[Parts]] = {}
    for parts in many:
        if key := named_place(parts):
            wanted.setdefault(key, []).append(parts)
    found: dict[Parts, models.Element] = {}
    for keys in in_portions({key[2] for key in wanted}):
        for row in element_rows().filter(path_key__in=keys):
            key = (row.database.server.name_key, row.database.name_key, row.path_key)
            found |= dict.fromkeys(wanted.get(key, ()), row)
    return found


def named_place(parts: Parts) -> tuple[str, str, str] | None:
    """Folded server, database and path of an element that is told by names alone."""
    names = split_elements(parts)
    if names is None or any(part.guid for part in parts):
        return None
    return fold(parts[0].name), fold(parts[1].name), fold("\\".join(names))


def _over_references(parts: Parts, names: tuple[str, ...]) -> models.Element | None:
    """Part by part, where a part may also be told by its GUID."""
    rows = element_rows().filter(in_database(parts))
    here: models.Element | None = None
    for part in parts[2 : 2 + len(names)]:
        below = Q(parent=here) | Q(references__parent=here, references__isnull=False)
        here = rows.filter(below, condition(part)).first()
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
    found = rows.filter(element__path_key=fold("\\".join(names))).first() if all(names) else None
    if found is None:
        element = _over_references(owner, names)
        found = element and attribute_rows().filter(element=element, trail_key=fold(trail)).first()
    return found


def attributes_by_paths(many: Sequence[Parts]) -> dict[Parts, models.Attribute]:
    """Two queries for 500."""
    split = {parts: split_trail(parts) for parts in many}
    elements = elements_by_paths([owner for owner, trail in split.values() if trail])
    wanted: dict[tuple[UUID, str], list[Parts]] = {}
    for parts, (owner, trail) in split.items():
        if owner in elements and trail:
            wanted.setdefault((elements[owner].pk, fold(trail)), []).append(parts)
    found: dict[Parts, models.Attribute] = {}
    for keys in in_portions(wanted):
        rows = attribute_rows().filter(element__in={key[0] for key in keys}, trail_key__in={key[1] for key in keys})
        for row in rows:
            found |= dict.fromkeys(wanted.get((row.element_id, row.trail_key), ()), row)
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
    register("Element", Finder(element_rows, element_by_path, "database__server", by_paths=elements_by_paths))
    server = "element__database__server"
    attributes = Finder(attribute_rows, attribute_by_path, server, "element", by_paths=attributes_by_paths)
    register("Attribute", attributes, "E")
    register("Analysis", Finder(analysis_rows, analysis_by_path, "element__database__server"))
