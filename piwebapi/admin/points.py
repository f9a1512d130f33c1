"""Points of the data archive."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from piwebapi.models import POINT_TYPES, Point
from piwebapi.resources.points import POINT
from piwebapi.services import dataservers

from .base import section
from .filters import PointTypeFilter, SimulatedFilter
from .writing import ServiceAdmin, ServiceForm, Writing

IDENTITY = ("server", "id", "point_class", "point_source", "extras", "web_id", "full_path", "modified")
RANGE = ("engineering_units", "zero", "span", "step", "display_digits")


class PointForm(ServiceForm):
    point_type = forms.ChoiceField(
        choices=[(name, name) for name in POINT_TYPES], widget=UnfoldAdminSelectWidget, initial="Float32"
    )


@admin.register(Point)
class PointAdmin(ServiceAdmin):
    """What REST lets nobody change later (type, digital set, range) stays here, too."""

    resource = POINT
    form = PointForm
    writing = Writing(
        dataservers.create_point,
        dataservers.update_point,
        homes=("server",),
        once=("server", "point_type", "point_class", "digital_set", "zero", "span", "future"),
    )
    relations = ("server", "digital_set")
    list_display = ("name", "point_type", "engineering_units", "descriptor", "is_simulated", "server")
    list_filter = ("server", PointTypeFilter, SimulatedFilter)
    search_fields = ("name",)
    ordering = ("name_key", "pk")
    autocomplete_fields = ("server", "digital_set")
    readonly_fields = ("id", "signal", "noise", "point_source", "extras", "web_id", "full_path", "modified", "contents")
    inside = (("attributes that refer to it", "piwebapi.attribute", "point"),)
    add_fieldsets = (
        section("Point", "server", "name", "descriptor"),
        section("Values", "point_type", "digital_set", *RANGE, "future"),
    )
    fieldsets = (
        section("Point", "name", "descriptor", "contents"),
        section("Values", "point_type", "digital_set", *RANGE, "future"),
        section("Simulation", "signal", "noise", folded=True),
        section("Identity", *IDENTITY, folded=True),
    )

    @display(description="Simulated", boolean=True, ordering="signal")
    def is_simulated(self, point: Point) -> bool:
        return point.simulated
