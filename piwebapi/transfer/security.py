"""Security entries of a database and the identities that they name.

An entry tells its object by kind and path. Identities that are missing are made, without mappings: who is meant by
them is decided at each site. The vendor's schema of these is not public; the tags are ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps

from piwebapi.access import at_path
from piwebapi.core import rights
from piwebapi.core.errors import BadRequest
from piwebapi.core.webid import fold
from piwebapi.models import SecurityEntry, SecurityIdentity
from piwebapi.policy import DEFAULT
from piwebapi.securables import SECURABLES

from .document import Document, Node
from .markup import leaf, node, told
from .scope import Scope
from .target import Target

IDENTITY, ENTRY = "AFSecurityIdentity", "AFSecurityEntry"


def entry(row: SecurityEntry) -> tuple[str, ...]:
    """What an entry tells, wherever it stands."""
    return (
        leaf("Identity", row.identity.name),
        told("Item", row.item, DEFAULT),
        leaf("Allow", " ".join(rights.names(row.allow))),
        told("Deny", " ".join(rights.names(row.deny))),
        told("ApplyToChildren", row.for_children, True),
        told("Removed", row.removed, False),
    )


def entries_of(kind: str, keys: Any) -> Iterator[SecurityEntry]:
    rows = SecurityEntry.objects.filter(kind=kind, object_id__in=keys).select_related("identity")
    yield from rows.order_by("object_id", "item", "identity__name_key")


class Security:
    """Entries of event frames stand in the frames, whose paths are not unique."""

    tags = (IDENTITY, ENTRY)

    def write(self, scope: Scope) -> Iterator[str]:
        found = [(obj, row) for kind in _kinds() for obj, row in _of_kind(scope, kind)]
        names = {row.identity_id: row.identity for _, row in found}
        for identity in sorted(names.values(), key=lambda row: row.name_key):
            enabled = told("IsEnabled", identity.is_enabled, True)
            yield node(IDENTITY, (leaf("Name", identity.name), told("Description", identity.description), enabled))
        for obj, row in sorted(found, key=lambda pair: (pair[0].KIND, pair[0].full_path, pair[1].identity.name_key)):
            path = obj.full_path[len(scope.database.full_path) :]
            yield node(ENTRY, (leaf("Kind", obj.KIND), leaf("Path", path), *entry(row)))

    def read(self, document: Document, target: Target) -> None:
        for xml in document.objects(IDENTITY):
            told_of = Node(xml, f"SecurityIdentities[{xml.findtext('Name', '')}]")
            identity(target, told_of.name, told_of.text("Description"), told_of.flag("IsEnabled", True))
            told_of.finish(target.report)
        for xml in document.objects(ENTRY):
            told_of = Node(xml, f"{xml.findtext('Path', '')} -> {xml.findtext('Identity', '')}")
            kind, path = told_of.text("Kind"), target.database.full_path + told_of.text("Path")
            obj = at_path(path, kind) if kind in SECURABLES else None
            if obj is None:
                target.report.gap("security entry without its object", told_of.path)
            else:
                put(target, obj.KIND, obj.pk, told_of)


def _kinds() -> list[str]:
    inside = [kind for kind, found in SECURABLES.items() if found.database is not None and kind != "EventFrame"]
    known = set(SecurityEntry.objects.values_list("kind", flat=True).distinct())
    return [kind for kind in inside if kind in known]


def _of_kind(scope: Scope, kind: str) -> Iterator[tuple[Any, SecurityEntry]]:
    model = next(model for model in apps.get_models() if getattr(model, "KIND", "") == kind)
    column = SECURABLES[kind].database or "pk"
    mine = scope.see(model._default_manager.filter(**{column: scope.database.pk}))
    rows = {row.pk: row for row in mine.filter(pk__in=SecurityEntry.objects.filter(kind=kind).values("object_id"))}
    for row in entries_of(kind, list(rows)):
        yield rows[row.object_id], row


def identity(target: Target, name: str, description: str = "", is_enabled: bool = True) -> SecurityIdentity:
    found, made = SecurityIdentity.objects.get_or_create(
        server=target.database.server,
        name_key=fold(name),
        defaults={"name": name, "description": description, "is_enabled": is_enabled},
    )
    if made:
        target.report.created["security identities"] += 1
    return found


def put(target: Target, kind: str, key: Any, told_of: Node) -> None:
    """The entry of the file for an object; one that is there and says the same is left alone."""
    try:
        allow, deny = (rights.parse(told_of.text(name).split(), name) for name in ("Allow", "Deny"))
    except BadRequest as error:
        target.report.gap("right that is not known", f"{told_of.path}: {error}")
        return
    wanted = {"allow": allow, "deny": deny, "for_children": told_of.flag("ApplyToChildren", True)}
    wanted["removed"] = told_of.flag("Removed")
    where = {"kind": kind, "object_id": key, "item": told_of.text("Item") or DEFAULT}
    where["identity"] = identity(target, told_of.text("Identity"))
    known = SecurityEntry.objects.filter(**where).first()
    told_of.finish(target.report)
    if known is None:
        SecurityEntry.objects.create(**where, **wanted)
        target.report.created["security entries"] += 1
    elif any(getattr(known, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(known, name, value)
        known.save()
        target.report.updated["security entries"] += 1
    else:
        target.report.unchanged["security entries"] += 1
