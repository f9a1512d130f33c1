"""Analyses, analysis templates and their rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from piwebapi.core import plugins
from piwebapi.models import Analysis, AnalysisRule, AnalysisTemplate, TimeRule
from piwebapi.resources.analyses import ANALYSIS, ANALYSIS_TEMPLATE
from piwebapi.resources.rules import ANALYSIS_RULE, TIME_RULE
from piwebapi.services import analyses, rules

from .base import HEAD, Admin, section
from .filters import choice, equal
from .library import LibraryAdmin
from .writing import ServiceAdmin, ServiceForm, Writing

PLUG_INS = ("rule_plugin", "time_plugin", "group_id", "output_time")
RUNNING = ("status", "priority", "maximum_queue_size", "publish_results")


def _select(names: Any, initial: str = "", required: bool = True) -> forms.ChoiceField:
    choices = [(name, name) for name in names]
    return forms.ChoiceField(
        choices=choices if required else [("", "None"), *choices],
        initial=initial,
        required=required,
        widget=UnfoldAdminSelectWidget,
    )


class RulesForm(ServiceForm):
    """The plug-ins; their configuration stands on the page of the rule."""

    rule_plugin = _select([plug.name for plug in plugins.of("AnalysisRulePlugIn")], required=False)
    time_plugin = _select([plug.name for plug in plugins.of("TimeRulePlugIn")], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            own = rules.of(self.instance)
            self.initial |= {"rule_plugin": own.rule_plugin, "time_plugin": own.time_plugin}


class AnalysisForm(RulesForm):
    status = _select(analyses.STATUSES.values(), "Disabled")
    priority = _select(analyses.PRIORITIES.values(), "Normal")


class WithRules(Admin):
    """The rules of a list of analyses are read once for all of them."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("time_rule_row").prefetch_related("rules")

    @display(description="Rule")
    def rule_name(self, analysis: Any) -> str:
        return rules.of(analysis).rule_plugin

    @display(description="Time rule")
    def time_rule_name(self, analysis: Any) -> str:
        return rules.of(analysis).time_plugin


@admin.register(AnalysisTemplate)
class AnalysisTemplateAdmin(WithRules, LibraryAdmin):
    resource = ANALYSIS_TEMPLATE
    form = RulesForm
    writing = Writing(analyses.create_template, analyses.update_template, once=("database",))
    relations = ("database__server", "target")
    list_display = ("name", "target", "rule_name", "time_rule_name", "database")
    autocomplete_fields = ("database", "target", "categories")
    readonly_fields = (*HEAD, "contents")
    inside = (
        ("analyses", "piwebapi.analysis", "template"),
        ("rules", "piwebapi.analysisrule", "template"),
        ("time rules", "piwebapi.timerule", "template"),
    )
    add_fieldsets = (
        section("Analysis template", "database", "name", "description", "target", "create_enabled", "categories"),
        section("Rules", *PLUG_INS),
    )
    fieldsets = (
        section("Analysis template", "name", "description", "target", "create_enabled", "categories", "contents"),
        section("Rules", *PLUG_INS),
        section("Identity", "database", *HEAD, folded=True),
    )


@admin.register(Analysis)
class AnalysisAdmin(WithRules, ServiceAdmin):
    resource = ANALYSIS
    form = AnalysisForm
    writing = Writing(analyses.create, analyses.update, homes=("element",), once=("element",))
    relations = ("element__database__server", "template")
    list_display = ("name", "element_path", "rule_name", "time_rule_name", "status")
    list_filter = (
        choice("status", "status", equal("status", analyses.STATUSES.values())),
        ("template", AutocompleteSelectFilter),
    )
    search_fields = ("name",)
    ordering = ("name_key", "pk")
    autocomplete_fields = ("element", "template", "categories")
    readonly_fields = (*HEAD, "contents")
    inside = (("rules", "piwebapi.analysisrule", "analysis"), ("time rules", "piwebapi.timerule", "analysis"))
    add_fieldsets = (
        section("Analysis", "element", "name", "description", "template", "categories"),
        section("Rules", *PLUG_INS),
        section("Running", *RUNNING),
    )
    fieldsets = (
        section("Analysis", "name", "description", "template", "categories", "contents"),
        section("Rules", *PLUG_INS),
        section("Running", *RUNNING),
        section("Identity", "element", *HEAD, folded=True),
    )

    @display(description="Element", ordering="element__path_key")
    def element_path(self, analysis: Analysis) -> str:
        return analysis.element.path


class RuleAdmin(ServiceAdmin):
    """A rule is chosen on the page of its analysis; here its configuration is written."""

    writing = Writing(None, rules.update, None, homes=(), once=("analysis", "template"))
    relations = ("analysis__element__database__server", "template__database__server")
    list_display = ("plug_in", "owner_path", "config_string")
    search_fields = ("plug_in",)
    ordering = ("-pk",)
    autocomplete_fields = ("analysis", "template")
    readonly_fields = ("plug_in", "web_id", "full_path")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        term = search_term.strip()
        return (queryset.filter(plug_in__istartswith=term) if term else queryset), False

    @display(description="Of")
    def owner_path(self, rule: AnalysisRule | TimeRule) -> str:
        return rule.owner.full_path


@admin.register(AnalysisRule)
class AnalysisRuleAdmin(RuleAdmin):
    resource = ANALYSIS_RULE
    readonly_fields = (*RuleAdmin.readonly_fields, "parent")
    fieldsets = (
        section("Analysis rule", "plug_in", "config_string", "variable_mapping"),
        section("Identity", "analysis", "template", "parent", "web_id", "full_path", folded=True),
    )


@admin.register(TimeRule)
class TimeRuleAdmin(RuleAdmin):
    resource = TIME_RULE
    fieldsets = (
        section("Time rule", "plug_in", "config_string", "merge_duplicated_items"),
        section("Identity", "analysis", "template", "web_id", "full_path", folded=True),
    )
