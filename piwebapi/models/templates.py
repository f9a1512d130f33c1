"""Element templates (also those of event frames) and their attribute templates."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from .attributefields import AttributeFields
from .base import InDatabase
from .categories import AttributeCategory, ElementCategory


class ElementTemplate(InDatabase):
    KIND = "ElementTemplate"
    COLLECTION = "ElementTemplates"

    base = models.ForeignKey("self", models.RESTRICT, null=True, blank=True, related_name="derived")
    instance_type = models.CharField(max_length=20, default="Element")
    naming_pattern = models.TextField(blank=True, default="")
    allow_element_to_extend = models.BooleanField(default=True)
    severity = models.SmallIntegerField(default=0)
    can_be_acknowledged = models.BooleanField(default=False)
    extended_properties = models.JSONField(default=dict, blank=True)
    default_attribute = models.CharField(max_length=260, blank=True, default="")
    categories = models.ManyToManyField(ElementCategory, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("database", "name_key", name="element_template_name")]

    def lineage(self) -> list[ElementTemplate]:
        """The template itself, its base, the base of that ..., nearest first."""
        found, template = [], self
        while template is not None and template not in found:
            found.append(template)
            template = template.base
        return found


class AttributeTemplate(AttributeFields):
    KIND = "AttributeTemplate"

    element_template = models.ForeignKey(ElementTemplate, models.CASCADE, related_name="attribute_templates")
    categories = models.ManyToManyField(AttributeCategory, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("element_template", "trail_key", name="attribute_template_name")]

    @property
    def full_path(self) -> str:
        return f"{self.element_template.full_path}|{self.trail}"

    @property
    def server_guid(self) -> UUID:
        return self.element_template.server_guid

    @property
    def owner_letter(self) -> str:
        return "E"

    @property
    def owner_guid(self) -> UUID:
        return self.element_template_id
