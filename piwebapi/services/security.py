"""Security identities, mappings and entries. `piwebapi.policy` heeds every change."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from piwebapi import policy, securables
from piwebapi.core import rights
from piwebapi.core.errors import BadRequest, NotFound
from piwebapi.core.webid import fold
from piwebapi.models import AssetServer, SecurityEntry, SecurityIdentity, SecurityMapping
from piwebapi.policy import DEFAULT, Entry

from . import objects

BORN = (
    (policy.WORLD, "Everybody who may use the service", "\\Everyone", rights.READERS),
    (policy.ADMINISTRATORS, "Who may write everywhere", "BUILTIN\\Administrators", rights.ALL),
)


@receiver(post_save, sender=AssetServer)
def give_birth(instance: AssetServer, created: bool, raw: bool = False, **_: object) -> None:
    """A new asset server is readable for everybody and writable for its administrators."""
    if created and not raw:
        for name, description, account, allow in BORN:
            identity = SecurityIdentity.objects.create(server=instance, name=name, description=description)
            SecurityMapping.objects.create(server=instance, name=name, account=account, identity=identity)
            SecurityEntry.objects.create(
                kind=instance.KIND, object_id=instance.pk, identity=identity, allow=allow, for_children=True
            )


def create_identity(server: AssetServer, *, now: int, **values: Any) -> SecurityIdentity:
    return objects.insert(SecurityIdentity(server=server, **values))


def update_identity(identity: SecurityIdentity, *, now: int, **changes: Any) -> None:
    objects.change(identity, changes)


def create_mapping(server: AssetServer, *, now: int, identity: SecurityIdentity, **values: Any) -> SecurityMapping:
    """Without a name it is called as the account. BadRequest for an identity of another server."""
    values["name"] = values.get("name") or values["account"].replace("\\", " ").strip()
    return objects.insert(SecurityMapping(server=server, identity=_of(server, identity), **values))


def update_mapping(mapping: SecurityMapping, *, now: int, **changes: Any) -> None:
    changes.pop("account", None)
    if "identity" in changes:
        _of(mapping.server, changes["identity"])
    objects.change(mapping, changes)


def _of(server: AssetServer, identity: SecurityIdentity) -> SecurityIdentity:
    if identity.server_id != server.pk:
        raise BadRequest("The security identity belongs to another asset server.")
    return identity


def entries(obj: Any, item: str = DEFAULT) -> list[tuple[SecurityIdentity, Entry]]:
    """What holds for an object, by the names of the identities."""
    found = policy.current().effective(securables.chain(obj, item))
    identities = SecurityIdentity.objects.filter(pk__in=found).select_related("server").order_by("name_key")
    return [(identity, found[identity.pk][1]) for identity in identities]


def entry(obj: Any, name: str, item: str = DEFAULT) -> tuple[SecurityIdentity, Entry]:
    """The identity and the entry of this name that hold for the object. NotFound where there is none."""
    for identity, found in entries(obj, item):
        if fold(identity.name) == fold(name):
            return identity, found
    raise NotFound(f"There is no security entry '{name}'.")


def create_entry(obj: Any, item: str, *, identity_name: str, allow: int, deny: int, for_children: bool) -> str:
    """The name of the new entry; one that only came down from above is replaced."""
    server = obj.server_guid
    identity = objects.one_named(SecurityIdentity.objects.filter(server=server), identity_name, "The security identity")
    if identity is None:
        raise BadRequest("SecurityIdentityName must not be empty.")
    present = SecurityEntry.objects.filter(kind=obj.KIND, object_id=obj.pk, item=item, identity=identity).first()
    if present is not None and not present.removed:
        raise BadRequest(f"There is already a security entry '{identity.name}' here.")
    _put(obj, item, identity, allow, deny, for_children)
    return identity.name


def update_entry(obj: Any, item: str, name: str, *, allow: int, deny: int, for_children: bool) -> None:
    identity, _ = entry(obj, name, item)
    _put(obj, item, identity, allow, deny, for_children)


def delete_entry(obj: Any, item: str, name: str, *, for_children: bool) -> None:
    """An entry that comes down from above is taken away here by one that says so."""
    identity, _ = entry(obj, name, item)
    SecurityEntry.objects.filter(kind=obj.KIND, object_id=obj.pk, item=item, identity=identity).delete()
    if any(above.pk == identity.pk for above, _ in entries(obj, item)):
        _put(obj, item, identity, 0, 0, for_children, removed=True)


def _put(
    obj: Any,
    item: str,
    identity: SecurityIdentity,
    allow: int,
    deny: int,
    for_children: bool,
    removed: bool = False,
) -> None:
    SecurityEntry.objects.update_or_create(
        kind=obj.KIND,
        object_id=obj.pk,
        item=item,
        identity=identity,
        defaults={"allow": allow, "deny": deny, "for_children": for_children, "removed": removed},
    )


def forget_gone(obj: Any) -> None:
    """Takes away the entries of objects like a deleted one that are no more: entries cannot point at their
    objects as foreign keys would. Costs nothing while there are no entries of the kind."""
    if any(kind == obj.KIND for kind, _, _ in policy.current().entries):
        present = type(obj)._default_manager.values("pk")
        SecurityEntry.objects.filter(kind=obj.KIND).exclude(object_id__in=present).delete()
