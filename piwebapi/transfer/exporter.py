"""Exports an asset database as AF XML, which `importer` and PI System Explorer read.

What is exported: units, categories, enumeration sets, tables, templates, elements with attributes and analyses,
references, and the parts beside them (`further`): notification rules, event frames, security. Elements come
root by root, so memory holds one branch at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

from django.db.models import QuerySet

from piwebapi.core.chunks import chunks
from piwebapi.models import Analysis, AssetDatabase, Attribute, Element, ElementReference
from piwebapi.queries import filters
from piwebapi.version import OSIPI_VERSION

from . import exportedfields as fields
from . import exportedlibrary as library
from .further import parts
from .library import REFERENCE_TYPES
from .markup import head, leaf, node, told
from .scope import Scope


def run(database: AssetDatabase, *, ids: bool = True, **more: Any) -> Iterator[str]:
    """The file, piece by piece; `more` as in `Scope`."""
    scope = Scope(database, ids, states=fields.states_of(database), **more)
    about = {
        "SchemaVersion": "2.0",
        "SoftwareVersion": f"osipi {OSIPI_VERSION}",
        "ExportMode": "AllReferences" if ids else "AllReferences, NoUniqueID",
        "PISystem": database.server.name,
        "Database": database.name,
        "Description": database.description,
        "ExportedType": "AFDatabase",
    }
    given = " ".join(f"{name}={quoteattr(text)}" for name, text in about.items())
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<AF {given}>\n'
    yield "<UOMDatabase>\n"
    yield from lines(library.units(database))
    yield "</UOMDatabase>\n<AFDatabase>\n"
    yield leaf("Name", database.name) + told("Description", database.description) + "\n"
    yield from lines(fields.properties(database))
    yield from lines(library.categories(scope))
    yield from lines(_reference_types())
    yield from lines(library.enumerations(scope))
    yield from lines(library.tables(scope))
    yield from lines(library.templates(scope))
    yield from lines(_elements(scope))
    for part in parts:
        yield from lines(part.write(scope))
    yield "</AFDatabase>\n</AF>\n"


def lines(texts: Any) -> Iterator[str]:
    return (f"{text}\n" for text in texts)


def _reference_types() -> Iterator[str]:
    for name, strength in REFERENCE_TYPES.items():
        yield node("AFReferenceType", (leaf("Name", name), leaf("Strength", strength)))


def _elements(scope: Scope) -> Iterator[str]:
    references = _references(scope)
    mine = scope.see(Element.objects.filter(database=scope.database))
    for root in mine.filter(parent=None).order_by("name_key"):
        below = mine.filter(path_key__wild=filters.below(root.path_key))
        yield _Branch([root, *below.order_by("name_key")], references, scope).element(root)
    yield from (_reference(row) for row in references.get(None, ()))


def _references(scope: Scope) -> dict[Any, list[ElementReference]]:
    mine = scope.see(Element.objects.filter(database=scope.database)).values("pk")
    rows = ElementReference.objects.filter(child__in=mine).select_related("child__database__server")
    return library.by_parent(rows.order_by("child__path_key"))


def _reference(row: ElementReference) -> str:
    return leaf("AFElementRef", row.child.full_path, ReferenceType=row.type)


class _Branch:
    """A root element with all below it over first parents."""

    def __init__(self, rows: list[Element], references: dict[Any, list[ElementReference]], scope: Scope) -> None:
        self.references, self.states, self.ids = references, scope.states, scope.ids
        self.children = library.by_parent(rows)
        self.rows: dict[Any, Element] = {}
        self.attributes: dict[Any, list[Attribute]] = {}
        self.analyses: dict[Any, list[Analysis]] = {}
        for keys in chunks([row.pk for row in rows]):
            known = Element.objects.filter(pk__in=keys).select_related("template")
            self.rows |= {row.pk: row for row in known.prefetch_related("categories", "template__categories")}
            for attribute in _attributes().filter(element__in=keys):
                self.attributes.setdefault(attribute.element_id, []).append(attribute)
            for analysis in scope.see(_analyses().filter(element__in=keys)):
                self.analyses.setdefault(analysis.element_id, []).append(analysis)

    def element(self, row: Element) -> str:
        full = self.rows[row.pk]
        attributes = library.by_parent(self.attributes.get(row.pk, ()))
        told_parts = (
            head(full, self.ids),
            told("Template", full.template.name if full.template else ""),
            *fields.categories("AFElementCategoryRef", full, full.template),
            *fields.properties(full),
            *(fields.attribute(top, attributes, self.states, self.ids) for top in attributes.get(None, ())),
            *(fields.analysis(analysis, self.ids) for analysis in self.analyses.get(row.pk, ())),
            *(self.element(child) for child in self.children.get(row.pk, ())),
            *(_reference(reference) for reference in self.references.get(row.pk, ())),
        )
        return node("AFElement", told_parts)


def _attributes() -> QuerySet[Attribute]:
    related = ("unit", "enumeration_set", "template__unit", "template__enumeration_set")
    rows = Attribute.objects.select_related(*related).order_by("name_key")
    return rows.prefetch_related("categories", "template__categories")


def _analyses() -> QuerySet[Analysis]:
    rows = Analysis.objects.select_related("template", "time_rule_row").order_by("name_key")
    return rows.prefetch_related("categories", "rules")
