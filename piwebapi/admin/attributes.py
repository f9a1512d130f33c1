"""Attributes of elements, and what all kinds of attribute show alike."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.widgets import UnfoldAdminSelectWidget

from piwebapi.models import VALUE_TYPES, Attribute
from piwebapi.resources.attributes import ATTRIBUTE
from piwebapi.services import attributes as services

from .base import HEAD, section
from .filters import DataReferenceFilter, ValueTypeFilter
from .writing import ServiceAdmin, ServiceForm, Writing

ONCE = ("element", "parent")
SHAPE = ("type", "enumeration_set", "unit", "display_digits")
SOURCE = ("data_reference", "config_string", "value")
FLAGS = ("is_configuration_item", "is_excluded", "is_hidden", "is_manual_data_entry", "trait_name")


class AttributeForm(ServiceForm):
    type = forms.ChoiceField(
        choices=[(name, name) for name in VALUE_TYPES], widget=UnfoldAdminSelectWidget, initial="Double"
    )


def update(attribute: Any, *, now: int, **changes: Any) -> None:
    """A value is written with its time, and only where no data reference gives one."""
    has_value, value = "value" in changes, changes.pop("value", None)
    if changes:
        services.update(attribute, now=now, **changes)
    if has_value:
        services.set_value(attribute, value, now)


class AttributesAdmin(ServiceAdmin):
    """Shared by attributes of elements, of event frames and of templates."""

    form = AttributeForm
    search_fields = ("name",)
    ordering = ("name_key", "pk")
    autocomplete_fields = ("parent", "enumeration_set", "unit", "categories")
    readonly_fields = ("trail", *HEAD)

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        owner = self.writing.homes[-1]
        return (*super().get_autocomplete_fields(request), owner)


@admin.register(Attribute)
class AttributeAdmin(AttributesAdmin):
    resource = ATTRIBUTE
    writing = Writing(services.create, update, homes=("parent", "element"), once=ONCE)
    relations = ("element__database__server", "unit", "template", "point")
    list_display = ("trail", "element_path", "type", "unit", "data_reference", "point")
    list_filter = (ValueTypeFilter, DataReferenceFilter, ("template", AutocompleteSelectFilter))
    readonly_fields = (*AttributesAdmin.readonly_fields, "template", "point")
    add_fieldsets = (
        section("Place", "element", "parent"),
        section("Attribute", "name", "description", *SHAPE, "categories"),
        section("Where its value comes from", *SOURCE),
        section("Further", *(flag for flag in FLAGS if flag != "is_excluded"), folded=True),
    )
    fieldsets = (
        section("Attribute", "name", "description", *SHAPE, "categories"),
        section("Where its value comes from", *SOURCE, "point"),
        section("Place", "element", "parent", "trail", "template"),
        section("Further", *FLAGS, folded=True),
        section("Identity", *HEAD, folded=True),
    )

    @admin.display(description="Element", ordering="element__path_key")
    def element_path(self, attribute: Attribute) -> str:
        return attribute.element.path
