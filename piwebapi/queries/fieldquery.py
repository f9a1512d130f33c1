"""Lists that are filtered by `field` and `query`: the vendor's AFSearchField."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from piwebapi.core.wildcards import Pattern

from . import filters

NAMED = {"name": "name_key", "description": "description"}
CATEGORISED = {**NAMED, "categories": "categories__name_key"}


def filtered(rows: QuerySet[Any], columns: Mapping[str, str], asked: Mapping[str, Any]) -> QuerySet[Any]:
    """Rows of which one of the asked fields fits the query (wildcards allowed), in the asked order."""
    pattern = Pattern.parse(asked.get("query"))
    if not pattern.is_all:
        names = [name.lower() for name in asked["field"]]
        wanted = [columns[name] for name in names if name in columns] or ["name_key"]
        rows = rows.alias(**{f"upper_{at}": Upper(column) for at, column in enumerate(wanted)})
        fitting = filters.any_of(Q(**{f"upper_{at}__wild": pattern}) for at in range(len(wanted)))
        rows = rows.filter(pk__in=rows.filter(fitting).values("pk"))
    sorts = {"name": "name_key", "id": "pk", "creationdate": "created", "modifydate": "modified"}
    return filters.ordered(rows, sorts, asked.get("sortField"), asked.get("sortOrder"))
