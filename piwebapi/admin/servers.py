"""Asset servers, data servers and asset databases."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action

from piwebapi.models import AssetDatabase, AssetServer, DataServer
from piwebapi.resources.databases import ASSET_DATABASE
from piwebapi.resources.servers import ASSET_SERVER, DATA_SERVER
from piwebapi.services import databases, objects

from . import importing
from .base import HEAD, section
from .writing import ServiceAdmin, Writing


def creator(model: type[Any]) -> Any:
    def create(*, now: int, **values: Any) -> Any:
        return objects.insert(model(**values))

    return create


class ServerAdmin(ServiceAdmin):
    holds_much = True
    list_display = ("name", "description", "created")
    search_fields = ("name",)
    ordering = ("name_key",)
    readonly_fields = (*HEAD, "contents")


@admin.register(AssetServer)
class AssetServerAdmin(ServerAdmin):
    resource = ASSET_SERVER
    writing = Writing(creator(AssetServer), objects.update, homes=())
    inside = (
        ("databases", "piwebapi.assetdatabase", "server"),
        ("unit classes", "piwebapi.unitclass", "server"),
    )
    add_fieldsets = (section("Asset server", "name", "description"),)
    fieldsets = (
        section("Asset server", "name", "description", "contents"),
        section("Extended properties", "extended_properties", folded=True),
        section("Identity", *HEAD, folded=True),
    )


@admin.register(DataServer)
class DataServerAdmin(ServerAdmin):
    resource = DATA_SERVER
    writing = Writing(creator(DataServer), objects.update, homes=())
    inside = (
        ("points", "piwebapi.point", "server"),
        ("digital state sets", "piwebapi.enumerationset", "data_server"),
    )
    add_fieldsets = (section("Data server", "name", "description"),)
    fieldsets = (
        section("Data server", "name", "description", "contents"),
        section("Identity", *HEAD, folded=True),
    )


@admin.register(AssetDatabase)
class AssetDatabaseAdmin(ServiceAdmin):
    resource = ASSET_DATABASE
    holds_much = True
    writing = Writing(databases.create_database, objects.update, homes=("server",), once=("server",))
    relations = ("server",)
    list_display = ("name", "server", "description", "created")
    search_fields = ("name",)
    ordering = ("name_key",)
    autocomplete_fields = ("server",)
    readonly_fields = (*HEAD, "contents")
    inside = (
        ("elements", "piwebapi.element", "database"),
        ("element templates", "piwebapi.elementtemplate", "database"),
        ("enumeration sets", "piwebapi.enumerationset", "database"),
        ("tables", "piwebapi.table", "database"),
        ("event frames", "events.eventframe", "database"),
    )
    actions_list = ("import_af",)
    actions_row = actions_detail = ("export_af",)
    add_fieldsets = (section("Asset database", "server", "name", "description"),)
    fieldsets = (
        section("Asset database", "server", "name", "description", "contents"),
        section("Extended properties", "extended_properties", folded=True),
        section("Identity", *HEAD, folded=True),
    )

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    @action(description="Import AF XML", url_path="import-af", permissions=["import"], icon="upload_file")
    def import_af(self, request: HttpRequest) -> HttpResponse:
        return importing.page(self, request)

    @action(description="Export AF XML", url_path="export-af", permissions=["view"], icon="download")
    def export_af(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The file as the REST service gives it, with the rights of who asks."""
        database = self.get_object(request, unquote(object_id))
        if database is None:
            raise Http404
        return redirect(f"/piwebapi/{ASSET_DATABASE.segment}/{database.web_id()}/export")
