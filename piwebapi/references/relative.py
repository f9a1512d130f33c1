"""Paths of attributes relative to the attribute that holds a data reference.

The rules (vendor: PI AF, topic symbols in substitution parameters), for the attribute ``A\\B|X|Y``::

    Z                ``A\\B|X|Z``     at the same level
    .|Z              ``A\\B|X|Y|Z``   a child of the attribute itself
    |Z               ``A\\B|Z``       at the root level of the element
    ..|Z             ``A\\B|Z``       at the level of the parent attribute
    ..\\|Z            ``A|Z``          of the parent element
    ..\\C|Z           ``A\\C|Z``       of a sibling element
    .\\C|Z            ``A\\B\\C|Z``     of a child element
    \\C|Z             ``C|Z``          from the root of the database
    \\\\S\\D\\C|Z       ``C|Z`` of database D on server S; ``.`` for S or D is the own one
"""

from __future__ import annotations

from dataclasses import dataclass

from .context import Unresolved

PRIMARY = "elements[.]"  # how an event frame names its primary element


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attribute is; None for server or database means the own one."""

    elements: tuple[str, ...]
    attributes: tuple[str, ...]
    server: str | None = None
    database: str | None = None

    @property
    def path(self) -> str:
        """Below the database."""
        return "\\".join(self.elements) + "|" + "|".join(self.attributes)


def locate(path: str, elements: tuple[str, ...], attributes: tuple[str, ...]) -> Place:
    """The place that `path` names, seen from the attribute `attributes` of the element `elements`."""
    owner, bar, rest = path.strip().partition("|")
    trail = tuple(name.strip() for name in rest.split("|")) if bar else ()
    if "\\" not in owner:
        level = _level(owner.strip(), bool(bar), attributes)
        bare = () if owner.strip() in ("", ".", "..") else (owner.strip(),)
        return _checked(path, Place(elements, level + bare + trail))
    server = database = None
    if owner.startswith("\\\\"):
        parts = owner[2:].split("\\")
        if len(parts) < 3:
            raise Unresolved(f"The path '{path}' names no element.")
        server, database = (None if part == "." else part for part in parts[:2])
        here = tuple(parts[2:])
    elif owner.startswith("\\"):
        here = tuple(owner[1:].split("\\"))
    else:
        here = _walk(path, owner, elements)
    return _checked(path, Place(tuple(part for part in here if part), trail, server, database))


def _level(owner: str, bar: bool, attributes: tuple[str, ...]) -> tuple[str, ...]:
    """The trail to which the names behind `owner` are added."""
    if owner == ".":
        return attributes
    if owner == "..":
        return attributes[:-2] if bar else attributes[:-1]
    return attributes[:-1] if owner else ()


def _walk(path: str, owner: str, elements: tuple[str, ...]) -> tuple[str, ...]:
    here = list(elements)
    for part in owner.split("\\"):
        if part in ("", ".") or part.lower() == PRIMARY:
            continue
        if part != "..":
            here.append(part)
        elif here:
            here.pop()
        else:
            raise Unresolved(f"The path '{path}' leads above the root element.")
    return tuple(here)


def _checked(path: str, place: Place) -> Place:
    if not place.elements or not place.attributes or not all(place.attributes):
        raise Unresolved(f"The path '{path}' names no attribute of an element.")
    return place
