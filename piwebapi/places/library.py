"""Asset databases and the collections in them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from piwebapi import models
from piwebapi.access import Finder, Parts, register
from piwebapi.core.webid import fold

from .parts import condition, in_database, is_collection, split_trail

IN_DATABASE = ("database", "database__server")


def _database_rows() -> QuerySet[models.AssetDatabase]:
    return models.AssetDatabase.objects.select_related("server")


def _database_by_path(parts: Parts) -> models.AssetDatabase | None:
    if len(parts) != 2 or not is_collection(parts[1], "", "Databases"):
        return None
    return _database_rows().filter(condition(parts[0], "server__"), condition(parts[1])).first()


def _collected(model: type[models.InDatabase], *relations: str) -> Finder:
    """Objects in a named collection of the database."""

    def rows() -> QuerySet[Any]:
        return model._default_manager.select_related(*IN_DATABASE, *relations)

    def by_path(parts: Parts) -> Any | None:
        if len(parts) != 3 or not is_collection(parts[2], model.COLLECTION):
            return None
        return rows().filter(in_database(parts), condition(parts[2])).first()

    return Finder(rows, by_path, "database__server")


def attribute_template_rows() -> QuerySet[models.AttributeTemplate]:
    return models.AttributeTemplate.objects.select_related(
        "element_template__database__server", "unit", "enumeration_set", "parent"
    )


def _attribute_template_by_path(parts: Parts) -> models.AttributeTemplate | None:
    owner, trail = split_trail(parts)
    if len(owner) != 3 or not trail or not is_collection(owner[2], "ElementTemplates"):
        return None
    return (
        attribute_template_rows()
        .filter(in_database(owner, "element_template__database__"), condition(owner[2], "element_template__"))
        .filter(trail_key=fold(trail))
        .first()
    )


def enumeration_set_rows() -> QuerySet[models.EnumerationSet]:
    return models.EnumerationSet.objects.select_related("database__server", "data_server")


def _enumeration_set_by_path(parts: Parts) -> models.EnumerationSet | None:
    if not is_collection(parts[-1], "EnumerationSets"):
        return None
    if len(parts) == 3:
        home = in_database(parts)
    elif len(parts) == 2:
        home = condition(parts[0], "data_server__")
    else:
        return None
    return enumeration_set_rows().filter(home, condition(parts[-1])).first()


def enumeration_value_rows() -> QuerySet[models.EnumerationValue]:
    return models.EnumerationValue.objects.select_related(
        "enumeration_set__database__server", "enumeration_set__data_server", "parent"
    )


def _enumeration_value_by_path(parts: Parts) -> models.EnumerationValue | None:
    owner = _enumeration_set_by_path(parts[:-1]) if len(parts) > 2 else None
    if owner is None:
        return None
    return enumeration_value_rows().filter(condition(parts[-1]), enumeration_set=owner).first()


def analysis_template_rows() -> QuerySet[models.AnalysisTemplate]:
    rows = models.AnalysisTemplate.objects.select_related(*IN_DATABASE, "target__database__server", "time_rule_row")
    return rows.prefetch_related("categories", "rules")


def analysis_template_by_path(parts: Parts) -> models.AnalysisTemplate | None:
    if len(parts) != 3 or not is_collection(parts[2], "AnalysisTemplates"):
        return None
    return analysis_template_rows().filter(in_database(parts), condition(parts[2])).first()


def _register_templates() -> None:
    register("ElementTemplate", _collected(models.ElementTemplate, "base"))
    register("AnalysisTemplate", Finder(analysis_template_rows, analysis_template_by_path, "database__server"))
    register(
        "AttributeTemplate",
        Finder(
            attribute_template_rows,
            _attribute_template_by_path,
            "element_template__database__server",
            "element_template",
        ),
    )


def _register_enumerations() -> None:
    """Enumeration sets of databases (R) and digital sets of data servers (D)."""
    for letter, server in (("R", "database__server"), ("D", "data_server")):
        register("EnumerationSet", Finder(enumeration_set_rows, _enumeration_set_by_path, server), letter)
        register(
            "EnumerationValue",
            Finder(
                enumeration_value_rows,
                _enumeration_value_by_path,
                f"enumeration_set__{server}",
                "enumeration_set",
            ),
            letter,
        )


def register_all() -> None:
    register("AssetDatabase", Finder(_database_rows, _database_by_path, "server"))
    for model in (
        models.ElementCategory,
        models.AttributeCategory,
        models.AnalysisCategory,
        models.TableCategory,
        models.Table,
    ):
        register(model.KIND, _collected(model))
    _register_templates()
    _register_enumerations()
