"""Where each kind of AF object and point is found: the finders of `access`.

Paths are those of the vendor's reference, topic path syntax. Each look-up is one query: servers and
databases are conditions on joined rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model, Q, QuerySet

from piwebapi.core.paths import Part
from piwebapi.core.webid import fold

from . import models
from .access import Finder, Parts, name_is, register

IN_DATABASE = ("database", "database__server")


def is_collection(part: Part, *names: str) -> bool:
    return part.separator == "\\" and part.collection.lower() in {name.lower() for name in names}


def condition(part: Part, prefix: str = "") -> Q:
    """A part names an object by its GUID, its name or both (the GUID counts first)."""
    named = Q(**name_is(part.name, prefix)) if part.name else Q()
    if part.guid is None:
        return named
    return Q(**{f"{prefix}id" if prefix else "pk": part.guid})


def in_database(parts: Parts, prefix: str = "database__") -> Q:
    """Conditions on server and database out of the first two parts."""
    return condition(parts[0], f"{prefix}server__") & condition(parts[1], prefix)


def split_elements(parts: Parts) -> tuple[str, ...] | None:
    """The names of a pure element path below the database, or None."""
    below = parts[2:]
    if not below or any(not is_collection(part, "", "Elements") for part in below):
        return None
    return tuple(part.name for part in below)


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


def split_trail(parts: Parts) -> tuple[Parts, str]:
    """The owner's parts, and the chain of attribute names behind the first ``|``."""
    at = next((i for i, part in enumerate(parts) if part.separator == "|"), len(parts))
    return parts[:at], "|".join(part.name for part in parts[at:])


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


def _server(model: type[Model], *collections: str) -> Finder:
    def by_path(parts: Parts) -> Any | None:
        if len(parts) != 1 or not is_collection(parts[0], "", *collections):
            return None
        return model._default_manager.filter(condition(parts[0])).first()

    return Finder(lambda: model._default_manager.all(), by_path, "pk")


def _database_by_path(parts: Parts) -> models.AssetDatabase | None:
    if len(parts) != 2 or not is_collection(parts[1], "", "Databases"):
        return None
    rows = models.AssetDatabase.objects.select_related("server")
    return rows.filter(condition(parts[0], "server__"), condition(parts[1])).first()


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


def _in_uom_database(parts: Parts, length: int) -> bool:
    return len(parts) == length and parts[1].name.lower() == "uomdatabase"


def _unit_class_by_path(parts: Parts) -> models.UnitClass | None:
    if not _in_uom_database(parts, 3) or not is_collection(parts[2], "UOMClasses"):
        return None
    rows = models.UnitClass.objects.select_related("server")
    return rows.filter(condition(parts[0], "server__"), condition(parts[2])).first()


def unit_rows() -> QuerySet[models.Unit]:
    return models.Unit.objects.select_related("unit_class__server", "reference")


def _unit_by_path(parts: Parts) -> models.Unit | None:
    if not _in_uom_database(parts, 3) or not is_collection(parts[2], ""):
        return None
    return unit_rows().filter(condition(parts[0], "unit_class__server__"), condition(parts[2])).first()


def analysis_rows() -> QuerySet[models.Analysis]:
    return models.Analysis.objects.select_related(
        "element__database__server", "template__database__server"
    ).prefetch_related("categories")


def _analysis_by_path(parts: Parts) -> models.Analysis | None:
    if len(parts) < 4 or not is_collection(parts[-1], "Analyses"):
        return None
    element = element_by_path(parts[:-1])
    return element and analysis_rows().filter(condition(parts[-1]), element=element).first()


def point_rows() -> QuerySet[models.Point]:
    return models.Point.objects.select_related("server", "digital_set")


def _point_by_path(parts: Parts) -> models.Point | None:
    if len(parts) != 2 or not is_collection(parts[0], "", "PIServers", "PIServer"):
        return None
    tag = parts[1].name if not parts[1].collection else f"{parts[1].collection}[{parts[1].name}]"
    return point_rows().filter(condition(parts[0], "server__"), name_key=fold(tag)).first()


def _rows(model: type[Model], *relations: str) -> Callable[[], QuerySet[Any]]:
    return lambda: model._default_manager.select_related(*relations)


def register_all() -> None:
    """Called once, when the app is ready."""
    register("AssetServer", _server(models.AssetServer))
    register("DataServer", _server(models.DataServer, "PIServers", "PIServer"))
    register("AssetDatabase", Finder(_rows(models.AssetDatabase, "server"), _database_by_path, "server"))
    register("Element", Finder(element_rows, element_by_path, "database__server"))
    register(
        "Attribute",
        Finder(attribute_rows, attribute_by_path, "element__database__server", "element"),
        "E",
    )
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
    register("UnitClass", Finder(_rows(models.UnitClass, "server"), _unit_class_by_path, "server"))
    register("Unit", Finder(unit_rows, _unit_by_path, "unit_class__server"))
    register("Analysis", Finder(analysis_rows, _analysis_by_path, "element__database__server"))
    register("Point", Finder(point_rows, _point_by_path, "server"))


def _register_templates() -> None:
    register("ElementTemplate", _collected(models.ElementTemplate, "base"))
    register("AnalysisTemplate", _collected(models.AnalysisTemplate, "target"))
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
