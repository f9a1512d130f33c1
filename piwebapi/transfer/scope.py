"""What an export tells of, and the parts of a file that stand beside the assets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet

from piwebapi.models import AssetDatabase

from .document import Document
from .target import Target

#: names of states by set and code
States = Mapping[tuple[UUID, int], str]


def everything(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows


@dataclass(frozen=True)
class Scope:
    """Without `ids` objects are told by their names only. `see` leaves of any rows those that may be told. Event
    frames are those that touch the time from `start` to `end`, in ticks; None: without a bound."""

    database: AssetDatabase
    ids: bool = True
    see: Callable[[QuerySet[Any]], QuerySet[Any]] = everything
    start: int | None = None
    end: int | None = None
    states: States = field(default_factory=dict)


class Part(Protocol):
    """A part of the file with tags of its own: written after the assets, read when they are there."""

    tags: tuple[str, ...]

    def write(self, scope: Scope) -> Iterator[str]: ...

    def read(self, document: Document, target: Target) -> None: ...
