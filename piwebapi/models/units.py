"""The unit of measure database of an asset server."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from .base import Named
from .servers import AssetServer


class UnitClass(Named):
    """Units that can be converted into each other; one of them is canonical."""

    KIND = "UnitClass"

    server = models.ForeignKey(AssetServer, models.CASCADE, related_name="unit_classes")

    class Meta:
        verbose_name_plural = "unit classes"
        constraints = [models.UniqueConstraint("server", "name_key", name="unit_class_name")]

    @property
    def full_path(self) -> str:
        return f"\\\\{self.server.name}\\UOMDatabase\\UOMClasses[{self.name}]"

    @property
    def server_guid(self) -> UUID:
        return self.server_id


class Unit(Named):
    """value in the canonical unit = value * factor + offset."""

    KIND = "Unit"

    unit_class = models.ForeignKey(UnitClass, models.CASCADE, related_name="units")
    abbreviation = models.CharField(max_length=60)
    factor = models.FloatField(default=1.0)
    offset = models.FloatField(default=0.0)
    canonical = models.BooleanField(default=False)
    #: the unit that `reference_factor` and `reference_offset` lead to; null for the canonical one only
    reference = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)
    reference_factor = models.FloatField(default=1.0)
    reference_offset = models.FloatField(default=0.0)

    class Meta:
        constraints = [models.UniqueConstraint("unit_class", "name_key", name="unit_name")]
        indexes = [models.Index(fields=["abbreviation"])]

    @property
    def full_path(self) -> str:
        return f"\\\\{self.unit_class.server.name}\\UOMDatabase\\{self.name}"

    @property
    def server_guid(self) -> UUID:
        return self.unit_class.server_id
