"""Analyses of elements and analysis templates."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from .base import InDatabase, Named
from .categories import AnalysisCategory
from .elements import Element
from .templates import ElementTemplate


class AnalysisFields(models.Model):
    """Rules are kept as the names of their plug-ins and their configuration texts."""

    rule_plugin = models.CharField(max_length=100, blank=True, default="")
    rule_config = models.TextField(blank=True, default="")
    time_plugin = models.CharField(max_length=100, blank=True, default="")
    time_config = models.TextField(blank=True, default="")
    group_id = models.IntegerField(default=0)
    output_time = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        abstract = True


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
