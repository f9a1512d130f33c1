"""All security entries of the site, in memory: who has which rights where.

Entries are few and read by every request, so each process keeps them and asks only now and then
(OSIPI_POLICY_SECONDS) whether their number of changes has grown; the process that changes them heeds that at
once. While only the entries exist that every asset server is born with, nothing here is evaluated at all.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver

from piwebapi.callers import Caller
from piwebapi.core import pointsecurity, rights
from piwebapi.core.pointsecurity import Grant
from piwebapi.core.webid import fold
from piwebapi.models import (
    AssetDatabase,
    AssetServer,
    Counter,
    DataServer,
    Element,
    Point,
    PointAcl,
    SecurityEntry,
    SecurityIdentity,
    SecurityMapping,
)

#: kind and id of an object, and of servers and databases the security item
Key = tuple[str, UUID, str]
DEFAULT = "Default"

WORLD, ADMINISTRATORS = "World", "Administrators"
#: accounts that are no users or groups: everybody, who has signed in, who may write everywhere
EVERYONE, SIGNED_IN, STAFF = "\\EVERYONE", "NT AUTHORITY\\AUTHENTICATED USERS", "BUILTIN\\ADMINISTRATORS"
#: names that every data archive has
_PI_NAMES = {"PIWORLD": EVERYONE, "PIADMIN": STAFF, "PIADMINS": STAFF}
_USUAL = pointsecurity.parse(pointsecurity.USUAL)
_COUNTER = "security"


@dataclass(frozen=True, slots=True)
class Entry:
    identity: UUID
    allow: int
    deny: int
    for_children: bool
    removed: bool = False


@dataclass(frozen=True)
class Policy:
    """`places` are the elements with entries: id to database and folded path; `homes` the asset servers of the
    databases that entries are about; `accounts` tells which identities an account counts as."""

    version: int
    entries: Mapping[Key, tuple[Entry, ...]] = field(default_factory=dict)
    accounts: Mapping[str, frozenset[UUID]] = field(default_factory=dict)
    places: Mapping[UUID, tuple[UUID, str]] = field(default_factory=dict)
    homes: Mapping[UUID, UUID] = field(default_factory=dict)
    is_plain: bool = True
    #: lists of points by their key, and those of data servers (for the points, for their data)
    acls: Mapping[int, Mapping[str, Grant]] = field(default_factory=dict)
    servers: Mapping[UUID, tuple[int | None, int | None]] = field(default_factory=dict)
    #: identities by their folded names, for the lists of points
    named: Mapping[str, frozenset[UUID]] = field(default_factory=dict)
    _callers: dict[object, frozenset[str]] = field(default_factory=dict, compare=False)

    def effective(self, chain: Iterable[Key]) -> dict[UUID, tuple[Key, Entry]]:
        """Per identity its nearest entry: the object's own, else the first above that is for children."""
        found: dict[UUID, tuple[Key, Entry]] = {}
        for at, key in enumerate(chain):
            for entry in self.entries.get(key, ()):
                if at == 0 or entry.for_children:
                    found.setdefault(entry.identity, (key, entry))
        return {identity: pair for identity, pair in found.items() if not pair[1].removed}

    def mask(self, caller: Caller, chain: Iterable[Key]) -> int:
        """The rights of a caller: what any of the identities is allowed, without what any is denied."""
        if getattr(caller.user, "is_superuser", False):
            return rights.ALL
        mine = self.identities(caller)
        entries = [entry for identity, (_, entry) in self.effective(chain).items() if identity in mine]
        allowed = denied = 0
        for entry in entries:
            allowed |= entry.allow
            denied |= entry.deny
        return allowed & ~denied

    def identities(self, caller: Caller) -> frozenset[UUID]:
        found = [self.accounts.get(account, frozenset()) for account in self.accounts_of(caller)]
        return frozenset().union(*found)

    def accounts_of(self, caller: Caller) -> frozenset[str]:
        key = (getattr(caller.user, "pk", None), caller.may_write)
        if key not in self._callers:
            accounts = [EVERYONE, *([STAFF] if caller.may_write else [])]
            if caller.user is not None:
                groups = caller.user.groups.values_list("name", flat=True)  # type: ignore[attr-defined]
                accounts += [SIGNED_IN, fold(caller.user.get_username()), *map(fold, groups)]
            self._callers[key] = frozenset(accounts)
        return self._callers[key]

    def granted(self, caller: Caller, acl: int | None) -> Grant:
        """What a list of points grants: all that any name grants which the caller goes by."""
        accounts, identities = self.accounts_of(caller), self.identities(caller)
        read = write = False
        for name, grant in self.acls.get(acl or 0, _USUAL).items():
            account = _PI_NAMES.get(fold(name)) or account_key(name)
            if account in accounts or self.named.get(fold(name), frozenset()) & identities:
                read, write = read or grant.read, write or grant.write
        return Grant(read, write)

    def point_acls(self, point: Point) -> tuple[int | None, int | None]:
        """Its own lists, else those of its server."""
        of_points, of_data = self.servers.get(point.server_id, (None, None))
        return point.pt_acl_id or of_points, point.data_acl_id or of_data

    def point_mask(self, caller: Caller, point: Point) -> int:
        if getattr(caller.user, "is_superuser", False):
            return rights.ALL
        seen, data = (self.granted(caller, acl) for acl in self.point_acls(point))
        found = rights.BITS["Read"] if seen.read else 0
        found |= rights.JOINED["ReadWrite"] | rights.BITS["Delete"] | rights.BITS["Admin"] if seen.write else 0
        found |= rights.BITS["ReadData"] | rights.BITS["Subscribe"] if data.read else 0
        return found | (rights.BITS["WriteData"] | rights.BITS["Annotate"] if data.write else 0)


