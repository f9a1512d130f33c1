"""Element templates, also those of event frames, and attribute templates."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminSelectWidget

from piwebapi.api.fields import SEVERITIES
from piwebapi.models import AttributeTemplate, ElementTemplate
from piwebapi.resources.templates import ATTRIBUTE_TEMPLATE, ELEMENT_TEMPLATE
from piwebapi.services import attributes, elementtemplates

from .attributes import FLAGS, SHAPE, SOURCE, AttributesAdmin
from .base import HEAD, section
from .filters import DataReferenceFilter, InstanceTypeFilter, ValueTypeFilter
from .writing import ServiceAdmin, ServiceForm, Writing

HOMES = ("parent", "element_template")


class ElementTemplateForm(ServiceForm):
    instance_type = forms.ChoiceField(
        choices=[(name, name) for name in elementtemplates.INSTANCE_TYPES.values()], widget=UnfoldAdminSelectWidget
    )
    severity = forms.TypedChoiceField(
        choices=list(enumerate(SEVERITIES)), coerce=int, widget=UnfoldAdminSelectWidget, initial=0
    )


@admin.register(ElementTemplate)
class ElementTemplateAdmin(ServiceAdmin):
    resource = ELEMENT_TEMPLATE
    form = ElementTemplateForm
    writing = Writing(elementtemplates.create, elementtemplates.update, once=("database",))
    relations = ("database__server", "base")
    list_display = ("name", "instance_type", "base", "description", "database")
    list_filter = ("database", InstanceTypeFilter)
    search_fields = ("name",)
    ordering = ("name_key", "pk")
    autocomplete_fields = ("database", "base", "categories")
    readonly_fields = ("default_attribute", *HEAD, "contents")
    inside = (
        ("attribute templates", "piwebapi.attributetemplate", "element_template"),
        ("derived templates", "piwebapi.elementtemplate", "base"),
        ("elements", "piwebapi.element", "template"),
        ("event frames", "events.eventframe", "template"),
    )
    add_fieldsets = (
        section("Element template", "database", "name", "description", "instance_type", "base", "categories"),
        section("Naming and extending", "naming_pattern", "allow_element_to_extend"),
        section("Event frames", "severity", "can_be_acknowledged"),
    )
    fieldsets = (
        section("Element template", "name", "description", "instance_type", "base", "categories", "contents"),
        section("Naming and extending", "naming_pattern", "allow_element_to_extend", "default_attribute"),
        section("Event frames", "severity", "can_be_acknowledged"),
        section("Extended properties", "extended_properties", folded=True),
        section("Identity", "database", *HEAD, folded=True),
    )


@admin.register(AttributeTemplate)
class AttributeTemplateAdmin(AttributesAdmin):
    """A new attribute template gives its attribute to the elements that exist already."""

    resource = ATTRIBUTE_TEMPLATE
    writing = Writing(attributes.create_template, attributes.update, homes=HOMES, once=HOMES)
    relations = ("element_template__database__server", "unit")
    list_display = ("trail", "element_template", "type", "unit", "data_reference")
    list_filter = (ValueTypeFilter, DataReferenceFilter)
    add_fieldsets = (
        section("Place", "element_template", "parent"),
        section("Attribute template", "name", "description", *SHAPE, "categories"),
        section("Where the values come from", *SOURCE),
        section("Further", *(flag for flag in FLAGS if flag != "is_excluded"), folded=True),
    )
    fieldsets = (
        section("Attribute template", "name", "description", *SHAPE, "categories"),
        section("Where the values come from", *SOURCE),
        section("Place", "element_template", "parent", "trail"),
        section("Further", *FLAGS, folded=True),
        section("Identity", *HEAD, folded=True),
    )
