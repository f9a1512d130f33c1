"""Filters of lists as conditions of the database."""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from piwebapi.core.webid import fold
from piwebapi.core.wildcards import Pattern
from piwebapi.models import AssetDatabase, ElementTemplate

_SPECIAL = re.compile(r"([*?\[\]!\\])")


def named(pattern: Pattern | None, column: str = "name_key") -> Q:
    """A condition on a folded column."""
    if pattern is None or pattern.is_all:
        return Q()
    return Q(**{f"{column}__wild": pattern})


def literally(text: str) -> str:
    """A text as the part of a pattern that means nothing but itself."""
    return _SPECIAL.sub(r"\\\1", text)


def below(path_key: str) -> Pattern:
    """All paths under an element."""
    return Pattern.parse(literally(path_key) + "\\\\*")


def described(rows: QuerySet, pattern: Pattern | None, column: str = "description") -> QuerySet:
    """Descriptions are not stored folded: they are compared as the database upper-cases them."""
    if pattern is None or pattern.is_all:
        return rows
    return rows.annotate(folded_text=Upper(column)).filter(folded_text__wild=pattern)


def categorised(name: str | None, prefix: str = "") -> Q:
    return Q(**{f"{prefix}categories__name_key": fold(name)}) if name else Q()


def template_ids(database: AssetDatabase, name: str) -> list[UUID]:
    """A template and all that are derived from it; empty when there is no such template."""
    rows = list(ElementTemplate.objects.filter(database=database).values_list("pk", "base_id", "name_key"))
    found = {pk for pk, _, key in rows if key == fold(name)}
    while True:
        more = {pk for pk, base, _ in rows if base in found} - found
        if not more:
            return list(found)
        found |= more


def templated(database: AssetDatabase, name: str | None, column: str = "template") -> Q:
    return Q(**{f"{column}__in": template_ids(database, name)}) if name else Q()


def ordered(rows: QuerySet, sorts: dict[str, str], field: str | None, order: str | None) -> QuerySet:
    """By the asked field (unknown ones: by name), then by id, so that pages do not overlap."""
    column = sorts.get((field or "name").lower(), next(iter(sorts.values())))
    sign = "-" if order == "Descending" else ""
    return rows.order_by(*dict.fromkeys((sign + column, sign + "pk")))


def any_of(conditions: Iterable[Q]) -> Q:
    """Without conditions everything fits."""
    found = Q()
    for condition in conditions:
        found |= condition
    return found
