"""Analyses of elements and analysis templates."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models

from .base import InDatabase, Named
from .categories import AnalysisCategory
from .elements import Element
from .templates import ElementTemplate

if TYPE_CHECKING:
    from .rules import AnalysisRule, TimeRule


class AnalysisFields(models.Model):
    """What an analysis does and when are its rules (`piwebapi.models.rules`); readers of many rows prefetch them."""

    group_id = models.IntegerField(default=0)
    output_time = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        abstract = True

    @property
    def rule(self) -> AnalysisRule | None:
        return next((rule for rule in self.rules.all() if rule.parent_id is None), None)

    @property
    def time_rule(self) -> TimeRule | None:
        return getattr(self, "time_rule_row", None)


class AnalysisTemplate(AnalysisFields, InDatabase):
    KIND = "AnalysisTemplate"
    COLLECTION = "AnalysisTemplates"

    target = models.ForeignKey(
        ElementTemplate, models.SET_NULL, null=True, blank=True, related_name="analysis_templates"
    )
    create_enabled = models.BooleanField(default=False)
    categories = models.ManyToManyField(AnalysisCategory, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("database", "name_key", name="analysis_template_name")]


class Analysis(AnalysisFields, Named):
    KIND = "Analysis"

    element = models.ForeignKey(Element, models.CASCADE, related_name="analyses")
    template = models.ForeignKey(AnalysisTemplate, models.SET_NULL, null=True, blank=True)
    status = models.CharField(max_length=20, default="Disabled")
    priority = models.CharField(max_length=20, default="Normal")
    maximum_queue_size = models.IntegerField(default=0)
    publish_results = models.BooleanField(default=False)
    categories = models.ManyToManyField(AnalysisCategory, blank=True)

    class Meta:
        verbose_name_plural = "analyses"
        constraints = [models.UniqueConstraint("element", "name_key", name="analysis_name")]

    @property
    def full_path(self) -> str:
        return f"{self.element.full_path}\\Analyses[{self.name}]"

    @property
    def server_guid(self) -> UUID:
        return self.element.database.server_id
