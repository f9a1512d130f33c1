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


class DataServer(Named):
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
