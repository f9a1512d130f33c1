"""Security identities, who is mapped to them, and what they may do with objects."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from unfold.decorators import display

from piwebapi.core import rights
from piwebapi.models import SecurityEntry, SecurityIdentity, SecurityMapping
from piwebapi.resources.security import SECURITY_IDENTITY, SECURITY_MAPPING
from piwebapi.services import objects
from piwebapi.services import security as services

from .base import HEAD, ReadOnlyAdmin, section
from .writing import ServiceAdmin, Writing


@admin.register(SecurityIdentity)
class SecurityIdentityAdmin(ServiceAdmin):
    resource = SECURITY_IDENTITY
    writing = Writing(services.create_identity, services.update_identity, homes=("server",), once=("server",))
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


def create_mapping(server: Any, *, now: int, identity: str, **values: Any) -> SecurityMapping:
    return services.create_mapping(server, now=now, identity=named(server, identity), **values)


def update_mapping(mapping: SecurityMapping, *, now: int, identity: str | None = None, **changes: Any) -> None:
    chosen = {} if identity is None else {"identity": named(mapping.server, identity)}
    services.update_mapping(mapping, now=now, **chosen, **changes)


def named(server: Any, name: str) -> SecurityIdentity:
    return objects.one_named(SecurityIdentity.objects.filter(server=server), name, "The security identity")


@admin.register(SecurityMapping)
class SecurityMappingAdmin(ServiceAdmin):
    """The account is a user or a group of this site."""

    resource = SECURITY_MAPPING
    writing = Writing(create_mapping, update_mapping, homes=("server",), once=("server", "account"))
    relations = ("server", "identity")
    list_display = ("name", "account", "identity", "server")
    search_fields = ("name",)
    ordering = ("name_key", "pk")
    autocomplete_fields = ("server", "identity")
    readonly_fields = HEAD
    add_fieldsets = (section("Security mapping", "server", "name", "description", "account", "identity"),)
    fieldsets = (
        section("Security mapping", "name", "description", "account", "identity"),
        section("Identity", "server", *HEAD, folded=True),
    )


@admin.register(SecurityEntry)
class SecurityEntryAdmin(ReadOnlyAdmin):
    """Given and taken over REST, where an entry is written for an object."""

    relations = ("identity",)
    list_display = ("kind", "object_id", "item", "identity", "allowed", "denied", "for_children")
    ordering = ("kind", "object_id", "pk")

    @display(description="Allowed")
    def allowed(self, entry: SecurityEntry) -> str:
        return ", ".join(rights.names(entry.allow))

    @display(description="Denied")
    def denied(self, entry: SecurityEntry) -> str:
        return ", ".join(rights.names(entry.deny))
