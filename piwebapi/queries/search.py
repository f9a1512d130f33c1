"""The AF search language as conditions of the database.

Every kind of object has a table of filters: the name in the query, and the function that makes a condition
of an operator and a value. What is not in the table is refused with a sentence that tells what is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from uuid import UUID

from django.db.models import Model, Q
from django.utils import timezone

from piwebapi.core.errors import BadRequest
from piwebapi.core.querylang import Filter, Query, parse
from piwebapi.core.times import parse_time, to_datetime
from piwebapi.core.webid import fold
from piwebapi.core.wildcards import Pattern
from piwebapi.models import (
    Analysis,
    AnalysisTemplate,
    AssetDatabase,
    Attribute,
    Element,
    ElementTemplate,
    NotificationRule,
    NotificationRuleTemplate,
    OwnedAttribute,
)

from . import filters, values

COMPARISONS = {"=": "", "<": "__lt", "<=": "__lte", ">": "__gt", ">=": "__gte"}


@dataclass(frozen=True)
class Ground:
    """What the conditions depend on; only an asset database has templates and paths to look up."""

    database: Any
    now: int
    zone: tzinfo


Condition = Callable[[Filter, Ground], Q]
Table = Mapping[str, Condition]


def conditions(text: str, table: Table, database: AssetDatabase, now: int) -> Q:
    """All filters of a query text, joined by AND."""
    ground = Ground(database, now, timezone.get_default_timezone())
    return of_query(parse(text), table, ground)


def of_query(query: Query, table: Table, ground: Ground) -> Q:
    """All filters of the query together. BadRequest for one that the table does not have."""
    found = Q()
    for item in query:
        condition = table.get("|" if item.key.startswith("|") else item.key)
        if condition is None:
            known = ", ".join(sorted(table))
            raise BadRequest(f"The filter '{item.name}' is not known here; known are {known}.")
        found &= condition(item, ground)
    return found


def texts_of(item: Filter) -> tuple[str, ...]:
    """The texts that a filter is compared with, several after IN. BadRequest for a nested query."""
    if isinstance(item.value, Query):
        raise BadRequest(f"The filter '{item.name}' takes a text, not a query.")
    return (item.value,) if isinstance(item.value, str) else tuple(item.value)


def negated(item: Filter, condition: Q) -> Q:
    """The condition, or with `<>` its opposite. BadRequest for operators that ask for an order."""
    if item.op not in ("=", "<>", "IN"):
        raise BadRequest(f"The filter '{item.name}' cannot be compared by '{item.op}'.")
    return ~condition if item.op == "<>" else condition


def compared(item: Filter, column: str, values: Sequence[Any]) -> Q:
    """Equal to one of the values, or less or greater than the first of them."""
    if item.op in ("=", "<>", "IN"):
        return negated(item, Q(**{f"{column}__in": values}))
    return Q(**{f"{column}{COMPARISONS[item.op]}": values[0]})


def by_name(column: str = "name_key") -> Condition:
    def condition(item: Filter, ground: Ground) -> Q:
        wanted = filters.any_of(filters.named(Pattern.parse(text), column) for text in texts_of(item))
        return negated(item, wanted)

    return condition


def by_text(column: str) -> Condition:
    """A column that is not folded: wildcards become a search without regard to case."""

    def condition(item: Filter, ground: Ground) -> Q:
        return negated(item, filters.any_of(Q(**{f"{column}__iregex": Pattern.parse(t).regex}) for t in texts_of(item)))

    return condition


def by_template(column: str = "template", instance: str = "") -> Condition:
    """Also those derived from the template; wildcards are allowed."""

    def condition(item: Filter, ground: Ground) -> Q:
        ids: set[UUID] = set()
        rows = ElementTemplate.objects.filter(database=ground.database)
        for text in texts_of(item):
            for name in rows.filter(filters.named(Pattern.parse(text))).values_list("name", flat=True):
                ids |= set(filters.template_ids(ground.database, name))
        return negated(item, Q(**{f"{column}__in": ids}))

    return condition


def by_root(column: str = "path_key") -> Condition:
    """All below an element, given by its path in the database; an empty text is the database itself."""

    def condition(item: Filter, ground: Ground) -> Q:
        wanted = Q()
        for text in texts_of(item):
            path = fold(text.strip("\\"))
            own = fold(ground.database.full_path.strip("\\")) + "\\"
            path = path.removeprefix(own)
            if path:
                wanted |= Q(**{f"{column}__wild": filters.below(path)})
        return negated(item, wanted)

    return condition


def by_moment(column: str, ticks: bool = False) -> Condition:
    def condition(item: Filter, ground: Ground) -> Q:
        [text] = texts_of(item)
        moment = parse_time(text, now=ground.now, zone=ground.zone, name=item.name)
        value = moment if ticks else to_datetime(moment)
        if item.op == "<>":
            return ~Q(**{column: value})
        if item.op not in COMPARISONS:
            raise BadRequest(f"The filter '{item.name}' cannot be compared by '{item.op}'.")
        return Q(**{f"{column}{COMPARISONS[item.op]}": value})

    return condition


def by_rank(column: str, ranks: tuple[str, ...]) -> Condition:
    """One of `ranks`, in their order, against a column of their numbers."""
    known = {name.lower(): rank for rank, name in enumerate(ranks)}

    def condition(item: Filter, ground: Ground) -> Q:
        unknown = [text for text in texts_of(item) if text.lower() not in known]
        if unknown:
            raise BadRequest(f"'{unknown[0]}' is none of {', '.join(ranks)}.")
        values = [known[text.lower()] for text in texts_of(item)]
        return compared(item, column, values)

    return condition


def by_truth(true: Q) -> Condition:
    def condition(item: Filter, ground: Ground) -> Q:
        [text] = texts_of(item)
        if text.lower() not in ("true", "false"):
            raise BadRequest(f"The filter '{item.name}' must be true or false.")
        return negated(item, true if text.lower() == "true" else ~true)

    return condition


def by_id(item: Filter, ground: Ground) -> Q:
    try:
        return negated(item, Q(pk__in=[UUID(text) for text in texts_of(item)]))
    except ValueError:
        raise BadRequest(f"The filter '{item.name}' takes GUIDs.") from None


def by_value(attributes: type[OwnedAttribute], owner: str) -> Condition:
    """``|Level:>10``: the stored value of an attribute, as a number where both sides are numbers, else as text."""

    def condition(item: Filter, ground: Ground) -> Q:
        rows = values.annotated(attributes._default_manager.filter(trail_key=fold(item.name[1:])))
        fitting = rows.filter(values.told(item.op, texts_of(item)))
        return Q(pk__in=fitting.values(owner))

    return condition


def ignored(item: Filter, ground: Ground) -> Q:
    """Order and depth are told by parameters of the request."""
    return Q()


def nested(table: Table, prefix: str) -> Condition:
    """``Element:{Name:'..' Template:'..'}``: the conditions of the inner query on a related object."""

    def condition(item: Filter, ground: Ground) -> Q:
        if not isinstance(item.value, Query):
            return by_name(f"{prefix}name_key")(item, ground)
        return prefixed(of_query(item.value, table, ground), prefix)

    return condition


def prefixed(condition: Q, prefix: str) -> Q:
    """The same condition, seen from a related object."""
    found = Q(_connector=condition.connector, _negated=condition.negated)
    for child in condition.children:
        if isinstance(child, Q):
            found.children.append(prefixed(child, prefix))
        else:
            name, value = child
            found.children.append((prefix + ("id" + name[2:] if name.startswith("pk") else name), value))
    return found


NAMED: Table = {
    "name": by_name(),
    "description": by_text("description"),
    "id": by_id,
    "creationdate": by_moment("created"),
    "modifydate": by_moment("modified"),
    "sortfield": ignored,
    "sortorder": ignored,
}


def apart(model: type[Model], condition: Condition) -> Condition:
    """A condition on rows of which an object may have several: an object that fits twice is still one, and no
    DISTINCT over all columns has to find that out."""

    def fitting(item: Filter, ground: Ground) -> Q:
        return Q(pk__in=model._default_manager.filter(condition(item, ground)).values("pk"))

    return fitting


def categorised(model: type[Model]) -> Table:
    by_category = apart(model, by_name("categories__name_key"))
    return {**NAMED, "category": by_category, "categoryname": by_category}


ELEMENTS: Table = {
    **categorised(Element),
    "template": by_template(),
    "templatename": by_template(),
    "root": by_root(),
    "alldescendants": ignored,
    "type": by_text("type"),
    "|": by_value(Attribute, "element"),
}
ATTRIBUTES: Table = {
    **categorised(Attribute),
    "element": nested(ELEMENTS, "element__"),
    "elementname": by_name("element__name_key"),
    "template": by_template("element__template"),
    "type": by_text("type"),
    "plugin": by_text("data_reference"),
    "root": by_root("element__path_key"),
}
ANALYSES: Table = {
    **categorised(Analysis),
    "target": nested(ELEMENTS, "element__"),
    "targetname": by_name("element__name_key"),
    "template": by_name("template__name_key"),
    "status": by_text("status"),
    "plugin": apart(Analysis, by_text("rules__plug_in")),
    "timeruleplugin": by_text("time_rule_row__plug_in"),
}
ANALYSIS_TEMPLATES: Table = {
    **categorised(AnalysisTemplate),
    "target": by_name("target__name_key"),
    "targetname": by_name("target__name_key"),
    "plugin": apart(AnalysisTemplate, by_text("rules__plug_in")),
    "timeruleplugin": by_text("time_rule_row__plug_in"),
}
NOTIFICATION_RULES: Table = {
    **NAMED,
    "element": nested(ELEMENTS, "element__"),
    "elementname": by_name("element__name_key"),
    "target": nested(ELEMENTS, "element__"),
    "targetname": by_name("element__name_key"),
    "template": by_name("template__name_key"),
    "templatename": by_name("template__name_key"),
    "contact": apart(NotificationRule, by_name("subscribers__contact__name_key")),
    "contactname": apart(NotificationRule, by_name("subscribers__contact__name_key")),
}
NOTIFICATION_TEMPLATES: Table = {
    **NAMED,
    "template": by_name("element_template__name_key"),
    "templatename": by_name("element_template__name_key"),
    "contact": apart(NotificationRuleTemplate, by_name("subscribers__contact__name_key")),
    "contactname": apart(NotificationRuleTemplate, by_name("subscribers__contact__name_key")),
}
