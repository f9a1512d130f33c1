"""The one door from a WebId or a path to an object.

Whoever has an identifier from outside comes through `find` or `find_by_path`; they decide once between
400 (malformed, or of another kind), 404 (no such object) and 403 (not allowed). Apps that own a kind of
object register how it is looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from piwebapi import catalog, policy, securables
from piwebapi.callers import READING, Caller, Right, require
from piwebapi.core import rights
from piwebapi.core.chunks import chunks
from piwebapi.core.errors import ApiError, BadRequest, Forbidden, NotFound
from piwebapi.core.paths import Part, parse
from piwebapi.core.webid import WebId, decode, fold

Parts = tuple[Part, ...]


@dataclass(frozen=True)
class Finder:
    """How objects of one kind are looked up.

    `rows` gives the queryset with the relations that a path needs; `server` and `owner` name the columns
    that must agree with the ids of a WebId; `by_path(parts)` gives the object or None. `by_id` looks up
    objects that are no rows. `by_paths` finds many in a few queries; what it leaves out may still be found
    by `by_path`.
    """

    rows: Callable[[], QuerySet[Any]]
    by_path: Callable[[Parts], Any | None]
    server: str
    owner: str = ""
    by_id: Callable[[WebId], Any | None] | None = None
    by_paths: Callable[[Sequence[Parts]], Mapping[Parts, Any]] | None = None


_finders: dict[tuple[str, str], Finder] = {}
_aliases: list[Callable[[str], WebId | None]] = []
_shared: catalog.Kept[Any] = catalog.Kept(10_000)


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


def find_shared(caller: Caller, text: str, kind: str, right: Right = "read") -> Any:
    """As `find`. An object of the catalogue is kept until the catalogue changes and shared by many requests, so
    it must only be read."""
    version = catalog.version()
    found = None if version is None else _shared.get((kind, text), version)
    if found is not None:
        return allowed(caller, found, right, f"No {_spoken(kind)} was found for the WebID '{text}'.")
    found = find(caller, text, kind, right=right)
    if version is not None and catalog.holds(found):
        _shared.put((kind, text), version, found)
    return found


def find_by_path(caller: Caller, path: str, *kinds: str, right: Right = "read") -> Any:
    """The object at a path that is of one of the kinds."""
    parts = parse(path)
    missing = _missing_at(path, kinds)
    for kind in kinds:
        for (name, _), finder in _finders.items():
            if name == kind:
                found = finder.by_path(parts)
                if found is not None:
                    return allowed(caller, found, right, missing)
    raise NotFound(missing)


def _missing_at(path: str, kinds: tuple[str, ...]) -> str:
    prefix = "PI Point not found" if kinds == ("Point",) else f"No {_spoken(kinds[0])} was found"
    return f"{prefix} at the path '{path}'."


def at_path(path: str, kind: str) -> Any | None:
    """Without rights: for who may do everything there."""
    understood = parse(path)
    found = (finder.by_path(understood) for (name, _), finder in _finders.items() if name == kind)
    return next((obj for obj in found if obj is not None), None)


def find_each_by_path(caller: Caller, paths: Iterable[str], *kinds: str, right: Right = "read") -> list[Any]:
    """The objects at many paths in their order, with every refusal in its place."""
    understood: dict[str, Parts] = {}
    for path in paths:
        with suppress(BadRequest):
            understood[path] = parse(path)
    known: dict[Parts, Any] = {}
    for (name, _), finder in _finders.items():
        if name in kinds and finder.by_paths:
            known |= finder.by_paths(list(understood.values()))
    found: list[Any] = []
    for path in paths:
        row = known.get(understood.get(path, ()))
        try:
            found.append(
                find_by_path(caller, path, *kinds, right=right)
                if row is None
                else allowed(caller, row, right, _missing_at(path, kinds))
            )
        except ApiError as error:
            found.append(error)
    return found


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
    """The objects of many WebIds in their order: a query or two per kind, whatever their number.

    An unparsable WebId fails the whole request; one of nothing gives a NotFound in its place, one that the
    caller has no right to a Forbidden.
    """
    found = find_each(caller, texts, *kinds, right=right)
    for error in found:
        if isinstance(error, BadRequest):
            raise error
    return found


def find_each(caller: Caller, texts: Iterable[str], *kinds: str, right: Right = "read") -> list[Any]:
    """As `find_many`, with every refusal in its place."""
    enter(caller, right)
    found: list[Any] = []
    for text in texts:
        try:
            web_id = understand(text)
            wrong = bool(kinds) and web_id.kind not in kinds
            found.append(BadRequest(f"Unknown or invalid WebID format: '{text}'.") if wrong else (text, web_id))
        except BadRequest as error:
            found.append(error)
    rows = iter(_look_up_each([item[1] for item in found if isinstance(item, tuple)]))
    return [
        item if isinstance(item, BadRequest) else _found_or_error(next(rows), caller, right, *item) for item in found
    ]


def _found_or_error(row: Any | None, caller: Caller, right: Right, text: str, web_id: WebId) -> Any:
    missing = f"No {_spoken(web_id.kind)} was found for the WebID '{text}'."
    return NotFound(missing) if row is None else _allowed_or_error(caller, row, right, missing)


def _look_up_each(web_ids: list[WebId]) -> list[Any | None]:
    """By the ids in bulk, then by the paths in bulk, then what is left one by one."""
    by_kind: dict[tuple[str, str], list[int]] = {}
    for at, web_id in enumerate(web_ids):
        by_kind.setdefault((web_id.kind, web_id.owner), []).append(at)
    found: list[Any | None] = [None] * len(web_ids)
    for (kind, owner), places in by_kind.items():
        finder = _finders.get((kind, owner)) or _finders.get((kind, ""))
        if finder is None:
            continue
        ids = [web_ids[at].id for at in places if web_ids[at].form != "P" and web_ids[at].id is not None]
        rows = {row.pk: row for row in _in_bulk(finder, ids)}
        left: list[int] = []
        for at in places:
            row = rows.get(web_ids[at].id) if web_ids[at].form != "P" else None
            if row is None or (web_ids[at].server is not None and row.server_guid != web_ids[at].server):
                left.append(at)
            else:
                found[at] = row
        paths = {at: parts for at in left if (parts := _parts(web_ids[at]))}
        known = finder.by_paths(list(paths.values())) if finder.by_paths and len(paths) > 1 else {}
        for at in left:
            found[at] = known.get(paths.get(at, ())) or look_up(web_ids[at])
    return found


def _allowed_or_error(caller: Caller, row: Any, right: Right, missing: str) -> Any:
    try:
        return allowed(caller, row, right, missing)
    except (NotFound, Forbidden) as error:
        return error


def _in_bulk(finder: Finder, ids: list[Any]) -> Iterable[Any]:
    for some in chunks(ids):
        yield from finder.rows().filter(pk__in=some)


def allowed(caller: Caller, found: Any, right: Right, missing: str = "The object was not found.") -> Any:
    """The object, if the caller has the right on it. What may not be read is as if it were not there."""
    enter(caller, right)
    if policy.current().is_plain:
        return found
    mask = securables.mask(caller, found)
    if not mask & rights.READ:
        raise NotFound(missing)
    name = "".join(part.title() for part in right.split("_"))
    if not mask & rights.ENOUGH[name]:
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
