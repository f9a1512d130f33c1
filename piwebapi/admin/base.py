"""What every list and page of the admin has: it stays quick at full size and leads back to the site.

A list joins what its rows show (`relations`), so a row costs no query; a search is a prefix of a folded
column; a file holds exactly the columns of its list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import ShowFacets
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import ForeignKey, ManyToManyField, Model, QuerySet, TextField
from django.http import HttpRequest, HttpResponseBase
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from piwebapi.api.resource import Resource

from . import removal, search, sheets

#: what the head of an object tells beside its name
HEAD = ("web_id", "full_path", "created", "modified")


def section(title: str, *fields: str, folded: bool = False) -> tuple[str, dict[str, Any]]:
    """A part of a form."""
    return title, {"fields": fields, "classes": ("collapse",) if folded else ()}


def label_of(obj: Model) -> str:
    """An object among its namesakes: in lists to choose from, `Unit_1` alone says nothing."""
    if hasattr(obj, "trail"):
        owner = next(getattr(obj, name) for name in ("element", "frame", "element_template") if hasattr(obj, name))
        return f"{label_of(owner)}|{obj.trail}"
    return getattr(obj, "path", None) or str(obj)


class Admin(ModelAdmin):
    """`resource` is the REST form of the object, to which "View on site" leads. `inside` names what lives in it:
    (title, model in lower case with its app, column that points here)."""

    relations: ClassVar[Sequence[str]] = ()
    resource: ClassVar[Resource | None] = None
    inside: ClassVar[Sequence[tuple[str, str, str]]] = ()
    #: too much lives in one of these to be looked through before it is deleted
    holds_much: ClassVar[bool] = False
    #: the folded column that a search looks into
    searched: ClassVar[str] = "name_key"

    formfield_overrides: ClassVar[dict[Any, Any]] = {
        TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 3})}
    }
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_fullwidth = True
    list_filter_submit = True
    warn_unsaved_form = True
    actions: Sequence[str] = ("export_csv",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.relations)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        return queryset.filter(search.found(self.model, self.searched, search_term)), False

    def get_view_on_site_url(self, obj: Model | None = None) -> str | None:
        if obj is None or self.resource is None:
            return None
        return f"/piwebapi/{self.resource.segment}/{obj.web_id()}"

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        return _labelled(super().formfield_for_foreignkey(db_field, request, **kwargs))

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        return _labelled(super().formfield_for_manytomany(db_field, request, **kwargs))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        if self.holds_much:
            told = [(obj, self.contents(obj)) for obj in objs]
            kinds = {apps.get_model(model) for _, model, _ in self.inside}
            return removal.outline(told, kinds, request, self.admin_site)
        return removal.summary(objs, request, self.admin_site)

    @display(description="Holds")
    def contents(self, obj: Model) -> str:
        """Links to what lives in the object, with how many there are; one count each, though templates ask several
        times."""
        if not hasattr(obj, "shown_contents"):
            obj.shown_contents = format_html_join(" · ", "{}", ((self._content(obj, *part),) for part in self.inside))
        return obj.shown_contents

    def _content(self, obj: Model, title: str, model: str, column: str) -> str:
        count = apps.get_model(model)._default_manager.filter(**{column: obj}).count()
        try:
            url = reverse(f"admin:{model.replace('.', '_')}_changelist", query={f"{column}__id__exact": obj.pk})
        except NoReverseMatch:
            return f"{count:,} {title}"
        return format_html('<a class="content-link" href="{}">{} {}</a>', url, f"{count:,}", title)

    @admin.action(description="Export as CSV", permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase:
        return sheets.csv_of(self, request, queryset)


def _labelled(field: Any) -> Any:
    if field is not None and isinstance(field.widget, AutocompleteSelect):
        field.label_from_instance = label_of
    return field


class ReadOnlyAdmin(Admin):
    """Rows that the server writes for itself; somebody who may look can look."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
