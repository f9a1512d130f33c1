"""From which objects an object has its rights, and which rows of a list a caller may see.

An object's own entries count first, then those of what it lives in: parent elements, the database, the asset
server. The same rule is told twice, once for one object in memory (`chain`) and once as a condition of the
database (`visible`). Event frames hand rights down over three levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from piwebapi import policy as policies
from piwebapi.callers import Caller
from piwebapi.core import rights
from piwebapi.models import ElementTemplate
from piwebapi.policy import DEFAULT, Key, Policy
from piwebapi.queries import filters

GENERATIONS = 3


@dataclass(frozen=True)
class Securable:
    """Where objects of a kind live: columns that lead to the element, database and server (empty: there is
    none, or it is the row itself). `item` is the security item by which servers and databases speak of them;
    `parents`: they may lie in one another."""

    item: str
    element: str | None = None
    database: str | None = None
    server: str | None = None
    parents: bool = False
    #: the column of the element template whose entries count before the database's
    template: str | None = None


_ON_ELEMENT = {"element": "element", "database": "element__database", "server": "element__database__server"}
_IN_DATABASE = {"database": "database", "server": "database__server"}
_IN_TEMPLATE = {"database": "element_template__database", "server": "element_template__database__server"}
SECURABLES: dict[str, Securable] = {
    "AssetServer": Securable("Default", server=""),
    "AssetDatabase": Securable("Database", database="", server="server"),
    "Element": Securable("Element", element="", **_IN_DATABASE),
    "Analysis": Securable("Analysis", **_ON_ELEMENT),
    "NotificationRule": Securable("NotificationRule", **_ON_ELEMENT),
    "NotificationRuleTemplate": Securable("NotificationRuleTemplate", **_IN_TEMPLATE, template="element_template"),
    "EventFrame": Securable("EventFrame", **_IN_DATABASE, parents=True),
    "ElementTemplate": Securable("ElementTemplate", **_IN_DATABASE),
    "AnalysisTemplate": Securable("AnalysisTemplate", **_IN_DATABASE),
    "EnumerationSet": Securable("EnumerationSet", **_IN_DATABASE),
    "Table": Securable("Table", **_IN_DATABASE),
    "ElementCategory": Securable("Category", **_IN_DATABASE),
    "AttributeCategory": Securable("Category", **_IN_DATABASE),
    "AnalysisCategory": Securable("Category", **_IN_DATABASE),
    "TableCategory": Securable("Category", **_IN_DATABASE),
    "NotificationContactTemplate": Securable("NotificationContactTemplate", server="server"),
    "SecurityIdentity": Securable("SecurityIdentity", server="server"),
    "SecurityMapping": Securable("SecurityMapping", server="server"),
}
ITEMS = (DEFAULT, *dict.fromkeys(found.item for found in SECURABLES.values() if found.item != DEFAULT))
#: kinds that have the rights of another object: the way to it
OWNED: dict[str, tuple[str, ...]] = {
    "Attribute": ("element", "frame"),
    "AttributeTemplate": ("element_template",),
    "EnumerationValue": ("enumeration_set",),
    "AnalysisRule": ("analysis", "template"),
    "TimeRule": ("analysis", "template"),
    "NotificationRuleSubscriber": ("rule", "template"),
}


def chain(obj: Any, item: str = "") -> list[Key]:
    """The keys of entries that count for an object, nearest first; empty for points and their servers.

    `item`: of a server or database, the rights on its objects of this kind.
    """
    while obj is not None and obj.KIND in OWNED:
        owners = (getattr(obj, name, None) for name in OWNED[obj.KIND])
        obj = next((owner for owner in owners if owner is not None), None)
    securable = SECURABLES.get(getattr(obj, "KIND", ""))
    if securable is None or (obj.KIND == "EnumerationSet" and obj.database_id is None):
        return []
    keys: list[Key] = [(obj.KIND, obj.pk, item)] if item and item != DEFAULT else []
    keys.append((obj.KIND, obj.pk, DEFAULT))
    keys += _frames_above(obj) if securable.parents else []
    if securable.template is not None:
        keys.append(("ElementTemplate", _at(obj, securable.template).pk, DEFAULT))
    if securable.element is not None:
        element = _at(obj, securable.element)
        keys += _elements_above(element.database_id, element.path_key)
    for kind, column in (("AssetDatabase", securable.database), ("AssetServer", securable.server)):
        if column:
            home = _at(obj, column)
            keys += [(kind, home.pk, item or securable.item), (kind, home.pk, DEFAULT)]
    return list(dict.fromkeys(keys))


def _at(obj: Any, column: str) -> Any:
    for name in column.split("__") if column else ():
        obj = getattr(obj, name)
    return obj


def _elements_above(database: UUID, path: str) -> list[Key]:
    """Those with entries, the element at the path among them; no query."""
    found = [
        (len(known), pk)
        for pk, (home, known) in policies.current().places.items()
        if home == database and (path == known or path.startswith(f"{known}\\"))
    ]
    return [("Element", pk, DEFAULT) for _, pk in sorted(found, reverse=True)]


def _frames_above(frame: Any) -> list[Key]:
    keys: list[Key] = []
    while frame.parent_id is not None and len(keys) < GENERATIONS:
        keys.append((frame.KIND, frame.parent_id, DEFAULT))
        frame = frame.parent
    return keys


def mask(caller: Caller, obj: Any, item: str = "") -> int:
    """The rights of a caller on an object, as bits."""
    policy = policies.current()
    keys = [] if policy.is_plain else chain(obj, item)
    found = policy.mask(caller, keys) if keys else (rights.ALL if caller.may_write else rights.READERS)
    if policy.acls:
        found = _of_points(policy, caller, obj, found)
    readable = rights.READERS if caller.may_read else 0
    return found & (rights.ALL if caller.may_write or caller.may_be_granted else readable)


_DATA = rights.JOINED["ReadWriteData"]


def _of_points(policy: Policy, caller: Caller, obj: Any, found: int) -> int:
    """Points have lists of their own; values of an attribute that come from a point take the right on both."""
    if obj.KIND == "Point":
        return policy.point_mask(caller, obj)
    if obj.KIND == "Attribute" and getattr(obj, "point_id", None) is not None:
        return found & (policy.point_mask(caller, obj.point) | ~_DATA)
    return found


def _visible_points(policy: Policy, caller: Caller) -> Q:
    """A point that says nothing has what its server says."""
    silent = [pk for pk, (acl, _) in policy.servers.items() if policy.granted(caller, acl).read]
    heard = [pk for pk in policy.acls if policy.granted(caller, pk).read]
    return Q(pt_acl__in=heard) | Q(pt_acl=None, server__in=silent)


def readable(caller: Caller, obj: Any) -> bool:
    """Whether the caller may know of an object that another one tells of."""
    return policies.current().is_plain or bool(mask(caller, obj) & rights.READ)


def visible(caller: Caller, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows of a list that the caller may read. Costs nothing while nothing has been decided."""
    policy = policies.current()
    kind = getattr(rows.model, "KIND", "")
    if policy.is_plain or getattr(caller.user, "is_superuser", False):
        return rows
    if kind == "Attribute":
        owner = "element" if hasattr(rows.model, "element") else "frame"
        owners = rows.model._meta.get_field(owner).related_model._default_manager.all()
        return rows.filter(**{f"{owner}__in": visible(caller, owners).values("pk")})
    if kind == "Point":
        return rows.filter(_visible_points(policy, caller)) if policy.acls else rows
    if kind not in SECURABLES:
        return rows
    return rows.filter(_Condition(policy, caller, rows.model).build())


