"""The library of a database: categories, enumeration sets and tables."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.widgets import UnfoldAdminTextareaWidget

from piwebapi.models import EnumerationSet, EnumerationValue, Table
from piwebapi.resources import categories as category_resources
from piwebapi.resources.enumerations import ENUMERATION_SET, ENUMERATION_VALUE
from piwebapi.resources.tables import TABLE
from piwebapi.services import databases, objects

from .base import HEAD, section
from .writing import ServiceAdmin, ServiceForm, ServiceInline, Writing


class LibraryAdmin(ServiceAdmin):
    relations = ("database__server",)
    list_display = ("name", "description", "database")
    list_filter = ("database",)
    search_fields = ("name",)
    ordering = ("name_key", "pk")
    autocomplete_fields = ("database",)
    readonly_fields = HEAD


def _register_category(category_resource: Any, model: Any) -> None:
    title = model._meta.verbose_name.capitalize()

    class CategoryAdmin(LibraryAdmin):
        resource = category_resource
        writing = Writing(databases.creator(model), objects.update, once=("database",))
        add_fieldsets = (section(title, "database", "name", "description"),)
        fieldsets = (
            section(title, "name", "description"),
            section("Identity", "database", *HEAD, folded=True),
        )

    admin.site.register(model, CategoryAdmin)


for one_resource, one_model in category_resources.ALL:
    _register_category(one_resource, one_model)


VALUE_WRITING = Writing(
    databases.create_enumeration_value,
    databases.update_enumeration_value,
    homes=("enumeration_set",),
    once=("enumeration_set",),
)


class EnumerationValueInline(ServiceInline):
    model = EnumerationValue
    writing = VALUE_WRITING
    fields = ("value", "name", "description")
    ordering = ("value",)


@admin.register(EnumerationSet)
class EnumerationSetAdmin(ServiceAdmin):
    """Of an asset database, or a digital state set of a data server."""

    resource = ENUMERATION_SET
    writing = Writing(
        databases.create_enumeration_set,
        objects.update,
        homes=("database", "data_server"),
        once=("database", "data_server"),
    )
    relations = ("database__server", "data_server")
    list_display = ("name", "description", "database", "data_server")
    list_filter = ("database", "data_server")
    search_fields = ("name",)
    ordering = ("name_key", "pk")
    autocomplete_fields = ("database", "data_server")
    readonly_fields = HEAD
    inlines = (EnumerationValueInline,)
    add_fieldsets = (section("Enumeration set", "database", "data_server", "name", "description"),)
    fieldsets = (
        section("Enumeration set", "name", "description"),
        section("Identity", "database", "data_server", *HEAD, folded=True),
    )


@admin.register(EnumerationValue)
class EnumerationValueAdmin(ServiceAdmin):
    resource = ENUMERATION_VALUE
    writing = VALUE_WRITING
    relations = ("enumeration_set__database__server", "enumeration_set__data_server")
    list_display = ("name", "value", "enumeration_set", "description")
    list_filter = (("enumeration_set", AutocompleteSelectFilter),)
    search_fields = ("name",)
    ordering = ("name_key", "pk")
    autocomplete_fields = ("enumeration_set",)
    readonly_fields = ("parent", *HEAD)
    add_fieldsets = (section("Enumeration value", "enumeration_set", "value", "name", "description"),)
    fieldsets = (
        section("Enumeration value", "value", "name", "description"),
        section("Identity", "enumeration_set", "parent", *HEAD, folded=True),
    )


class TableForm(ServiceForm):
    data = forms.JSONField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 20}),
        help_text='{"Columns": {name: type}, "Rows": [{name: value}]}, as in the REST service; replaces everything.',
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        table = self.instance
        self.initial["data"] = {"Columns": table.columns, "Rows": table.records()}


def create_table(home: Any, *, now: int, data: Any = None, **values: Any) -> Table:
    table = databases.creator(Table)(home, now=now, **values)
    if data is not None:
        databases.replace_table_data(table, data)
    return table


def update_table(table: Table, *, now: int, data: Any = None, **changes: Any) -> None:
    if changes:
        objects.update(table, now=now, **changes)
    if data is not None:
        databases.replace_table_data(table, data)


@admin.register(Table)
class TableAdmin(LibraryAdmin):
    resource = TABLE
    form = TableForm
    writing = Writing(create_table, update_table, once=("database",))
    autocomplete_fields = ("database", "categories")
    add_fieldsets = (
        section("Table", "database", "name", "description", "categories"),
        section("Data", "time_zone", "convert_to_local_time", "data"),
    )
    fieldsets = (
        section("Table", "name", "description", "categories"),
        section("Data", "time_zone", "convert_to_local_time", "data"),
        section("Identity", "database", *HEAD, folded=True),
    )
