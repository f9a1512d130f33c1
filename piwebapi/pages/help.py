"""The reference: every controller and action, from the catalogue that answers the requests."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import re_path

from piwebapi.api.resource import Endpoint
from piwebapi.api.service import service

from .reading import Reader, page


def controllers() -> dict[str, list[Endpoint]]:
    """The operations of each controller, both in alphabetical order."""
    found: dict[str, list[Endpoint]] = {}
    for endpoint in sorted(service.endpoints, key=lambda endpoint: endpoint.operation.lower()):
        found.setdefault(endpoint.operation.partition("_")[0], []).append(endpoint)
    return found


def _row(endpoint: Endpoint) -> dict[str, Any]:
    controller, _, action = endpoint.operation.partition("_")
    return {
        "endpoint": endpoint,
        "controller": controller,
        "action": action,
        "url": f"/piwebapi/help/controllers/{controller.lower()}/actions/{action.lower()}",
    }


@page
def overview(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """All operations; `q` keeps those whose name or route holds every word of it."""
    asked = request.GET.get("q", "").strip()
    words = asked.lower().split()
    groups = []
    for name, endpoints in controllers().items():
        rows = [row for row in map(_row, endpoints) if all(word in _text(row["endpoint"]) for word in words)]
        if rows:
            groups.append({"name": name, "url": f"/piwebapi/help/controllers/{name.lower()}", "rows": rows})
    context = {
        "groups": groups,
        "q": asked,
        "total": len(service.endpoints),
        "found": sum(len(g["rows"]) for g in groups),
    }
    return render(request, "piwebapi/help.html", context)


def _text(endpoint: Endpoint) -> str:
    return f"{endpoint.operation} {endpoint.method} {endpoint.route} {endpoint.summary}".lower()


@page
def controller(request: HttpRequest, reader: Reader, controller: str) -> HttpResponseBase:
    for name, endpoints in controllers().items():
        if name.lower() == controller.lower():
            context = {"name": name, "rows": [_row(endpoint) for endpoint in endpoints]}
            return render(request, "piwebapi/help_controller.html", context)
    return render(request, "404.html", status=404)


@page
def action(request: HttpRequest, reader: Reader, controller: str, action: str) -> HttpResponseBase:
    wanted = f"{controller}_{action}".lower()
    alike = [endpoint for endpoint in service.endpoints if endpoint.operation.lower() == wanted]
    if not alike:
        return render(request, "404.html", status=404)
    endpoint = alike[0]
    context = {
        **_row(endpoint),
        "routes": alike,
        "base": reader.base,
        "captures": [part[1:-1] for part in endpoint.route.split("/") if part.startswith("{")],
        "siblings": [_row(other) for other in controllers()[endpoint.operation.partition("_")[0]]],
        "fields": list(endpoint.resource.fields) if endpoint.body and endpoint.resource else [],
    }
    return render(request, "piwebapi/help_action.html", context)


urlpatterns = [
    re_path(r"^piwebapi/help/?$", overview),
    re_path(r"^piwebapi/help/controllers/(?P<controller>\w+)/?$", controller),
    re_path(r"^piwebapi/help/controllers/(?P<controller>\w+)/actions/(?P<action>\w+)/?$", action),
]
