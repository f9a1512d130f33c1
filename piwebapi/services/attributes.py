"""Attributes of elements and event frames, and attribute templates."""

from __future__ import annotations

from typing import Any

from piwebapi.core import traits
from piwebapi.core.errors import BadRequest, Conflict
from piwebapi.core.paths import check_name
from piwebapi.core.webid import fold
from piwebapi.models import (
    VALUE_TYPES,
    Attribute,
    AttributeTemplate,
    Element,
    ElementTemplate,
    OwnedAttribute,
)

from . import objects, points, templates, units

_TYPES = {name.lower(): name for name in VALUE_TYPES}


def create(home: Element | OwnedAttribute, *, now: int, **values: Any) -> Any:
    """An attribute of an element, or a child attribute of an attribute."""
    if isinstance(home, Element):
        return insert(Attribute(element=home), home.database, now=now, **values)
    owner = {"element": home.element} if isinstance(home, Attribute) else {"frame": home.frame}
    return insert(type(home)(parent=home, **owner), database_of(home), now=now, **values)


def insert(attribute: Any, database: Any, *, now: int, name: str, **values: Any) -> Any:
    attribute.name = check_name(name)
    parent = attribute.parent
    attribute.trail = f"{parent.trail}|{attribute.name}" if parent else attribute.name
    category_names = values.pop("category_names", ())
    assign(attribute, database, values)
    if isinstance(attribute, AttributeTemplate):
        return objects.insert(attribute, database, category_names)
    attribute.value_ticks = now
    objects.insert(attribute, database, category_names)
    points.resolve([attribute])
    return attribute


def assign(attribute: Any, database: Any, values: dict[str, Any]) -> set[str]:
    """Set columns out of wire values; gives the names of the columns that changed."""
    columns: set[str] = set()
    for key, value in values.items():
        if key == "type":
            if value.lower() not in _TYPES:
                raise BadRequest(f"The attribute type '{value}' is unknown.")
            key, value = "type", _TYPES[value.lower()]
        elif key == "type_qualifier":
            key, value = "enumeration_set", objects.enumeration_set(database, value)
        elif key == "trait_name":
            value = _trait(attribute, value)
        elif key == "unit":
            value = units.find_unit(database.server_id, value)
        setattr(attribute, key, value)
        columns.add(key)
    return columns


def _trait(attribute: Any, name: str) -> str:
    """The name as it is written; one of no trait is refused, unless an import has brought it."""
    trait = traits.named(name)
    if name and trait is None and name != attribute.trait_name:
        raise BadRequest(f"There is no attribute trait '{name}'; known are {', '.join(t.name for t in traits.TRAITS)}.")
    return trait.name if trait else name


def update(attribute: Any, *, now: int, name: str | None = None, **changes: Any) -> None:
    """Also for templates; a changed data reference looks for its point again."""
    database = database_of(attribute)
    category_names = changes.pop("category_names", None)
    columns = assign(attribute, database, changes)
    if name is not None and name != attribute.name:
        columns |= _rename(attribute, check_name(name))
    if columns:
        objects.save(attribute, columns)
    if category_names is not None:
        objects.change(attribute, {"category_names": category_names}, database)
    if isinstance(attribute, OwnedAttribute) and {"data_reference", "config_string", "name"} & columns:
        points.resolve([attribute])


def _rename(attribute: Any, name: str) -> set[str]:
    old = attribute.trail
    attribute.name = name
    attribute.trail = f"{attribute.parent.trail}|{name}" if attribute.parent else name
    for child in type(attribute).objects.filter(**_owner(attribute), trail_key__startswith=fold(old) + "|"):
        child.trail = attribute.trail + child.trail[len(old) :]
        objects.save(child, ["trail"])
    return {"name", "trail"}


def _owner(attribute: Any) -> dict[str, Any]:
    for column in ("element_template", "element", "frame"):
        if hasattr(attribute, f"{column}_id"):
            return {column: getattr(attribute, f"{column}_id")}
    raise TypeError(type(attribute))


def database_of(attribute: Any) -> Any:
    if isinstance(attribute, AttributeTemplate):
        return attribute.element_template.database
    return attribute.element.database if isinstance(attribute, Attribute) else attribute.frame.database


def create_template(home: ElementTemplate | AttributeTemplate, *, now: int, **values: Any) -> AttributeTemplate:
    """The elements that are made from the template get the attribute, too."""
    owner = home if isinstance(home, ElementTemplate) else home.element_template
    parent = None if isinstance(home, ElementTemplate) else home
    made = insert(AttributeTemplate(element_template=owner, parent=parent), owner.database, now=now, **values)
    templates.spread(made, now=now)
    return made


def set_value(attribute: OwnedAttribute, value: Any, at: int) -> None:
    """The value of an attribute without data reference."""
    if attribute.data_reference:
        raise Conflict("The attribute has a data reference; write to its stream instead.")
    attribute.value, attribute.value_ticks = value, at
    objects.save(attribute, ["value", "value_ticks"])
