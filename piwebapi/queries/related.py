"""What the rows of a list refer to, set on all of them at once.

A join makes anew for each row what many rows have in common: unit, template, its database and server. These
objects come from `catalog.shared` instead, so they are read once for a version of the catalogue, and only read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.query import ModelIterable

from piwebapi import catalog

#: the name of a relation, and where its rows come from
Relations = Mapping[str, Callable[[], QuerySet[Any]]]


class _Together(ModelIterable):  # type: ignore[type-arg]
    """The rows of a question, after something was done with all of them."""

    work: Callable[[Sequence[Any]], None]

    def __iter__(self) -> Iterator[Any]:
        rows = list(super().__iter__())
        self.work(rows)
        return iter(rows)


def together(rows: QuerySet[Any], work: Callable[[Sequence[Any]], None]) -> QuerySet[Any]:
    """The same question, whose rows all go through `work` before anybody sees them."""
    found = rows.all()
    found._iterable_class = type("_Together", (_Together,), {"work": staticmethod(work)})  # type: ignore[attr-defined]
    return found


def relate(rows: Sequence[Any], relations: Relations) -> None:
    """Sets those relations that were not joined. One query for each that has rows nobody has asked for yet."""
    for name, source in relations.items():
        fields = {type(row): type(row)._meta.get_field(name) for row in rows}
        bare = [row for row in rows if not fields[type(row)].is_cached(row)]
        keys = {key for row in bare if (key := getattr(row, fields[type(row)].attname)) is not None}
        found = catalog.shared(source(), keys) if keys else {}
        for row in bare:
            fields[type(row)].set_cached_value(row, found.get(getattr(row, fields[type(row)].attname)))
