"""Attributes of elements and event frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piwebapi.api import fields, params
from piwebapi.api.links import collections, data, to
from piwebapi.api.resource import Call, Endpoint, Resource
from piwebapi.models import Attribute, OwnedAttribute
from piwebapi.queries import attributes as queries
from piwebapi.services import attributes as services
from piwebapi.services import objects
from piwebapi.verbs import children, config, identity
from piwebapi.verbs.children import Child

from .attributefields import ATTRIBUTE_FIELDS
from .categories import ATTRIBUTE_CATEGORY


def _step(obj: OwnedAttribute, call: Call) -> bool:
    if obj.point is not None:
        return obj.point.step
    return obj.type not in ("Double", "Single")


def _zero(obj: OwnedAttribute, call: Call) -> float:
    return obj.point.zero if obj.point is not None else 0.0


def _span(obj: OwnedAttribute, call: Call) -> float:
    return obj.point.span if obj.point is not None else 100.0


def _paths(obj: OwnedAttribute, call: Call) -> list[str]:
    from .elements import ways_of

    if not isinstance(obj, Attribute):
        return [obj.full_path]
    return [f"{path}|{obj.trail}" for path in ways_of(obj.element, call)]


def _data_reference(obj: OwnedAttribute, call: Call) -> dict[str, Any] | None:
    if not obj.data_reference:
        return None
    from piwebapi.api.dump import dump

    from .points import POINT

    found: dict[str, Any] = {"Type": obj.data_reference}
    if obj.point is not None:
        found["PIPoint"] = dump(POINT, obj.point, call)
    return found


def _through_stream(obj: OwnedAttribute) -> OwnedAttribute | None:
    """Clients POST to the stream of an attribute with a data reference ..."""
    return obj if obj.data_reference else None


def _by_itself(obj: OwnedAttribute) -> OwnedAttribute | None:
    """... and PUT to a static one."""
    return None if obj.data_reference else obj


ATTRIBUTE = Resource(
    "Attribute",
    "attributes",
    fields=(
        *ATTRIBUTE_FIELDS,
        fields.flag("IsExcluded", "is_excluded", on=("update",)),
        fields.computed("Step", _step),
        fields.computed("Span", _span),
        fields.computed("Zero", _zero),
        fields.computed("Paths", _paths, association="Paths"),
        fields.computed("DataReference", _data_reference, association="DataReference"),
    ),
    links=(
        *collections("attributes", Attributes="attributes", Categories="categories"),
        to("Element", "elements", lambda obj: getattr(obj, "element", None)),
        to("EventFrame", "eventframes", lambda obj: getattr(obj, "frame", None)),
        to("Parent", "attributes", lambda obj: obj.parent and _with_owner(obj.parent, obj)),
        to("Template", "attributetemplates", lambda obj: obj.template),
        to("EnumerationSet", "enumerationsets", lambda obj: obj.enumeration_set),
        to("EnumerationValues", "enumerationsets", lambda obj: obj.enumeration_set, "/enumerationvalues"),
        to("Point", "points", lambda obj: obj.point),
        to("Trait", "attributetraits", lambda obj: obj.trait_name or None),
        *data("streams", value=False),
        to("Value", "streams", _through_stream, "/value"),
        to("Value", "attributes", _by_itself, "/value"),
    ),
)


def _with_owner(parent: OwnedAttribute, child: OwnedAttribute) -> OwnedAttribute:
    """The parent belongs to the same owner; its path needs no query then."""
    owner = "element" if isinstance(parent, Attribute) else "frame"
    setattr(parent, owner, getattr(child, owner))
    return parent


def dressed(objs: Sequence[OwnedAttribute]) -> list[OwnedAttribute]:
    """Of elements and of event frames, mixed."""
    found: dict[Any, OwnedAttribute] = {}
    for model in {type(obj) for obj in objs}:
        some = [obj for obj in objs if type(obj) is model]
        rows = queries.dressed(model._default_manager.all())
        rows = rows.select_related(*_owner_relations(some[0]))
        found |= {row.pk: row for row in identity.in_order(some, rows)}
    return [found[obj.pk] for obj in objs]


def _owner_relations(obj: OwnedAttribute) -> tuple[str, ...]:
    owner = "element" if isinstance(obj, Attribute) else "frame"
    return (f"{owner}__database__server",)


def owned(owner: Any, asked: Any) -> Any:
    """The attributes of an element or event frame; the owner's row serves all of them."""
    return queries.of_owner(owner, asked)


def nested(attribute: OwnedAttribute, asked: Any) -> Any:
    return queries.of_attribute(attribute, asked).select_related(*_owner_relations(attribute))


LIST_PARAMS = (
    params.NAME_FILTER,
    params.CATEGORY_NAME,
    params.TEMPLATE_NAME,
    params.text("valueType", about="Only attributes of this type."),
    params.text("trait", many=True, default=None, about="Only attributes with these traits."),
    params.text("traitCategory", many=True, default=None, about="Only attributes with traits of these categories."),
    params.FULL_HIERARCHY,
    params.SHOW_EXCLUDED,
    params.SHOW_HIDDEN,
    params.SORT_FIELD,
    params.SORT_ORDER,
    params.START_INDEX,
    params.MAX_COUNT,
    params.ASSOCIATIONS,
)
IDENTITY = identity.Identity(services.update, objects.delete, dressed=dressed)
#: what is asked of attributes that are looked for over their owners, and how the answer is ordered and cut
WANTED = (
    params.pattern("attributeNameFilter", about="Wildcards for the names of attributes."),
    params.pattern("attributeDescriptionFilter", about="Wildcards for the descriptions of attributes."),
    params.text("attributeCategory", about="Only attributes of this category."),
    params.text("attributeType", about="Only attributes of this type."),
    params.FULL_HIERARCHY,
)
ORDERED = (params.SORT_FIELD, params.SORT_ORDER, params.START_INDEX, params.MAX_COUNT, params.ASSOCIATIONS)
FOUND_PARAMS = (
    params.pattern("elementNameFilter", about="Wildcards for the names of elements."),
    params.pattern("elementDescriptionFilter", about="Wildcards for the descriptions of elements."),
    params.text("elementCategory", about="Only attributes of elements of this category."),
    params.text("elementTemplate", about="Only attributes of elements of this template or one derived from it."),
    params.text("elementType", about="Only attributes of elements of this type."),
    *WANTED,
    *ORDERED,
)


def found(owner: Any, asked: Any) -> Any:
    """The attributes of the elements below a database or an element."""
    rows = queries.found(owner, asked)
    return rows.select_related("element__database__server")


def found_endpoints(owner: Resource) -> tuple[Endpoint, ...]:
    child = Child(ATTRIBUTE, found)
    return children.endpoints(owner, "elementattributes", child, get="FindElementAttributes", params_of=FOUND_PARAMS)


def _itself(attribute: OwnedAttribute) -> list[OwnedAttribute]:
    return [attribute]


ENDPOINTS: tuple[Endpoint, ...] = (
    config.endpoint(ATTRIBUTE, config.Configured(_itself, list, status=201, with_children=False)),
    *identity.endpoints(ATTRIBUTE, IDENTITY, verbs="get path multiple update delete", params_of=(params.ASSOCIATIONS,)),
    identity.categories_endpoint(ATTRIBUTE, ATTRIBUTE_CATEGORY),
    *children.endpoints(
        ATTRIBUTE,
        "attributes",
        Child(ATTRIBUTE, nested, services.create),
        get="GetAttributes",
        post="CreateAttribute",
        params_of=LIST_PARAMS,
    ),
)
