"""Units, categories, enumeration sets, tables and templates of an export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from piwebapi.models import (
    AnalysisTemplate,
    AssetDatabase,
    Attribute,
    AttributeTemplate,
    ElementTemplate,
    EnumerationSet,
    Table,
    Unit,
    UnitClass,
)

from . import exportedfields as fields
from .library import CATEGORIES
from .markup import head, leaf, name_of, node, told
from .scope import Scope
from .tables import TYPES

T = TypeVar("T")
_SCHEMA_TYPES = {name: kind for kind, name in reversed(TYPES.items())} | {"Int16": "short", "Int32": "int"}
_SCHEMA_TYPES |= {"Int64": "long", "Double": "double", "DateTime": "dateTime"}


def by_parent(rows: Any) -> dict[Any, list[Any]]:
    """Children by the id of their parent, in the order of the rows."""
    found: dict[Any, list[Any]] = {}
    for row in rows:
        found.setdefault(row.parent_id, []).append(row)
    return found


def units(database: AssetDatabase) -> Iterator[str]:
    """The classes of the units that attributes and templates use."""
    used = set(Attribute.objects.filter(element__database=database).values_list("unit", flat=True).distinct())
    templates = AttributeTemplate.objects.filter(element_template__database=database)
    used |= set(templates.values_list("unit", flat=True).distinct())
    classes = UnitClass.objects.filter(units__in=used - {None}).distinct().order_by("name_key")
    for unit_class in classes:
        members = list(unit_class.units.select_related("reference").order_by("-canonical", "name_key"))
        canonical = next((unit.name for unit in members if unit.canonical), "")
        yield node("UOMClass", (head(unit_class, False), told("CanonicalUOM", canonical)))
        yield from (unit(member, unit_class) for member in members)


def unit(row: Unit, unit_class: UnitClass) -> str:
    parts = [head(row, False), leaf("Abbreviation", row.abbreviation), leaf("Class", unit_class.name)]
    if row.reference is not None:
        parts += [leaf("RefUOM", row.reference.name), leaf("RefFactor", repr(row.reference_factor))]
        parts.append(leaf("RefOffset", repr(row.reference_offset)))
    return node("UOM", parts)


def categories(scope: Scope) -> Iterator[str]:
    for tag, model in CATEGORIES.items():
        for row in scope.see(model.objects.filter(database=scope.database)).order_by("name_key"):
            yield node(tag, (head(row, scope.ids),))


def enumerations(scope: Scope) -> Iterator[str]:
    ids = scope.ids
    rows = scope.see(EnumerationSet.objects.filter(database=scope.database))
    for row in rows.prefetch_related("values").order_by("name_key"):
        states = sorted(row.values.all(), key=lambda state: state.value)
        inner = (node("AFEnumerationValue", (head(state, ids), leaf("Value", state.value))) for state in states)
        yield node("AFEnumerationSet", (head(row, ids), *inner))


def tables(scope: Scope) -> Iterator[str]:
    rows = scope.see(Table.objects.filter(database=scope.database))
    for row in rows.prefetch_related("categories").order_by("name_key"):
        parts = (
            told("TimeZone", row.time_zone, "UTC"),
            told("ConvertToLocalTime", row.convert_to_local_time, False),
            *fields.categories("AFTableCategoryRef", row),
        )
        yield node("AFTable", (head(row, scope.ids), *parts, _schema(row), _data(row)))


def _schema(table: Table) -> str:
    """As .NET writes the schema of a data set with one table."""
    columns = (
        f'<xs:element name="{name_of(name)}" type="xs:{_SCHEMA_TYPES.get(kind, "string")}" minOccurs="0" />'
        for name, kind in table.columns.items()
    )
    row = f'<xs:element name="Row"><xs:complexType><xs:sequence>{"".join(columns)}'
    row += "</xs:sequence></xs:complexType></xs:element>"
    choice = f'<xs:choice minOccurs="0" maxOccurs="unbounded">{row}</xs:choice>'
    data_set = f'<xs:element name="DataSet"><xs:complexType>{choice}</xs:complexType></xs:element>'
    return (
        f'<Schema><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" id="DataSet">{data_set}</xs:schema></Schema>'
    )


def _data(table: Table) -> str:
    names = [name_of(name) for name in table.columns]
    rows = (
        node("Row", (leaf(name, _cell(cell)) for name, cell in zip(names, row, strict=False) if cell is not None))
        for row in table.rows
    )
    return node("DataTable", (node("DataSet", rows),))


def _cell(cell: object) -> object:
    if isinstance(cell, bool):
        return str(cell).lower()
    return repr(cell) if isinstance(cell, float) else cell


def templates(scope: Scope) -> Iterator[str]:
    """Each with its attribute templates and the analysis templates that aim at it."""
    database, states, ids = scope.database, scope.states, scope.ids
    owned: dict[Any, list[AttributeTemplate]] = {}
    rows = AttributeTemplate.objects.filter(element_template__database=database)
    related = rows.select_related("unit", "enumeration_set").prefetch_related("categories").order_by("name_key")
    for row in related:
        owned.setdefault(row.element_template_id, []).append(row)
    aimed = _aimed(scope)
    found = scope.see(ElementTemplate.objects.filter(database=database))
    for template in found.select_related("base").prefetch_related("categories").order_by("name_key"):
        children = by_parent(owned.get(template.pk, ()))
        yield node(
            "AFElementTemplate",
            (
                *_template(template, ids),
                *(fields.attribute_template(row, children, states, ids) for row in children.get(None, ())),
                *(fields.analysis_template(row, ids) for row in aimed.get(template.pk, ())),
            ),
        )
    yield from (fields.analysis_template(row, ids) for row in aimed.get(None, ()))


def _aimed(scope: Scope) -> Mapping[Any, list[AnalysisTemplate]]:
    rows = scope.see(AnalysisTemplate.objects.filter(database=scope.database)).select_related("time_rule_row")
    aimed: dict[Any, list[AnalysisTemplate]] = {}
    for row in rows.prefetch_related("categories", "rules").order_by("name_key"):
        aimed.setdefault(row.target_id, []).append(row)
    return aimed


def _template(template: ElementTemplate, ids: bool) -> tuple[str, ...]:
    return (
        head(template, ids),
        told("BaseTemplate", template.base.name if template.base else ""),
        leaf("InstanceType", template.instance_type),
        told("NamingPattern", template.naming_pattern),
        told("AllowElementToExtend", template.allow_element_to_extend, True),
        told("DefaultAttribute", template.default_attribute),
        told("Severity", template.severity, 0),
        told("CanBeAcknowledged", template.can_be_acknowledged, False),
        *fields.categories("AFElementCategoryRef", template),
        *fields.properties(template),
    )
