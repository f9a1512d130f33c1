"""Who counts as whom, and what these may do with an object."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from .base import Named
from .servers import AssetServer


class OnServer(Named):
    COLLECTION: str

    class Meta:
        abstract = True

    @property
    def full_path(self) -> str:
        return f"{self.server.full_path}\\{self.COLLECTION}[{self.name}]"

    @property
    def server_guid(self) -> UUID:
        return self.server_id


class SecurityIdentity(OnServer):
    """What rights are given to; users and groups are mapped to it."""

    KIND = "SecurityIdentity"
    COLLECTION = "SecurityIdentities"

    server = models.ForeignKey(AssetServer, models.CASCADE, related_name="security_identities")
    is_enabled = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "security identities"
        constraints = [models.UniqueConstraint("server", "name_key", name="security_identity_name")]


class SecurityMapping(OnServer):
    """`account` is the name of a user or a group of this site; a domain in front of it does not count."""

    KIND = "SecurityMapping"
    COLLECTION = "SecurityMappings"

    server = models.ForeignKey(AssetServer, models.CASCADE, related_name="security_mappings")
    account = models.CharField(max_length=260)
    identity = models.ForeignKey(SecurityIdentity, models.CASCADE, related_name="mappings")

    class Meta:
        constraints = [models.UniqueConstraint("server", "name_key", name="security_mapping_name")]


class SecurityEntry(models.Model):
    """The rights of one identity on one object, as bits (`piwebapi.core.rights`).

    The object may be of any kind, so it is told by kind and id. `item` tells of servers and databases
    which kind of object inside them is meant. Without `for_children` only the object itself is meant.
    `removed`: the entry that comes down from above does not hold here.
    """

    kind = models.CharField(max_length=40)
    object_id = models.UUIDField()
    item = models.CharField(max_length=40, default="Default")
    identity = models.ForeignKey(SecurityIdentity, models.CASCADE, related_name="entries")
    allow = models.PositiveIntegerField(default=0)
    deny = models.PositiveIntegerField(default=0)
    for_children = models.BooleanField(default=True)
    removed = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "security entries"
        constraints = [models.UniqueConstraint("kind", "object_id", "item", "identity", name="security_entry")]
