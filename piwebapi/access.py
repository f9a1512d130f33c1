"""The one door from a WebId or a path to an object.

Whoever has an identifier from outside comes through `find` or `find_by_path`; they decide once between
400 (malformed, or of another kind), 404 (no such object) and 403 (not allowed). Apps that own a kind of
object register how it is looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from piwebapi import policy, securables
from piwebapi.callers import READING, Caller, Right, require
from piwebapi.core import rights
from piwebapi.core.errors import BadRequest, Forbidden, NotFound
from piwebapi.core.paths import Part, parse
from piwebapi.core.webid import WebId, decode, fold

Parts = tuple[Part, ...]


@dataclass(frozen=True)
class Finder:
    """How objects of one kind are looked up.

    `rows` gives the queryset with the relations that a path needs; `server` and `owner` name the columns
    that must agree with the ids of a WebId; `by_path(parts)` gives the object or None. `by_id` looks up
    objects that are no rows.
    """

    rows: Callable[[], QuerySet[Any]]
    by_path: Callable[[Parts], Any | None]
    server: str
    owner: str = ""
    by_id: Callable[[WebId], Any | None] | None = None


_finders: dict[tuple[str, str], Finder] = {}
_aliases: list[Callable[[str], WebId | None]] = []


def register(kind: str, finder: Finder, owner: str = "") -> None:
    """`owner`: the owner letter of the WebId, where one kind lives in several tables."""
    _finders[kind, owner] = finder


def register_alias(resolve: Callable[[str], WebId | None]) -> None:
    """Older identifiers: `resolve(text)` tells what WebId a made-up identifier stands for, or None."""
    _aliases.append(resolve)


def understand(text: str) -> WebId:
    """The parts of a WebId or of an older identifier."""
    for resolve in _aliases:
        known = resolve(text)
        if known is not None:
            return known
    return decode(text)


def find(caller: Caller, text: str, *kinds: str, right: Right = "read") -> Any:
    """The object of a WebId that is of one of the kinds."""
    web_id = understand(text)
    if kinds and web_id.kind not in kinds:
        raise BadRequest(f"Unknown or invalid WebID format: '{text}'.")
    found = look_up(web_id)
    if found is None:
        raise NotFound(f"No {_spoken(web_id.kind)} was found for the WebID '{text}'.")
    return allowed(caller, found, right, f"No {_spoken(web_id.kind)} was found for the WebID '{text}'.")


def find_by_path(caller: Caller, path: str, *kinds: str, right: Right = "read") -> Any:
    """The object at a path that is of one of the kinds."""
    parts = parse(path)
    prefix = "PI Point not found" if kinds == ("Point",) else f"No {_spoken(kinds[0])} was found"
    missing = f"{prefix} at the path '{path}'."
    for kind in kinds:
        for (name, _), finder in _finders.items():
            if name == kind:
                found = finder.by_path(parts)
                if found is not None:
                    return allowed(caller, found, right, missing)
    raise NotFound(missing)


def look_up(web_id: WebId) -> Any | None:
    """By the ids; a Full WebId falls back to its path, because the ids may be of another server."""
    finder = _finders.get((web_id.kind, web_id.owner)) or _finders.get((web_id.kind, ""))
    if finder is None:
        return None
    if web_id.form != "P":
        found = _by_ids(finder, web_id)
        if found is not None or not web_id.path:
            return found
    parts = _parts(web_id)
    return finder.by_path(parts) if parts else None


def _by_ids(finder: Finder, web_id: WebId) -> Any | None:
    if finder.by_id is not None:
        return finder.by_id(web_id)
    ids: dict[str, UUID | int] = {"pk": web_id.id} if web_id.id is not None else {}
    if web_id.server is not None:
        ids[finder.server] = web_id.server
    if web_id.owner_id is not None and finder.owner:
        ids[finder.owner] = web_id.owner_id
    return finder.rows().filter(**ids).first()


def _parts(web_id: WebId) -> Parts:
    try:
        return parse("\\\\" + web_id.path)
    except BadRequest:
        return ()


def find_many(caller: Caller, texts: Iterable[str], *kinds: str, right: Right = "read") -> list[Any]:
    """The objects of many WebIds in their order: one query per kind, whatever their number.

    An unparsable WebId fails the whole request; one of nothing gives a NotFound in its place, one that the
    caller has no right to a Forbidden.
    """
    enter(caller, right)
    texts = list(texts)
    web_ids = [understand(text) for text in texts]
    for text, web_id in zip(texts, web_ids, strict=True):
        if kinds and web_id.kind not in kinds:
            raise BadRequest(f"Unknown or invalid WebID format: '{text}'.")
    by_key: dict[tuple[str, str], set[Any]] = {}
    for web_id in web_ids:
        if web_id.form != "P" and web_id.id is not None:
            by_key.setdefault((web_id.kind, web_id.owner), set()).add(web_id.id)
    rows: dict[tuple[str, str, Any], Any] = {}
    for (kind, owner), ids in by_key.items():
        finder = _finders.get((kind, owner)) or _finders.get((kind, ""))
        if finder is not None:
            rows.update({(kind, owner, row.pk): row for row in _in_bulk(finder, list(ids))})
    found: list[Any] = []
    for text, web_id in zip(texts, web_ids, strict=True):
        row = rows.get((web_id.kind, web_id.owner, web_id.id))
        if row is None or (web_id.server is not None and row.server_guid != web_id.server):
            row = look_up(web_id)
        missing = f"No {_spoken(web_id.kind)} was found for the WebID '{text}'."
        found.append(NotFound(missing) if row is None else _allowed_or_error(caller, row, right, missing))
    return found


def _allowed_or_error(caller: Caller, row: Any, right: Right, missing: str) -> Any:
    try:
        return allowed(caller, row, right, missing)
    except (NotFound, Forbidden) as error:
        return error


def _in_bulk(finder: Finder, ids: list[Any]) -> Iterable[Any]:
    for start in range(0, len(ids), 500):
        yield from finder.rows().filter(pk__in=ids[start : start + 500])


def allowed(caller: Caller, found: Any, right: Right, missing: str = "The object was not found.") -> Any:
    """The object, if the caller has the right on it. What may not be read is as if it were not there."""
    enter(caller, right)
    if policy.current().is_plain:
        return found
    mask = securables.mask(caller, found)
    if not mask & rights.READ:
        raise NotFound(missing)
    name = "".join(part.title() for part in right.split("_"))
    if not mask & rights.BITS[name]:
        raise Forbidden(f"User '{caller.name}' does not have the right {name} on this object.")
    return found


def enter(caller: Caller, right: Right) -> None:
    """The first door, before anything is looked up: could the caller have this right anywhere?"""
    asks_for_grants = right not in READING and not caller.may_write and caller.may_be_granted
    require(caller, right, granted=asks_for_grants and not policy.current().is_plain)


def name_is(name: str, prefix: str = "") -> dict[str, str]:
    """A condition on a name, whatever its case."""
    return {f"{prefix}name_key": fold(name)}


def _spoken(kind: str) -> str:
    """``ElementTemplate`` -> ``element template``."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()
