"""Enumeration sets of AF databases and digital state sets of data servers."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from .base import Named
from .servers import AssetDatabase, DataServer


class EnumerationSet(Named):
    """Belongs to an asset database or, as a digital state set, to a data server."""

    KIND = "EnumerationSet"

    database = models.ForeignKey(AssetDatabase, models.CASCADE, null=True, blank=True)
    data_server = models.ForeignKey(DataServer, models.CASCADE, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("database", "name_key", name="enumeration_set_name"),
            models.UniqueConstraint("data_server", "name_key", name="digital_set_name"),
            models.CheckConstraint(
                condition=models.Q(database__isnull=True) ^ models.Q(data_server__isnull=True),
                name="enumeration_set_has_one_home",
            ),
        ]

    @property
    def full_path(self) -> str:
        home = self.database.full_path if self.database else f"\\\\{self.data_server.name}"
        return f"{home}\\EnumerationSets[{self.name}]"

    @property
    def server_guid(self) -> UUID:
        return self.database.server_id if self.database else self.data_server_id

    @property
    def owner_letter(self) -> str:
        return "R" if self.database_id else "D"

    def states(self) -> dict[int, str]:
        """Code to name."""
        return dict(self.values.values_list("value", "name"))


class EnumerationValue(Named):
    KIND = "EnumerationValue"

    enumeration_set = models.ForeignKey(EnumerationSet, models.CASCADE, related_name="values")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    value = models.IntegerField()

    class Meta:
        ordering = ["value"]
        constraints = [
            models.UniqueConstraint("enumeration_set", "name_key", name="enumeration_value_name"),
            models.UniqueConstraint("enumeration_set", "value", name="enumeration_value_value"),
        ]

    @property
    def full_path(self) -> str:
        return f"{self.enumeration_set.full_path}\\{self.name}"

    @property
    def server_guid(self) -> UUID:
        return self.enumeration_set.server_guid

    @property
    def owner_letter(self) -> str:
        return self.enumeration_set.owner_letter

    @property
    def owner_guid(self) -> UUID:
        return self.enumeration_set_id
