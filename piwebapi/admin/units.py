"""The unit of measure database."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.widgets import UnfoldAdminTextInputWidget

from piwebapi.models import Unit, UnitClass
from piwebapi.resources.units import UNIT, UNIT_CLASS
from piwebapi.services import units

from .base import HEAD, section
from .writing import ServiceAdmin, ServiceForm, Writing


class UnitClassForm(ServiceForm):
    """A class is born with its canonical unit."""

    canonical_name = forms.CharField(max_length=260, widget=UnfoldAdminTextInputWidget)
    canonical_abbreviation = forms.CharField(max_length=60, widget=UnfoldAdminTextInputWidget)


@admin.register(UnitClass)
class UnitClassAdmin(ServiceAdmin):
    resource = UNIT_CLASS
    writing = Writing(units.create_unit_class, units.update_unit_class, homes=("server",), once=("server",))
    relations = ("server",)
    list_display = ("name", "description", "server")
    search_fields = ("name",)
    ordering = ("name_key", "pk")
    autocomplete_fields = ("server",)
    readonly_fields = (*HEAD, "contents")
    inside = (("units", "piwebapi.unit", "unit_class"),)
    add_fieldsets = (
        section("Unit class", "server", "name", "description"),
        section("Its canonical unit", "canonical_name", "canonical_abbreviation"),
    )
    fieldsets = (
        section("Unit class", "name", "description", "contents"),
        section("Identity", "server", *HEAD, folded=True),
    )

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs, **({} if obj else {"form": UnitClassForm}))


def delete(rows: QuerySet[Unit]) -> None:
    for unit in rows:
        units.delete_unit(unit)


@admin.register(Unit)
class UnitAdmin(ServiceAdmin):
    """value in the reference unit = value * factor + offset; the factor to the canonical unit follows from it."""

    resource = UNIT
    writing = Writing(units.create_unit, units.update_unit, delete, homes=("unit_class",), once=("unit_class",))
    relations = ("unit_class__server", "reference")
    list_display = ("name", "abbreviation", "unit_class", "factor", "offset", "canonical")
    list_filter = (("unit_class", AutocompleteSelectFilter),)
    search_fields = ("name",)
    ordering = ("name_key", "pk")
    autocomplete_fields = ("unit_class", "reference")
    readonly_fields = ("canonical", "factor", "offset", *HEAD)
    add_fieldsets = (
        section("Unit", "unit_class", "name", "abbreviation", "description"),
        section("Conversion", "reference", "reference_factor", "reference_offset"),
    )
    fieldsets = (
        section("Unit", "name", "abbreviation", "description"),
        section("Conversion", "reference", "reference_factor", "reference_offset", "factor", "offset", "canonical"),
        section("Identity", "unit_class", *HEAD, folded=True),
    )
