"""Rules that make event frames out of data, and what their evaluation remembers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from events.models.rules import EventRule, RuleBackfill, RuleFrame, RuleState
from events.rules import evaluation, services
from piwebapi.admin.base import ReadOnlyAdmin, section
from piwebapi.admin.filters import choice, equal, flagged
from piwebapi.admin.writing import ServiceAdmin, ServiceForm, Writing, now
from piwebapi.core.times import TICKS_PER_DAY, format_ticks

from .severity import severity_field


class RuleForm(ServiceForm):
    severity = severity_field()


CONDITION = ("start_condition", "end_condition", "true_for_seconds", "resolution_seconds", "delay_seconds")
FRAME = ("frame_template", "severity", "name_pattern", "captured", "constants")


@admin.register(EventRule)
class EventRuleAdmin(ServiceAdmin):
    """A rule is tried out on the present data before it is saved."""

    form = RuleForm
    writing = Writing(services.create, services.update, homes=("database",), once=("database",))
    relations = ("database__server", "element_template", "frame_template")
    list_display = ("name", "element_template", "start_condition", "enabled", "evaluated_until", "elements", "error")
    list_filter = ("database", choice("state", "enabled", flagged("enabled", "Enabled", "Disabled")))
    search_fields = ("name",)
    ordering = ("name", "pk")
    autocomplete_fields = ("database", "element_template", "frame_template")
    readonly_fields = ("analysis", "evaluated_until", "evaluated", "seconds", "elements", "error", "contents")
    inside = (
        ("elements at which something goes on", "events.rulestate", "rule"),
        ("event frames made", "events.ruleframe", "rule"),
        ("backfills", "events.rulebackfill", "rule"),
    )
    actions = ("enable", "disable", "try_out", "backfill", "export_csv")
    add_fieldsets = (
        section("Rule", "database", "name", "description", "element_template", "scope", "enabled"),
        section("Condition", *CONDITION),
        section("Event frames", *FRAME),
    )
    fieldsets = (
        section("Rule", "name", "description", "element_template", "scope", "enabled", "contents"),
        section("Condition", *CONDITION),
        section("Event frames", *FRAME),
        section("State", "evaluated_until", "evaluated", "seconds", "elements", "error", "analysis", "database"),
    )

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        term = search_term.strip()
        return (queryset.filter(name__istartswith=term) if term else queryset), False

    @display(description="Evaluated up to", ordering="until")
    def evaluated_until(self, rule: EventRule) -> str:
        return "" if rule.until is None else format_ticks(rule.until)

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[EventRule]) -> None:
        self._switch(request, queryset.filter(enabled=False), True)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[EventRule]) -> None:
        self._switch(request, queryset.filter(enabled=True), False)

    @admin.action(description="Try out on the last 24 hours", permissions=["view"])
    def try_out(self, request: HttpRequest, queryset: QuerySet[EventRule]) -> None:
        """Writes nothing."""
        moment = now()
        for rule in queryset:
            trial = evaluation.try_out(rule, moment - TICKS_PER_DAY, moment, moment)
            first = "; ".join(f"{one['element']} at {format_ticks(one['start'])}" for one in trial.episodes[:5])
            told = (
                f"{rule}: {trial.begun} event frames at {trial.elements} elements, {trial.ended} of them over. {first}"
            )
            self.message_user(request, told, messages.SUCCESS)

    @admin.action(description="Make the event frames of the last 24 hours", permissions=["change"])
    def backfill(self, request: HttpRequest, queryset: QuerySet[EventRule]) -> None:
        moment = now()
        for rule in queryset:
            evaluation.request_backfill(rule, moment - TICKS_PER_DAY, moment, timezone.now())
        self.message_user(request, "A worker makes them; how far it is stands among the backfills.", messages.SUCCESS)

    def _switch(self, request: HttpRequest, rules: QuerySet[EventRule], on: bool) -> None:
        rows = list(rules)
        for rule in rows:
            services.update(rule, now=now(), enabled=on)
        self.message_user(request, f"{len(rows)} {'enabled' if on else 'disabled'}.", messages.SUCCESS)


class RuleMemoryAdmin(ReadOnlyAdmin):
    relations = ("rule", "element")
    ordering = ("-pk",)

    @display(description="Element", ordering="element__path_key")
    def element_path(self, row: RuleState | RuleFrame) -> str:
        return row.element.path


@admin.register(RuleState)
class RuleStateAdmin(RuleMemoryAdmin):
    list_display = ("rule", "element_path", "holds_since", "open_since")

    @display(description="Holds since", ordering="pending")
    def holds_since(self, row: RuleState) -> str:
        return "" if row.pending is None else format_ticks(row.pending)

    @display(description="Frame open since", ordering="opened")
    def open_since(self, row: RuleState) -> str:
        return "" if row.opened is None else format_ticks(row.opened)


@admin.register(RuleFrame)
class RuleFrameAdmin(RuleMemoryAdmin):
    list_display = ("rule", "element_path", "frame_id", "started", "ended")
    ordering = ("-start", "pk")

    @display(description="Start", ordering="start")
    def started(self, row: RuleFrame) -> str:
        return format_ticks(row.start)

    @display(description="End", ordering="end")
    def ended(self, row: RuleFrame) -> str:
        return "" if row.end is None else format_ticks(row.end)


@admin.register(RuleBackfill)
class RuleBackfillAdmin(ReadOnlyAdmin):
    relations = ("rule",)
    list_display = ("rule", "started", "ended", "state", "frames", "error")
    list_filter = (choice("state", "state", equal("state", (name for name, _ in RuleBackfill.STATES))),)
    ordering = ("-pk",)

    @display(description="Start", ordering="start")
    def started(self, row: RuleBackfill) -> str:
        return format_ticks(row.start)

    @display(description="End", ordering="end")
    def ended(self, row: RuleBackfill) -> str:
        return format_ticks(row.end)
