"""The admin site: unfold's, in our colours, with names that tell namesakes apart and a door from WebIds to pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.sites import UnfoldAdminSite

from events.models import SyncRun
from osipi_site.admin_guard import Guarded
from osipi_site.admin_menu import GROUPS
from piwebapi.access import look_up, understand
from piwebapi.core.errors import ApiError


def failed_runs() -> int:
    yesterday = timezone.now() - timedelta(days=1)
    return SyncRun.objects.filter(state="failed", finished__gt=yesterday).count()


class Autocomplete(AutocompleteJsonView):
    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        from piwebapi.admin.base import label_of  # the modules of the admin register with this site

        return {"id": str(getattr(obj, to_field_name)), "text": label_of(obj)}


class Site(UnfoldAdminSite):
    index_title = "Administration"
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        admin_class = admin_class or ModelAdmin
        names = {"__module__": admin_class.__module__, "__doc__": admin_class.__doc__}
        super().register(model_or_iterable, type(admin_class.__name__, (Guarded, admin_class), names), **options)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        return Autocomplete.as_view(admin_site=self)(request)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Colours come from a file of ours: a style sheet inside the page would need a laxer policy."""
        return {**super().each_context(request), "colors": {}}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The first page shows the groups of the sidebar; what has no place there comes last."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        models = {item["model"]._meta.label_lower: item for app in apps for item in app["models"]}
        groups = {
            title: [models.pop(label) | {"name": name} for name, _, label in items if label in models]
            for title, items in GROUPS.items()
        }
        groups["Further"] = list(models.values())
        return [
            {"name": title, "app_label": title, "app_url": "", "has_module_perms": True, "models": items}
            for title, items in groups.items()
            if items
        ]

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Only groups in which the user may see something; failed runs of the last day stand beside their item."""
        groups = super().get_sidebar_list(request)
        for item in (item for group in groups for item in group["items"]):
            failed = item["model"] == "events.syncrun" and item["has_permission"] and failed_runs()
            if failed:
                item |= {"badge": str(failed), "badge_variant": "danger"}
        return [group for group in groups if any(item["has_permission"] for item in group["items"])]

    def extra_urls(self) -> list[URLPattern]:
        return [path("object/<str:web_id>/", self.admin_view(self.of_object), name="object")]

    def of_object(self, request: HttpRequest, web_id: str) -> HttpResponseBase:
        """From a page of the site to the form of the same object."""
        try:
            found = look_up(understand(web_id))
        except ApiError:
            found = None
        if found is None or not self.is_registered(type(found)):
            raise Http404(f"Nothing is here under the WebId '{web_id}'.")
        name = f"admin:{found._meta.app_label}_{found._meta.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=(found.pk,)))
