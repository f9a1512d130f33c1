"""Asset servers with their databases, and data servers."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from .base import Named


class AssetServer(Named):
    KIND = "AssetServer"

    extended_properties = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("name_key", name="asset_server_name")]

    @property
    def full_path(self) -> str:
        return f"\\\\{self.name}"

    @property
    def server_guid(self) -> UUID:
        return self.pk


class PointAcl(models.Model):
    """Who may do what with points, as a text that many of them share (`piwebapi.core.pointsecurity`)."""

    text = models.CharField(max_length=2000, unique=True)

    def __str__(self) -> str:
        return self.text


class WithPointSecurity(models.Model):
    """Nothing said: of a point what its server says, of a server what is usual."""

    pt_acl = models.ForeignKey(PointAcl, models.PROTECT, null=True, blank=True, related_name="+")
    data_acl = models.ForeignKey(PointAcl, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True


class DataServer(WithPointSecurity, Named):
    KIND = "DataServer"

    class Meta:
        constraints = [models.UniqueConstraint("name_key", name="data_server_name")]

    @property
    def full_path(self) -> str:
        """The vendor tells data servers by this form and takes ``\\\\name`` as input."""
        return f"\\\\PIServers[{self.name}]"

    @property
    def server_guid(self) -> UUID:
        return self.pk


class AssetDatabase(Named):
    KIND = "AssetDatabase"

    server = models.ForeignKey(AssetServer, models.CASCADE, related_name="databases")
    extended_properties = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("server", "name_key", name="asset_database_name")]

    @property
    def full_path(self) -> str:
        return f"\\\\{self.server.name}\\{self.name}"

    @property
    def server_guid(self) -> UUID:
        return self.server_id
