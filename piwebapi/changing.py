"""Forms of pages that change something: who is offered them, and who may send them."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from piwebapi.callers import READ_ONLY


def may_change(request: HttpRequest, right: str) -> bool:
    return not settings.OSIPI_READ_ONLY and request.user.has_perm(right)


def demand(request: HttpRequest, right: str, otherwise: str) -> None:
    """Refused with the sentence `otherwise`, or with the one of a server that takes no writes."""
    if not may_change(request, right):
        raise PermissionDenied(READ_ONLY if settings.OSIPI_READ_ONLY else otherwise)
