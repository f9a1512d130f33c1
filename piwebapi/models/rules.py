"""What analyses do and when: analysis rules, which may hold further rules, and time rules."""

from __future__ import annotations

from uuid import UUID, uuid4, uuid5

from django.db import models
from django.db.models import Q

from .analyses import Analysis, AnalysisTemplate
from .base import Identified


class Rule(Identified):
    """A rule belongs to an analysis or to an analysis template, and is named after its plug-in."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    plug_in = models.CharField(max_length=100, blank=True, default="")
    config_string = models.TextField(blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.plug_in

    @classmethod
    def id_for(cls, owner: Analysis | AnalysisTemplate) -> UUID:
        """The id of the first rule of its kind: it follows from the owner, so that loading twice gives the same."""
        return uuid5(owner.pk, cls.KIND)

    @property
    def owner(self) -> Analysis | AnalysisTemplate:
        return self.analysis or self.template

    @property
    def name(self) -> str:
        return self.plug_in

    @property
    def full_path(self) -> str:
        return f"{self.owner.full_path}\\{self.KIND}"

    @property
    def server_guid(self) -> UUID:
        return self.owner.server_guid

    @property
    def owner_letter(self) -> str:
        return "X" if self.analysis_id else "T"

    @property
    def owner_guid(self) -> UUID:
        return self.analysis_id or self.template_id


class AnalysisRule(Rule):
    """`parent` null: the rule of the analysis itself, of which there is one."""

    KIND = "AnalysisRule"

    analysis = models.ForeignKey(Analysis, models.CASCADE, null=True, blank=True, related_name="rules")
    template = models.ForeignKey(AnalysisTemplate, models.CASCADE, null=True, blank=True, related_name="rules")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    variable_mapping = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["analysis"], condition=Q(parent=None), name="analysis_rule_of_analysis"),
            models.UniqueConstraint(fields=["template"], condition=Q(parent=None), name="analysis_rule_of_template"),
        ]

    @property
    def full_path(self) -> str:
        """Rules below another one may be alike, so paths name them by their ids."""
        root = super().full_path
        return root if self.parent_id is None else f"{root}\\AnalysisRules[{{{self.pk}}}]"


class TimeRule(Rule):
    KIND = "TimeRule"

    analysis = models.OneToOneField(Analysis, models.CASCADE, null=True, blank=True, related_name="time_rule_row")
    template = models.OneToOneField(
        AnalysisTemplate, models.CASCADE, null=True, blank=True, related_name="time_rule_row"
    )
    merge_duplicated_items = models.BooleanField(default=False)
