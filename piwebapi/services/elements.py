"""Elements: made from templates, renamed with all that is below, referenced in several places."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Max, Q, Value
from django.db.models.functions import Concat, Length, Substr

from piwebapi import policy
from piwebapi.core.errors import BadRequest
from piwebapi.core.paths import check_name
from piwebapi.core.webid import fold
from piwebapi.models import AssetDatabase, Attribute, Element, ElementReference, ElementTemplate
from piwebapi.queries import filters
from piwebapi.references import pipoint

from . import objects, points, templates


def create(
    home: AssetDatabase | Element,
    *,
    now: int,
    name: str,
    template: str = "",
    category_names: Any = (),
    **values: Any,
) -> Element:
    """A new element with the attributes of its template."""
    parent = home if isinstance(home, Element) else None
    database = home.database if isinstance(home, Element) else home
    name = check_name(name)
    made_from = element_template(database, template)
    element = Element(
        database=database,
        parent=parent,
        name=name,
        template=made_from,
        path=f"{parent.path}\\{name}" if parent else name,
        **values,
    )
    refuse_duplicate(database, parent, name)
    objects.insert(element, database, category_names)
    if made_from is not None:
        if not category_names:
            element.categories.set(made_from.categories.all())
        templates.instantiate([element], now=now)
    return element


def element_template(database: AssetDatabase, name: str) -> ElementTemplate | None:
    rows = ElementTemplate.objects.filter(database=database, instance_type="Element")
    return objects.one_named(rows, name, "The element template")


def refuse_duplicate(database: AssetDatabase, parent: Element | None, name: str) -> None:
    """Names are unique among the children, also those that are only referenced."""
    here = ElementReference.objects.filter(parent=parent, child__database=database, child__name_key=fold(name))
    if here.exists():
        raise BadRequest(f"There is already an element with the name '{name}' here.")


def update(element: Element, *, now: int, name: str | None = None, template: str | None = None, **changes: Any) -> None:
    """A new template gives its attributes; a new name moves all paths below."""
    if template is not None and template != (element.template.name if element.template else ""):
        element.template = element_template(element.database, template)
        objects.save(element, ["template"])
        if element.template is not None:
            templates.instantiate([element], now=now)
    if name is not None and name != element.name:
        rename(element, check_name(name))
    objects.change(element, changes)


def rename(element: Element, name: str) -> None:
    """The paths of the whole branch change in one statement; references that hold names find their points anew."""
    refuse_duplicate(element.database, element.parent, name)
    old = element.path
    element.name = name
    element.path = f"{element.parent.path}\\{name}" if element.parent else name
    below = Q(path_key__wild=filters.below(fold(old)))
    longest = Element.objects.filter(below, database=element.database).aggregate(most=Max(Length("path")))["most"] or 0
    if longest + len(element.path) - len(old) > Element._meta.get_field("path").max_length:
        raise BadRequest(f"With the name '{name}' the path of an element below would be too long.")
    objects.save(element, ["name", "path"])
    Element.objects.filter(below, database=element.database).update(
        path=Concat(Value(element.path), Substr(F("path"), len(old) + 1)),
        path_key=Concat(Value(fold(element.path)), Substr(F("path_key"), len(fold(old)) + 1)),
    )
    if policy.current().places:
        policy.changed()
    branch = Q(element=element) | Q(element__path_key__wild=filters.below(fold(element.path)))
    named = Attribute.objects.filter(branch, element__database=element.database, config_string__contains="%")
    points.resolve(named.filter(data_reference=pipoint.NAME))


def delete(element: Element) -> None:
    """An element that has another place moves there instead of leaving a hole in its references."""
    objects.delete(element)


def refer(home: AssetDatabase | Element, child: Element, reference_type: str) -> None:
    """Give an element a further parent."""
    parent = home if isinstance(home, Element) else None
    database = home.database if isinstance(home, Element) else home
    if child.database_id != database.pk:
        raise BadRequest("The referenced element is in another database.")
    if child.parent_id == (parent.pk if parent else None):
        raise BadRequest(f"'{child.name}' is already an element here.")
    if parent is not None and _is_above(child, parent):
        raise BadRequest(f"'{child.name}' cannot be referenced below itself.")
    refuse_duplicate(database, parent, child.name)
    if Element.objects.filter(database=database, parent=parent, name_key=child.name_key).exists():
        raise BadRequest(f"There is already an element with the name '{child.name}' here.")
    ElementReference.objects.create(child=child, parent=parent, type=reference_type or "Parent-Child")


def _is_above(child: Element, parent: Element) -> bool:
    """Would the reference close a circle? Followed over all parents."""
    seen: set[Any] = set()
    level: set[Any] = {parent.pk}
    while level:
        if child.pk in level:
            return True
        seen |= level
        above = set(Element.objects.filter(pk__in=level, parent__isnull=False).values_list("parent_id", flat=True))
        over = ElementReference.objects.filter(child__in=level, parent__isnull=False)
        level = (above | set(over.values_list("parent_id", flat=True))) - seen
    return False


def forget(home: AssetDatabase | Element, children: list[Element]) -> None:
    """Take references away; the elements stay."""
    parent = home if isinstance(home, Element) else None
    removed, _ = ElementReference.objects.filter(parent=parent, child__in=children).delete()
    if not removed:
        raise BadRequest("There is no such reference here.")