def account_key(account: str) -> str:
    """Special accounts by their full name, others without their domain."""
    folded = fold(account.strip())
    if folded in (EVERYONE, SIGNED_IN, STAFF):
        return folded
    return folded.rpartition("\\")[2].partition("@")[0]


_current: Policy | None = None
_asked = 0.0


def current() -> Policy:
    """The policy as it is now, or was OSIPI_POLICY_SECONDS ago at most."""
    global _current, _asked
    moment = time.monotonic()
    policy = _current
    if policy is not None and moment - _asked < settings.OSIPI_POLICY_SECONDS:
        return policy
    version = Counter.last(_COUNTER)
    if policy is None or policy.version != version:
        policy = _load(version)
    _current, _asked = policy, moment
    return policy


def renewed() -> Policy:
    """The policy as it is this moment, whichever process has changed it."""
    global _asked
    _asked = float("-inf")
    return current()


def forget() -> None:
    global _current
    _current = None


@receiver((post_save, post_delete), sender=SecurityIdentity)
@receiver((post_save, post_delete), sender=SecurityMapping)
@receiver((post_save, post_delete), sender=SecurityEntry)
@receiver((post_save, post_delete), sender=PointAcl)
def changed(**_: object) -> None:
    """To be called also when the paths of elements change. It belongs to the transaction of the change."""
    with transaction.atomic():
        Counter.take(_COUNTER)
        forget()
        transaction.on_commit(forget)


def _load(version: int) -> Policy:
    enabled = set(SecurityIdentity.objects.filter(is_enabled=True).values_list("pk", flat=True))
    accounts: dict[str, set[UUID]] = {}
    for account, identity in SecurityMapping.objects.values_list("account", "identity"):
        if identity in enabled:
            accounts.setdefault(account_key(account), set()).add(identity)
    rows = list(SecurityEntry.objects.select_related("identity"))
    entries: dict[Key, list[Entry]] = {}
    for row in rows:
        entry = Entry(row.identity_id, row.allow, row.deny, row.for_children, row.removed)
        entries.setdefault((row.kind, row.object_id, row.item), []).append(entry)
    elements = [pk for kind, pk, _ in entries if kind == "Element"]
    found = list(Element.objects.filter(pk__in=elements).values_list("pk", "database", "path_key"))
    databases = {pk for kind, pk, _ in entries if kind == "AssetDatabase"} | {home for _, home, _ in found}
    homes = AssetDatabase.objects.filter(pk__in=databases).values_list("pk", "server")
    acls = {acl.pk: pointsecurity.parse(acl.text) for acl in PointAcl.objects.all()}
    return Policy(
        version,
        {key: tuple(several) for key, several in entries.items()},
        {account: frozenset(several) for account, several in accounts.items()},
        {pk: (database, path) for pk, database, path in found},
        dict(homes),
        not acls and _is_plain(rows, accounts),
        acls,
        {pk: (own, data) for pk, own, data in DataServer.objects.values_list("pk", "pt_acl", "data_acl")},
        _by_name(enabled),
    )


def _by_name(enabled: set[UUID]) -> dict[str, frozenset[UUID]]:
    found: dict[str, set[UUID]] = {}
    for pk, name in SecurityIdentity.objects.filter(pk__in=enabled).values_list("pk", "name_key"):
        found.setdefault(fold(name), set()).add(pk)
    return {name: frozenset(several) for name, several in found.items()}


def _is_plain(rows: list[SecurityEntry], accounts: Mapping[str, set[UUID]]) -> bool:
    """Only what every asset server is born with: everybody reads, who may write everywhere does all."""
    born = {
        (row.object_id, row.identity.name, row.allow): row.identity_id
        for row in rows
        if (row.kind, row.item, row.deny, row.for_children) == ("AssetServer", DEFAULT, 0, True)
    }
    world, staff = set(), set()
    for server in AssetServer.objects.values_list("pk", flat=True):
        world.add(born.pop((server, WORLD, rights.READERS), None))
        staff.add(born.pop((server, ADMINISTRATORS, rights.ALL), None))
    as_born = len(rows) == len(world) + len(staff) and None not in world | staff
    members = {account for account, identities in accounts.items() if identities & staff}
    return (
        as_born
        and world <= accounts.get(EVERYONE, set())
        and staff <= accounts.get(STAFF, set())
        and (members <= {STAFF})
    )


@receiver(m2m_changed, sender=get_user_model().groups.through)
def _groups_changed(**_: object) -> None:
    changed()


@receiver(post_save, sender=get_user_model())
def _user_changed(update_fields: frozenset[str] | None = None, **_: object) -> None:
    """Superusers may do everything; signing in changes nothing."""
    if set(update_fields or ()) != {"last_login"} and not current().is_plain:
        changed()
