"""Elements and their further places in the tree."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from piwebapi.models import AssetDatabase, Element, ElementReference
from piwebapi.resources.elements import ELEMENT
from piwebapi.services import elements as services

from .base import HEAD, section
from .writing import ServiceAdmin, ServiceForm, Writing, delete_each


@admin.register(Element)
class ElementAdmin(ServiceAdmin):
    """Renaming moves the paths of all elements below in one statement, whatever their number."""

    resource = ELEMENT
    writing = Writing(
        services.create,
        services.update,
        delete_each(services.delete),
        homes=("parent", "database"),
        once=("database", "parent"),
    )
    relations = ("database__server", "template")
    list_display = ("name", "path", "template", "description", "database")
    list_filter = ("database", ("template", AutocompleteSelectFilter))
    search_fields = ("name",)
    ordering = ("path_key",)
    autocomplete_fields = ("database", "parent", "template", "categories")
    readonly_fields = ("path", *HEAD, "contents")
    inside = (
        ("elements", "piwebapi.element", "parent"),
        ("attributes", "piwebapi.attribute", "element"),
        ("analyses", "piwebapi.analysis", "element"),
        ("references", "piwebapi.elementreference", "child"),
        ("event frames", "events.eventframe", "primary_element"),
    )
    add_fieldsets = (
        section("Place", "database", "parent"),
        section("Element", "name", "description", "template", "categories"),
    )
    fieldsets = (
        section("Element", "name", "description", "template", "categories", "contents"),
        section("Place", "database", "parent", "path"),
        section("Extended properties", "extended_properties", folded=True),
        section("Identity", *HEAD, folded=True),
    )


def refer(home: AssetDatabase | Element, *, now: int, child: Element, type: str = "") -> ElementReference:
    services.refer(home, child, type)
    return ElementReference.objects.get(child=child, parent=home if isinstance(home, Element) else None)


def forget(rows: QuerySet[ElementReference]) -> None:
    for row in rows.select_related("parent", "child__database"):
        services.forget(row.parent or row.child.database, [row.child])


class ReferenceWriting(Writing):
    """An empty parent is the root of the child's database."""

    def home(self, values: Any) -> list[Any]:
        return [values.get("parent") or values["child"].database]

    def spoken(self, form: Any, names: Any) -> dict[str, Any]:
        return {name: form.cleaned_data[name] for name in ("child", "type")}


class ReferenceForm(ServiceForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "parent" in self.fields:
            self.fields["parent"].required = False
            self.fields["parent"].help_text = "Empty: the root of the database."


@admin.register(ElementReference)
class ElementReferenceAdmin(ServiceAdmin):
    form = ReferenceForm
    writing = ReferenceWriting(refer, None, forget, homes=())
    relations = ("child", "parent")
    list_display = ("child_path", "place", "type")
    search_fields = ("child__name",)
    searched = "child__name_key"
    ordering = ("child__path_key", "pk")
    autocomplete_fields = ("child", "parent")
    add_fieldsets = (section("Reference", "child", "parent", "type"),)

    @display(description="Element", ordering="child__path_key")
    def child_path(self, row: ElementReference) -> str:
        return row.child.path

    @display(description="Also at", ordering="parent__path_key")
    def place(self, row: ElementReference) -> str | SafeString:
        return row.parent.path if row.parent else "the root of the database"
