"""Attributes of elements."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from .attributefields import OwnedAttribute
from .elements import Element
from .lookups import Number


class Attribute(OwnedAttribute):
    element = models.ForeignKey(Element, models.CASCADE, related_name="attributes")

    class Meta:
        constraints = [models.UniqueConstraint("element", "trail_key", name="attribute_name")]
        indexes = [
            models.Index(fields=["name_key"]),
            models.Index(models.F("trail_key"), Number("value"), name="attribute_by_number"),
        ]

    @property
    def full_path(self) -> str:
        return f"{self.element.full_path}|{self.trail}"

    @property
    def server_guid(self) -> UUID:
        return self.element.database.server_id

    @property
    def owner_letter(self) -> str:
        return "E"

    @property
    def owner_guid(self) -> UUID:
        return self.element_id
