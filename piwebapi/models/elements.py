"""Elements and their places in the tree."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from .base import Named, Ref
from .categories import ElementCategory
from .lookups import FoldedField
from .servers import AssetDatabase
from .templates import ElementTemplate


class Element(Named):
    """`path` is the way from the database down (``Plant\\Unit\\Pump``) over the first parent.

    It is stored so that a look-up by path is one index access and a search below an element is a
    prefix; renaming rewrites the paths below in one statement (`services.elements`).
    """

    KIND = "Element"

    database = models.ForeignKey(AssetDatabase, models.CASCADE, related_name="elements")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    template = models.ForeignKey(ElementTemplate, models.SET_NULL, null=True, blank=True, related_name="elements")
    type = models.CharField(max_length=20, default="None")
    path = models.CharField(max_length=2000)
    path_key = FoldedField(source="path", max_length=2000)
    extended_properties = models.JSONField(default=dict, blank=True)
    categories = models.ManyToManyField(ElementCategory, blank=True, related_name="elements")

    class Meta:
        constraints = [models.UniqueConstraint("database", "path_key", name="element_path")]
        indexes = [
            models.Index(fields=["database", "name_key", "id"], name="element_by_name"),
            models.Index(fields=["template", "name_key", "id"], name="element_by_template"),
            models.Index(fields=["parent", "name_key"]),
            models.Index(fields=["database", "parent", "name_key"]),
        ]

    @property
    def full_path(self) -> str:
        return f"{self.database.full_path}\\{self.path}"

    @property
    def server_guid(self) -> UUID:
        return self.database.server_id

    @property
    def parent_ref(self) -> Ref | None:
        if self.parent_id is None:
            return None
        path = self.full_path.rpartition("\\")[0]
        return Ref("Element", self.server_guid, self.parent_id, path)


class ElementReference(models.Model):
    """A further parent of an element; `parent` null = the root of the database."""

    child = models.ForeignKey(Element, models.CASCADE, related_name="references")
    parent = models.ForeignKey(Element, models.CASCADE, null=True, related_name="referenced")
    type = models.CharField(max_length=100, default="Parent-Child")

    class Meta:
        constraints = [
            models.UniqueConstraint("child", "parent", name="element_reference"),
            models.UniqueConstraint("child", condition=models.Q(parent=None), name="element_root_reference"),
        ]
