"""What the parts of a path mean, as conditions of the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from django.db.models import Q

from piwebapi.access import Parts, name_is
from piwebapi.core.paths import Part

Key = TypeVar("Key")


def is_collection(part: Part, *names: str) -> bool:
    return part.separator == "\\" and part.collection.lower() in {name.lower() for name in names}


def condition(part: Part, prefix: str = "") -> Q:
    """A part names an object by its GUID, its name or both (the GUID counts first)."""
    named = Q(**name_is(part.name, prefix)) if part.name else Q()
    if part.guid is None:
        return named
    return Q(**{f"{prefix}id" if prefix else "pk": part.guid})


def in_database(parts: Parts, prefix: str = "database__") -> Q:
    """Conditions on server and database out of the first two parts."""
    return condition(parts[0], f"{prefix}server__") & condition(parts[1], prefix)


def split_elements(parts: Parts) -> tuple[str, ...] | None:
    """The names of a pure element path below the database, or None."""
    below = parts[2:]
    if not below or any(not is_collection(part, "", "Elements") for part in below):
        return None
    return tuple(part.name for part in below)


def in_portions(keys: Iterable[Key], size: int = 500) -> Iterator[list[Key]]:
    """Lists that one statement can hold."""
    every = list(keys)
    return (every[start : start + size] for start in range(0, len(every), size))


def split_trail(parts: Parts) -> tuple[Parts, str]:
    """The owner's parts, and the chain of attribute names behind the first ``|``."""
    at = next((i for i, part in enumerate(parts) if part.separator == "|"), len(parts))
    return parts[:at], "|".join(part.name for part in parts[at:])
