"""Reading attributes and attribute templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from piwebapi.core import traits
from piwebapi.core.webid import fold
from piwebapi.models import (
    AssetDatabase,
    Attribute,
    AttributeTemplate,
    DataServer,
    Element,
    ElementTemplate,
    EnumerationSet,
    OwnedAttribute,
    Unit,
)

from . import elements, filters, related
from .elements import SORTS as NAMED_SORTS

SORTS = {**NAMED_SORTS, "type": "type"}
_SHARED: related.Relations = {
    "unit": lambda: Unit.objects.select_related("unit_class"),
    "enumeration_set": lambda: EnumerationSet.objects.select_related("database__server", "data_server"),
    "template": lambda: AttributeTemplate.objects.select_related("element_template__database__server"),
}
_OF_POINT: related.Relations = {
    "server": DataServer.objects.all,
    "digital_set": _SHARED["enumeration_set"],
}


def dressed(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With everything that an attribute shows, but its owner. Each has a point of its own; units, sets of
    states, templates and servers are shared by many and only read."""
    model = rows.model
    rows = (
        rows.annotate(has_children=Exists(model._default_manager.filter(parent=OuterRef("pk"))))
        .select_related("point", "parent")
        .prefetch_related("categories")
    )
    return related.together(rows, _relate)


def _relate(rows: Sequence[OwnedAttribute]) -> None:
    related.relate(rows, _SHARED)
    related.relate([row.point for row in rows if row.point is not None], _OF_POINT)


def visible(rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
    """Excluded and hidden attributes are only listed on request."""
    if not asked.get("showExcluded"):
        rows = rows.filter(is_excluded=False)
    if not asked.get("showHidden"):
        rows = rows.filter(is_hidden=False)
    return rows


def filtered(rows: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
    """The filters of a list of attributes; `templateName` is that of the owner's template."""
    rows = visible(rows, asked).filter(
        filters.named(asked.get("nameFilter")), filters.categorised(asked.get("categoryName"))
    )
    if asked.get("templateName"):
        rows = rows.filter(template__element_template__name_key=fold(asked["templateName"]))
    if asked.get("valueType"):
        rows = rows.filter(type__iexact=asked["valueType"])
    rows = rows.filter(_with_traits(asked))
    return filters.ordered(rows, SORTS, asked.get("sortField"), asked.get("sortOrder"))


def _with_traits(asked: Mapping[str, Any]) -> Q:
    """Of one of the traits, and of one of the categories of traits."""
    condition = Q()
    if asked.get("trait"):
        known = [trait.name for name in asked["trait"] if (trait := traits.named(name))]
        condition &= Q(trait_name__in=known)
    if asked.get("traitCategory"):
        condition &= Q(trait_name__in=[trait.name for trait in traits.of_categories(asked["traitCategory"])])
    return condition


def found(owner: AssetDatabase | Element, asked: Mapping[str, Any]) -> QuerySet[Attribute]:
    """Attributes of the elements below, by conditions on both."""
    of_elements = {
        "nameFilter": asked.get("elementNameFilter"),
        "descriptionFilter": asked.get("elementDescriptionFilter"),
        "categoryName": asked.get("elementCategory"),
        "templateName": asked.get("elementTemplate"),
        "elementType": asked.get("elementType"),
        "searchFullHierarchy": asked.get("searchFullHierarchy"),
    }
    inside = elements.children(owner, of_elements).order_by().values("pk")
    of_attributes = {
        **asked,
        "nameFilter": asked.get("attributeNameFilter"),
        "categoryName": asked.get("attributeCategory"),
        "valueType": asked.get("attributeType"),
    }
    rows = filters.described(Attribute.objects.filter(element__in=inside), asked.get("attributeDescriptionFilter"))
    return dressed(filtered(rows, of_attributes))


def of_owner(owner: Any, asked: Mapping[str, Any]) -> QuerySet[Any]:
    """Attributes of an element or event frame; the whole hierarchy means child attributes."""
    rows = owner.attributes.all()
    if not asked.get("searchFullHierarchy"):
        rows = rows.filter(parent=None)
    return dressed(filtered(rows, asked))


def of_attribute(attribute: OwnedAttribute, asked: Mapping[str, Any]) -> QuerySet[Any]:
    rows = type(attribute)._default_manager.filter(owner_is(attribute))
    if asked.get("searchFullHierarchy"):
        under = filters.literally(attribute.trail_key) + "|*"
        rows = rows.filter(filters.named(filters.Pattern.parse(under), "trail_key"))
    else:
        rows = rows.filter(parent=attribute)
    return dressed(filtered(rows, asked))


def owner_is(attribute: OwnedAttribute) -> Q:
    column = "element" if attribute.owner_letter == "E" else "frame"
    return Q(**{column: attribute.owner_guid})


def templates_of(
    template: ElementTemplate, inherited: bool = False, descendants: bool = False
) -> QuerySet[AttributeTemplate]:
    owners = template.lineage() if inherited else [template]
    rows = AttributeTemplate.objects.filter(element_template__in=owners)
    if not descendants:
        rows = rows.filter(parent=None)
    return templates_dressed(rows)


def templates_dressed(rows: QuerySet[AttributeTemplate]) -> QuerySet[AttributeTemplate]:
    return (
        rows.annotate(has_children=Exists(AttributeTemplate.objects.filter(parent=OuterRef("pk"))))
        .select_related("unit", "enumeration_set", "element_template__database__server", "parent")
        .prefetch_related("categories", "enumeration_set__values")
        .order_by("name_key", "pk")
    )
