"""Event frames. Every change takes a number of the counter ``eventframes``, and what is deleted leaves a tombstone, so
that the lake and the live feed miss nothing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from events import bulk, services
from events.models import SEVERITIES, EventFrame, EventFrameReference
from events.resources import EVENT_FRAME
from piwebapi.admin.base import HEAD, label_of, section
from piwebapi.admin.writing import ServiceAdmin, Writing, now
from piwebapi.core.times import format_ticks
from piwebapi.models import Element

from .filters import AcknowledgedFilter, SeverityFilter, StartedFilter, StateFilter
from .severity import severity_field
from .times import TimesForm, time_field

COLOURS = ("", "info", "info", "warning", "warning", "danger")


class FrameForm(TimesForm):
    start = time_field("Empty: now, or as it is.", required=False)
    end = time_field("Empty: it goes on.", required=False)
    severity = severity_field()
    elements = forms.ModelMultipleChoiceField(
        Element.objects.none(), required=False, help_text="The first one is the primary element."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["elements"]
        chosen.queryset = Element.objects.all()
        chosen.label_from_instance = label_of
        chosen.widget = AutocompleteSelectMultiple(EventFrameReference._meta.get_field("element"), admin.site)
        chosen.widget.choices = chosen.choices
        frame = self.instance
        if not frame._state.adding:
            self.initial |= {
                "start": format_ticks(frame.start),
                "end": "" if frame.end is None else format_ticks(frame.end),
                "elements": [reference.element_id for reference in frame.references.all()],
            }

    def clean_elements(self) -> list[Element]:
        """In the order in which they were chosen."""
        rows = {str(row.pk): row for row in self.cleaned_data["elements"]}
        key = self.add_prefix("elements")
        order = self.data.getlist(key) if hasattr(self.data, "getlist") else self.data.get(key, ())
        return [rows[pk] for pk in order if pk in rows]


@admin.register(EventFrame)
class EventFrameAdmin(ServiceAdmin):
    resource = EVENT_FRAME
    form = FrameForm
    writing = Writing(
        services.create, services.update, bulk.delete, homes=("parent", "database"), once=("database", "parent")
    )
    relations = ("template", "primary_element", "database__server")
    list_display = ("name", "shown_severity", "state", "started", "ended", "template", "element", "acknowledged_by")
    list_filter = (
        StateFilter,
        SeverityFilter,
        AcknowledgedFilter,
        StartedFilter,
        ("template", AutocompleteSelectFilter),
        "database",
    )
    search_fields = ("name",)
    ordering = ("-changed", "pk")
    autocomplete_fields = ("database", "parent", "template", "categories")
    readonly_fields = (
        "can_be_acknowledged",
        "acknowledged_by",
        "acknowledged",
        "is_locked",
        "values_captured",
        "changed",
        *HEAD,
        "contents",
    )
    inside = (
        ("attributes", "events.eventframeattribute", "frame"),
        ("annotations", "events.annotation", "frame"),
        ("referenced elements", "events.eventframereference", "frame"),
        ("event frames", "events.eventframe", "parent"),
    )
    actions = ("acknowledge", "close", "export_csv")
    add_fieldsets = (
        section("Place", "database", "parent"),
        section("Event frame", "name", "description", "template", "severity", "start", "end", "elements", "categories"),
    )
    fieldsets = (
        section("Event frame", "name", "description", "template", "severity", "start", "end", "elements", "categories"),
        section("State", "acknowledged_by", "acknowledged", "can_be_acknowledged", "is_locked", "values_captured"),
        section("What belongs to it", "contents"),
        section("Extended properties", "extended_properties", folded=True),
        section("Identity", "database", "parent", "changed", *HEAD, folded=True),
    )

    @display(description="Severity", ordering="severity", label=dict(zip(SEVERITIES, COLOURS, strict=True)))
    def shown_severity(self, frame: EventFrame) -> str:
        return SEVERITIES[frame.severity]

    @display(description="State", ordering="end", label={"Open": "success"})
    def state(self, frame: EventFrame) -> str:
        return "Open" if frame.end is None else "Closed"

    @display(description="Start", ordering="start")
    def started(self, frame: EventFrame) -> str:
        return format_ticks(frame.start)

    @display(description="End", ordering="end", empty_value="")
    def ended(self, frame: EventFrame) -> str | None:
        return None if frame.end is None else format_ticks(frame.end)

    @display(description="Element", ordering="primary_element__path_key")
    def element(self, frame: EventFrame) -> str:
        return frame.primary_element.path if frame.primary_element else ""

    @display(description="Acknowledged at", ordering="acknowledged_at")
    def acknowledged(self, frame: EventFrame) -> str:
        return "" if frame.acknowledged_at is None else format_ticks(frame.acknowledged_at)

    @admin.action(description="Acknowledge", permissions=["change"])
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[EventFrame]) -> None:
        number = bulk.acknowledge(queryset, request.user.get_username(), now())
        self._told(request, number, queryset, "acknowledged", "need none or have been")

    @admin.action(description="Close now", permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[EventFrame]) -> None:
        number = bulk.close(queryset, now())
        self._told(request, number, queryset, "closed", "are closed already or locked")

    def _told(self, request: HttpRequest, number: int, rows: QuerySet[Any], done: str, others: str) -> None:
        left = rows.count() - number
        more = f" {left:,} {others}." if left > 0 else ""
        self.message_user(request, f"{number:,} {done}.{more}", messages.SUCCESS if number else messages.WARNING)
