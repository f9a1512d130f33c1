r"""Paths to objects: ``\\Server\Database\Element|Attribute``, taken apart, and names checked.

``\`` stands before an object, ``|`` before an attribute or an attribute template. A part is a
bare name, which means the default collection of its parent, or ``Collection[filter]``; the
filter is a name, a GUID in braces, or both with ``;`` between them. (PI Web API reference:
path-syntax.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from piwebapi.core.errors import BadRequest

_COLLECTIONS = {
    name.lower(): name
    for name in (
        *("Databases", "Elements", "Attributes", "EventFrames", "ElementTemplates", "AttributeTemplates"),
        *("CategoriesElement", "CategoriesAttribute", "CategoriesAnalysis", "CategoriesTable"),
        *("EnumerationSets", "EnumerationValues", "Tables", "Analyses", "AnalysisTemplates"),
        *("AnalysisRules", "NotificationRules", "NotificationRuleTemplates", "NotificationRuleSubscribers"),
        "NotificationContactTemplates",
        *("PlugInsAnalysisRule", "PlugInsTimeRule", "PlugInsDeliveryChannel"),
        *("SecurityIdentities", "SecurityMappings", "UOMClasses", "UOMs"),
    )
}
_DATA_SERVER = {"piserver": "PIServer", "piservers": "PIServer"}
_HEAD = re.compile(r"([A-Za-z]+)\[")
_FILTER_END = re.compile(r"\](?=[\\|]|$)")
_NAME_END = re.compile(r"[\\|]|$")

_GUID = re.compile(r"\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")

_FORBIDDEN = "* ? ; { } [ ] | \\ ` ' \""
_FORBIDDEN_IN_POINTS = "* ? ' \" | \\ ;"
# Of the characters without a glyph: controls, line separators, halves of surrogate pairs.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_MAX_NAME = 259
_MAX_POINT_NAME = 1023


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a path. Names keep their letter case; they compare folded."""

    collection: str  # as the vendor writes it; '' is the default collection of the parent
    name: str  # '' when only the GUID is given
    guid: UUID | None
    separator: str  # '\\' or '|', which stands before it


def parse(path: str, *, name: str = "path") -> tuple[Part, ...]:
    r"""The parts of a path, the server first; at least one.

    Only the names of AF's collections open a bracket, since a tag may be called ``Temp[1]``.
    Inside the bracket ``\`` and ``|`` are plain text. The first part may be written
    ``PIServers[name]``, as the vendor writes the paths of data servers, or ``PIServer[name]``.
    BadRequest, which names the parameter ``name``, for any other text.
    """
    if not path.startswith("\\\\"):
        raise _fault(path, name, "it must begin with two backslashes")
    parts: list[Part] = []
    at = 1
    while at < len(path):
        part, at = _part(path, at, name)
        parts.append(part)
    return tuple(parts)


def _part(path: str, at: int, name: str) -> tuple[Part, int]:
    """The part whose separator stands at ``at``, and the place of the next separator."""
    separator = path[at]
    head = _HEAD.match(path, at + 1)
    known = (_DATA_SERVER if at == 1 else _COLLECTIONS).get(head[1].lower()) if head else None
    if head is None or known is None:
        end = _NAME_END.search(path, at + 1)
        text = path[at + 1 : end.start()] if end else ""
        if not text.strip():
            raise _fault(path, name, "a part of it is empty")
        return Part("", text, None, separator), at + 1 + len(text)
    end = _FILTER_END.search(path, head.end())
    if end is None:
        raise _fault(path, name, "a bracket is not closed")
    label, guid = _filter(path, path[head.end() : end.start()], name)
    return Part(known, label, guid, separator), end.end()


def _filter(path: str, text: str, name: str) -> tuple[str, UUID | None]:
    """The name and the GUID between the brackets, in either order."""
    label, guid = "", None
    for piece in text.split(";"):
        if piece.startswith("{") and guid is None:
            if not _GUID.fullmatch(piece):
                raise _fault(path, name, f"'{piece}' is not a GUID in braces")
            guid = UUID(piece)
        elif piece.strip() and piece[0] != "{" and not label:
            label = piece
        else:
            raise _fault(path, name, f"'[{text}]' is not a name, a GUID in braces, or both")
    return label, guid


def _fault(path: str, name: str, reason: str) -> BadRequest:
    return BadRequest(f"The value '{path}' of parameter '{name}' is not a valid path: {reason}.")


def check_name(name: str, *, kind: str = "Name") -> str:
    """The name without blanks around it, as AF stores it; BadRequest for one that AF forbids."""
    return _checked(name, kind, _FORBIDDEN, _MAX_NAME)


def check_point_name(name: str, *, kind: str = "Name") -> str:
    """As ``check_name`` by the looser rules of the Data Archive, where brackets are usual."""
    return _checked(name, kind, _FORBIDDEN_IN_POINTS, _MAX_POINT_NAME)


def _checked(name: str, kind: str, forbidden: str, longest: int) -> str:
    bare = name.strip()
    if not bare:
        raise BadRequest(f"{kind} must not be empty.")
    if len(bare) > longest:
        raise BadRequest(f"{kind} must not be longer than {longest} characters.")
    if _UNSEEN.search(bare) or not set(forbidden.split()).isdisjoint(bare):
        raise BadRequest(f"{kind} '{bare}' must not contain control characters or any of {forbidden}")
    return bare
