"""What every page of the admin heeds beside Django's permissions: OSIPI_READ_ONLY, and the security entries and lists
of the objects, as REST does. The site mixes it into every class that registers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

from piwebapi import policy, securables
from piwebapi.callers import Caller, of_user
from piwebapi.core import rights

#: an action looks at the rights of so many objects, each for itself, once something has been decided about any
MOST = 1000
_NEEDED = {"export_csv": rights.READ, "delete_selected": rights.BITS["Delete"]}
WRITE = rights.BITS["Write"]


def caller_of(request: HttpRequest) -> Caller:
    return of_user(request.user, "session")


def is_free(request: HttpRequest) -> bool:
    """Whether entries decide nothing for this user."""
    return bool(getattr(request.user, "is_superuser", False)) or policy.current().is_plain


def may(request: HttpRequest, obj: Model | None, right: int) -> bool:
    if obj is None or is_free(request) or not hasattr(obj, "KIND") or obj._state.adding:
        return True
    return bool(securables.mask(caller_of(request), obj) & right)


def never(*_: Any, **__: Any) -> bool:
    return False


class Guarded:
    """Stands before a ModelAdmin."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)  # type: ignore[misc]
        return rows if is_free(request) else securables.visible(caller_of(request), rows)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not settings.OSIPI_READ_ONLY and super().has_add_permission(request)  # type: ignore[misc]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and may(request, obj, rights.READ)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = not settings.OSIPI_READ_ONLY and super().has_change_permission(request, obj)  # type: ignore[misc]
        return allowed and may(request, obj, WRITE)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = not settings.OSIPI_READ_ONLY and super().has_delete_permission(request, obj)  # type: ignore[misc]
        return allowed and may(request, obj, rights.BITS["Delete"])

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        found = super().get_inline_instances(request, obj)  # type: ignore[misc]
        if obj is not None and not self.has_change_permission(request, obj):
            for inline in found:
                inline.has_add_permission = inline.has_change_permission = inline.has_delete_permission = never
        return found

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase | None:
        """An action on many objects needs the right on each, or does nothing."""
        right = _NEEDED.get(request.POST.get("action", ""), WRITE)
        refusal = "" if is_free(request) or right == rights.READ else _refusal(request, queryset, right)
        if refusal:
            self.message_user(request, refusal, messages.ERROR)  # type: ignore[attr-defined]
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset)  # type: ignore[misc]


def _refusal(request: HttpRequest, queryset: QuerySet[Any], right: int) -> str:
    if request.POST.get("select_across") != "1":
        queryset = queryset.filter(pk__in=request.POST.getlist("_selected_action"))
    rows = list(queryset[: MOST + 1])
    if len(rows) > MOST:
        return f"Security entries are in force: choose at most {MOST:,} objects at once."
    refused = [str(obj) for obj in rows if not may(request, obj, right)]
    more = f" and {len(refused) - 3:,} more" if len(refused) > 3 else ""
    return (
        f"Nothing was done: the security entries do not allow it on {', '.join(refused[:3])}{more}." if refused else ""
    )


def environment(request: HttpRequest) -> list[str] | None:
    """The label at the top of every page."""
    return ["Read only", "warning"] if settings.OSIPI_READ_ONLY else None
