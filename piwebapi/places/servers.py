"""Servers and what lives on them: units, points, plug-ins, security identities and mappings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, QuerySet

from piwebapi import models
from piwebapi.access import Finder, Parts, register
from piwebapi.core.webid import WebId, fold
from piwebapi.queries import numbered, plugins

from .parts import condition, in_portions, is_collection


def _server(model: type[Model], *collections: str) -> Finder:
    def by_path(parts: Parts) -> Any | None:
        if len(parts) != 1 or not is_collection(parts[0], "", *collections):
            return None
        return model._default_manager.filter(condition(parts[0])).first()

    return Finder(lambda: model._default_manager.all(), by_path, "pk")


def _in_uom_database(parts: Parts, length: int) -> bool:
    return len(parts) == length and parts[1].name.lower() == "uomdatabase"


def _unit_class_rows() -> QuerySet[models.UnitClass]:
    return models.UnitClass.objects.select_related("server")


def _unit_class_by_path(parts: Parts) -> models.UnitClass | None:
    if not _in_uom_database(parts, 3) or not is_collection(parts[2], "UOMClasses"):
        return None
    return _unit_class_rows().filter(condition(parts[0], "server__"), condition(parts[2])).first()


def unit_rows() -> QuerySet[models.Unit]:
    return models.Unit.objects.select_related("unit_class__server", "reference")


def _unit_by_path(parts: Parts) -> models.Unit | None:
    if not _in_uom_database(parts, 3) or not is_collection(parts[2], ""):
        return None
    return unit_rows().filter(condition(parts[0], "unit_class__server__"), condition(parts[2])).first()


def point_rows() -> QuerySet[models.Point]:
    return models.Point.objects.select_related("server", "digital_set")


def _point_by_id(web_id: WebId) -> models.Point | None:
    if not isinstance(web_id.id, int):
        return None
    found = next(iter(numbered.points(web_id.id, web_id.id)), None)
    return found if found is not None and web_id.server in (None, found.server_id) else None


def _point_by_path(parts: Parts) -> models.Point | None:
    tag = _tag(parts)
    return point_rows().filter(condition(parts[0], "server__"), name_key=tag).first() if tag else None


def _tag(parts: Parts) -> str:
    """Folded; empty where the path is none of a point."""
    if len(parts) != 2 or not is_collection(parts[0], "", "PIServers", "PIServer"):
        return ""
    return fold(parts[1].name if not parts[1].collection else f"{parts[1].collection}[{parts[1].name}]")


def _points_by_paths(many: Sequence[Parts]) -> dict[Parts, models.Point]:
    """One query for 500."""
    wanted: dict[tuple[str, str], list[Parts]] = {}
    for parts in many:
        if tag := _tag(parts):
            wanted.setdefault((fold(parts[0].name), tag), []).append(parts)
    found: dict[Parts, models.Point] = {}
    for tags in in_portions({tag for _, tag in wanted}):
        for row in point_rows().filter(name_key__in=tags):
            found |= dict.fromkeys(wanted.get((row.server.name_key, row.name_key), ()), row)
    return found


def _on_server(model: type[models.OnServer], *relations: str) -> Finder:
    """Security identities and mappings."""

    def rows() -> QuerySet[Any]:
        return model._default_manager.select_related("server", *relations)

    def by_path(parts: Parts) -> Any | None:
        if len(parts) != 2 or not is_collection(parts[1], model.COLLECTION):
            return None
        return rows().filter(condition(parts[0], "server__"), condition(parts[1])).first()

    return Finder(rows, by_path, "server")


def _plug_ins(kind: str) -> Finder:
    """Plug-ins are no rows: every asset server has the same ones."""
    collection = plugins.COLLECTIONS[kind]

    def by_path(parts: Parts) -> plugins.Installed | None:
        if len(parts) != 2 or not is_collection(parts[1], collection):
            return None
        server = models.AssetServer.objects.filter(condition(parts[0])).first()
        rows = plugins.installed(kind, server) if server else []
        named = [row for row in rows if fold(row.name) == fold(parts[1].name) or row.pk == parts[1].guid]
        return next(iter(named), None)

    def by_id(web_id: WebId) -> plugins.Installed | None:
        servers = models.AssetServer.objects.order_by("created")
        server = (servers.filter(pk=web_id.server) if web_id.server else servers).first()
        rows = plugins.installed(kind, server) if server else []
        return next((row for row in rows if row.pk == web_id.id), None)

    return Finder(models.AssetServer.objects.none, by_path, "", by_id=by_id)


def register_all() -> None:
    register("AssetServer", _server(models.AssetServer))
    register("DataServer", _server(models.DataServer, "PIServers", "PIServer"))
    register("UnitClass", Finder(_unit_class_rows, _unit_class_by_path, "server"))
    register("Unit", Finder(unit_rows, _unit_by_path, "unit_class__server"))
    register("Point", Finder(point_rows, _point_by_path, "server", by_paths=_points_by_paths, by_id=_point_by_id))
    register("SecurityIdentity", _on_server(models.SecurityIdentity))
    register("SecurityMapping", _on_server(models.SecurityMapping, "identity"))
    for kind in plugins.COLLECTIONS:
        register(kind, _plug_ins(kind))
