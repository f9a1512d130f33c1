"""What belongs to event frames: attributes, referenced elements, annotations, tombstones. A frame has changed when a
part of it has."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from events import services
from events.models import Annotation, EventFrame, EventFrameAttribute, EventFrameReference, EventFrameTombstone
from piwebapi.admin import attributes
from piwebapi.admin.base import HEAD, ReadOnlyAdmin, section
from piwebapi.admin.writing import ServiceAdmin, Writing, now
from piwebapi.core.times import format_ticks
from piwebapi.resources.attributes import ATTRIBUTE


def create_attribute(home: EventFrame | EventFrameAttribute, *, now: int, **values: Any) -> EventFrameAttribute:
    make = services.create_attribute if isinstance(home, EventFrame) else attributes.services.create
    made: EventFrameAttribute = make(home, now=now, **values)
    return made


def delete_attributes(rows: QuerySet[EventFrameAttribute]) -> None:
    rows.delete()


def delete_annotations(rows: QuerySet[Annotation]) -> None:
    frames = {row.frame_id: row.frame for row in rows.select_related("frame")}
    rows.delete()
    for frame in frames.values():
        services.touch(frame)


@admin.register(EventFrameAttribute)
class EventFrameAttributeAdmin(attributes.AttributesAdmin):
    resource = ATTRIBUTE
    writing = Writing(
        create_attribute, attributes.update, delete_attributes, homes=("parent", "frame"), once=("frame", "parent")
    )
    relations = ("frame__database__server", "unit")
    list_display = ("trail", "frame", "value", "type", "unit")
    readonly_fields = (*attributes.AttributesAdmin.readonly_fields, "template", "point")
    ordering = ("-pk",)
    search_fields = ("name",)
    add_fieldsets = (
        section("Place", "frame", "parent"),
        section("Attribute", "name", "description", *attributes.SHAPE, "categories"),
        section("Where its value comes from", *attributes.SOURCE),
    )
    fieldsets = (
        section("Attribute", "name", "description", *attributes.SHAPE, "categories"),
        section("Where its value comes from", *attributes.SOURCE, "point"),
        section("Place", "frame", "parent", "trail", "template"),
        section("Further", *attributes.FLAGS, folded=True),
        section("Identity", *HEAD, folded=True),
    )


@admin.register(EventFrameReference)
class EventFrameReferenceAdmin(ReadOnlyAdmin):
    """Chosen on the page of the event frame."""

    relations = ("frame", "element")
    list_display = ("frame", "element_path", "position")
    search_fields = ("frame__name",)
    searched = "frame__name_key"
    ordering = ("-pk",)

    @display(description="Element", ordering="element__path_key")
    def element_path(self, reference: EventFrameReference) -> str:
        return reference.element.path


@admin.register(Annotation)
class AnnotationAdmin(ServiceAdmin):
    writing = Writing(
        services.annotate, services.change_annotation, delete_annotations, homes=("frame",), once=("frame",)
    )
    relations = ("frame",)
    list_display = ("name", "frame", "description", "creator", "made", "attachment_name")
    search_fields = ("name",)
    ordering = ("-created", "pk")
    autocomplete_fields = ("frame",)
    readonly_fields = ("id", "creator", "made", "modifier", "last_changed", "attachment_name", "attachment_type")
    add_fieldsets = (section("Annotation", "frame", "name", "description", "value"),)
    fieldsets = (
        section("Annotation", "frame", "name", "description", "value"),
        section("History", "creator", "made", "modifier", "last_changed"),
        section("Attachment", "attachment_name", "attachment_type"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Annotation]:
        return super().get_queryset(request).defer("attachment")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        term = search_term.strip()
        return (queryset.filter(name__istartswith=term) if term else queryset), False

    def save_model(self, request: HttpRequest, obj: Annotation, form: Any, change: bool) -> None:
        by, values = request.user.get_username(), {name: form.cleaned_data[name] for name in form.changed_data}
        if change:
            services.change_annotation(self.get_queryset(request).get(pk=obj.pk), by, now(), **values)
            return
        made = services.annotate(values.pop("frame"), by, now(), **values)
        obj.__dict__.update(made.__dict__)

    @display(description="Created", ordering="created")
    def made(self, annotation: Annotation) -> str:
        return format_ticks(annotation.created)

    @display(description="Changed", ordering="modified")
    def last_changed(self, annotation: Annotation) -> str:
        return format_ticks(annotation.modified)


@admin.register(EventFrameTombstone)
class EventFrameTombstoneAdmin(ReadOnlyAdmin):
    list_display = ("name", "frame_id", "started", "changed", "deleted")
    ordering = ("-changed",)

    @display(description="Start", ordering="start")
    def started(self, tombstone: EventFrameTombstone) -> str:
        return format_ticks(tombstone.start)
