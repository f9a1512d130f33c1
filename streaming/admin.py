"""The admin of written values: looked at here, written through streams only, so that nobody misses a change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from piwebapi.admin.base import ReadOnlyAdmin
from piwebapi.core.times import format_ticks
from streaming.archive.rows import series_of
from streaming.core.series import BAD
from streaming.core.states import system_name
from streaming.models import ArchivedBlock, ArchivedEvent, UpdateRegistration, ValueAnnotation, ValueChange


class ValuesAdmin(ReadOnlyAdmin):
    """Millions of rows: the newest first, by the key, and never counted."""

    paginator = InfinitePaginator
    ordering = ("-pk",)
    actions = ()

    @display(description="Time")
    def time(self, row: Any) -> str:
        return format_ticks(row.ticks)

    @display(description="Value")
    def value(self, row: Any) -> Any:
        """As it was written: states of the SYSTEM set by their names, moments as times."""
        if row.flags & BAD:
            return system_name(int(row.number))
        told = series_of([(row.ticks, row.number, row.text, row.flags)]).values[0]
        return format_ticks(told) if isinstance(told, int) else told

    @display(description="Good", boolean=True)
    def is_good(self, row: Any) -> bool:
        return not row.flags & BAD


@admin.register(ArchivedEvent)
class ArchivedEventAdmin(ValuesAdmin):
    relations = ("point",)
    list_display = ("point", "time", "value", "is_good")
    list_filter = (("point", AutocompleteSelectFilter),)


@admin.register(ArchivedBlock)
class ArchivedBlockAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    relations = ("point",)
    list_display = ("point", "begin", "finish", "count")
    list_filter = (("point", AutocompleteSelectFilter),)
    fields = ("point", "begin", "finish", "count")
    ordering = ("-pk",)
    actions = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[ArchivedBlock]:
        return super().get_queryset(request).defer("payload")

    @display(description="First")
    def begin(self, block: ArchivedBlock) -> str:
        return format_ticks(block.first)

    @display(description="Last")
    def finish(self, block: ArchivedBlock) -> str:
        return format_ticks(block.last)


@admin.register(ValueChange)
class ValueChangeAdmin(ValuesAdmin):
    list_display = ("sequence", "point_id", "action", "time", "value", "is_good", "at")


@admin.register(UpdateRegistration)
class UpdateRegistrationAdmin(ReadOnlyAdmin):
    """A client that polls for updates; to delete its row is to end its registration."""

    list_display = ("id", "web_id", "used")
    search_fields = ("web_id",)
    ordering = ("-used", "pk")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("streaming.delete_updateregistration"))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        term = search_term.strip()
        return queryset.filter(Q(web_id__startswith=term) if term else Q()), False


@admin.register(ValueAnnotation)
class ValueAnnotationAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    relations = ("point",)
    list_display = ("point", "time", "name", "description", "creator")
    list_filter = (("point", AutocompleteSelectFilter),)
    ordering = ("-created", "pk")
    actions = ()

    @display(description="Time")
    def time(self, annotation: ValueAnnotation) -> str:
        return format_ticks(annotation.ticks)
