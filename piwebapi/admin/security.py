"""Security identities, who is mapped to them, and what they may do with objects."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from piwebapi.models import AssetServer, SecurityEntry, SecurityIdentity, SecurityMapping
from piwebapi.services import objects

from .base import HEAD, ReadOnlyAdmin, section
from .servers import update
from .writing import ServiceAdmin, Writing


def create_identity(server: AssetServer, *, now: int, **values: Any) -> SecurityIdentity:
    made: SecurityIdentity = objects.insert(SecurityIdentity(server=server, **values))
    return made


@admin.register(SecurityIdentity)
class SecurityIdentityAdmin(ServiceAdmin):
    writing = Writing(create_identity, update, homes=("server",), once=("server",))
    relations = ("server",)
    list_display = ("name", "description", "is_enabled", "server")
    search_fields = ("name",)
    ordering = ("name_key", "pk")
    autocomplete_fields = ("server",)
    readonly_fields = (*HEAD, "contents")
    inside = (
        ("mappings", "piwebapi.securitymapping", "identity"),
        ("entries", "piwebapi.securityentry", "identity"),
    )
    add_fieldsets = (section("Security identity", "server", "name", "description", "is_enabled"),)
    fieldsets = (
        section("Security identity", "name", "description", "is_enabled", "contents"),
        section("Identity", "server", *HEAD, folded=True),
    )


@admin.register(SecurityMapping)
class SecurityMappingAdmin(ReadOnlyAdmin):
    relations = ("server", "identity")
    list_display = ("name", "account", "identity", "server")
    search_fields = ("name",)
    ordering = ("name_key", "pk")


@admin.register(SecurityEntry)
class SecurityEntryAdmin(ReadOnlyAdmin):
    relations = ("identity",)
    list_display = ("kind", "object_id", "item", "identity", "allow", "deny", "for_children")
    ordering = ("kind", "object_id", "pk")