#: stands for the object itself where only entries that are handed down count
_BELOW: Key = ("", UUID(int=0), "")


class _Condition:
    """Begins with what holds for the servers and corrects it for databases, elements and single objects whose
    entries make a difference."""

    def __init__(self, policy: Policy, caller: Caller, model: Any) -> None:
        self.policy, self.caller, self.model = policy, caller, model
        self.securable = SECURABLES[model.KIND]
        self.found = Q(pk__in=[])

    def build(self) -> Q:
        for server in self._with_entries("AssetServer"):
            self._correct(self._at("server", server), self._of_server(server), self_keys=2)
        if self.securable.database is not None:
            for database in self.policy.homes:
                self._correct(self._at("database", database), self._of_database(database), self_keys=2)
        if self.securable.element is not None:
            self._correct_elements()
        if self.securable.template is not None:
            self._correct_templates(self.securable.template)
        own = self._with_entries(self.model.KIND)
        rows = {row.pk: row for row in self.model._default_manager.filter(pk__in=own)} if own else {}
        if self.securable.parents:
            for row in sorted(rows.values(), key=lambda row: len(_frames_above(row))):
                self._correct_children(row)
        for row in rows.values():
            self._correct(Q(pk=row.pk), chain(row), own=True)
        return self.found

    def _with_entries(self, kind: str) -> list[UUID]:
        return list(dict.fromkeys(pk for name, pk, _ in self.policy.entries if name == kind))

    def _at(self, which: str, pk: UUID) -> Q:
        column: str = getattr(self.securable, which)
        return Q(**{column or "pk": pk})

    def _of_server(self, server: UUID) -> list[Key]:
        return [("AssetServer", server, self.securable.item), ("AssetServer", server, DEFAULT)]

    def _of_database(self, database: UUID) -> list[Key]:
        own: list[Key] = [("AssetDatabase", database, self.securable.item), ("AssetDatabase", database, DEFAULT)]
        return own + self._of_server(self.policy.homes[database])

    def _readable(self, keys: list[Key]) -> bool:
        return bool(self.policy.mask(self.caller, keys) & rights.READ)

    def _correct(self, region: Q, keys: list[Key], *, own: bool = False, self_keys: int = 1) -> None:
        """Unless the first keys (`self_keys` of them) make no difference to what holds by the others."""
        readable = self._readable(keys if own else [_BELOW, *keys])
        if readable != self._readable([_BELOW, *keys[self_keys:]]):
            self.found = self.found | region if readable else self.found & ~region

    def _correct_elements(self) -> None:
        prefix = f"{self.securable.element}__" if self.securable.element else ""
        for database, path in sorted(self.policy.places.values(), key=lambda place: len(place[1])):
            inside = Q(**{f"{prefix}path_key__wild": filters.below(path)})
            if prefix:
                inside |= Q(**{f"{prefix}path_key": path})
            keys = _elements_above(database, path) + self._of_database(database)
            self._correct(inside & self._at("database", database), keys)

    def _correct_templates(self, column: str) -> None:
        rows = ElementTemplate.objects.filter(pk__in=self._with_entries("ElementTemplate"))
        for row in rows.select_related("database__server"):
            self._correct(Q(**{column: row.pk}), chain(row))

    def _correct_children(self, frame: Any) -> None:
        above = [(frame.KIND, frame.pk, DEFAULT), *_frames_above(frame)]
        for generation in range(1, GENERATIONS + 1):
            region = Q(**{"__".join(["parent"] * generation): frame.pk})
            keys = above[: GENERATIONS - generation + 1]
            self._correct(region, keys + self._of_database_of(frame))

    def _of_database_of(self, frame: Any) -> list[Key]:
        return chain(frame)[-4:]
