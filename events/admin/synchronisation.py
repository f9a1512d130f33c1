"""What the synchronisation with the lake remembers: looked at here, written by its runs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator

from events.models import (
    DeadLetter,
    Lease,
    ScheduleClaim,
    SyncConflict,
    SyncReport,
    SyncRun,
    SyncState,
    SyncTarget,
)
from events.resolving import resolve
from piwebapi.admin.base import ReadOnlyAdmin
from piwebapi.admin.filters import choice, equal
from piwebapi.changing import may_change
from piwebapi.core.times import from_datetime
from piwebapi.models import Counter

from . import lake


@admin.register(SyncTarget)
class SyncTargetAdmin(ReadOnlyAdmin):
    list_display = ("description", "name", "mark", "paused_until")
    ordering = ("name",)
    actions_list = ("lake",)

    def has_lake_permission(self, request: HttpRequest) -> bool:
        """Whoever may change a target may have it tried and synchronised."""
        return may_change(request, "events.change_synctarget")

    @action(description="Lake connection", url_path="lake", permissions=["lake"], icon="lan")
    def lake(self, request: HttpRequest) -> HttpResponse:
        return lake.page(self, request)


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = (
        *("started", "table", "shown_state", "inserted", "updated", "deleted", "unchanged"),
        *("repeats", "seconds", "error"),
    )
    list_filter = (choice("state", "state", equal("state", ("done", "failed"))),)
    ordering = ("-pk",)

    @display(description="State", ordering="state", label={"done": "success", "failed": "danger"})
    def shown_state(self, run: SyncRun) -> str:
        return run.state


@admin.register(SyncConflict)
class SyncConflictAdmin(ReadOnlyAdmin):
    """A frame that both sides had changed, with both versions; a person may decide otherwise than the policy has."""

    relations = ("target",)
    list_display = ("found", "web_id", "what", "policy", "winner", "target")
    ordering = ("-pk",)
    actions = ("take_ours", "take_theirs", "export_csv")

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return may_change(request, "events.change_syncconflict")

    @admin.action(description="Let the server's version count", permissions=["resolve"])
    def take_ours(self, request: HttpRequest, queryset: QuerySet[SyncConflict]) -> None:
        self._resolve(request, queryset, "server")

    @admin.action(description="Let the lake's version count", permissions=["resolve"])
    def take_theirs(self, request: HttpRequest, queryset: QuerySet[SyncConflict]) -> None:
        self._resolve(request, queryset, "lake")

    def _resolve(self, request: HttpRequest, rows: QuerySet[SyncConflict], winner: str) -> None:
        """The oldest first, so that of several of one frame the newest counts."""
        now = from_datetime(timezone.now())
        done = 0
        for conflict in rows.order_by("pk"):
            reason = resolve(conflict, winner, now)
            done += not reason
            if reason:
                self.message_user(request, f"{conflict.web_id}: {reason}", messages.ERROR)
        self.message_user(request, f"{done} decided: the version of the {winner} counts; the next run writes it.")


@admin.register(SyncReport)
class SyncReportAdmin(ReadOnlyAdmin):
    relations = ("target",)
    list_display = (
        *("started", "shown_equal", "here", "there", "only_here", "only_there", "different", "repaired"),
        "error",
    )
    ordering = ("-pk",)

    @display(description="Equal", boolean=True)
    def shown_equal(self, report: SyncReport) -> bool:
        return report.is_equal


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin):
    """What could not be done and is not tried again by itself; deleted when somebody has looked after it."""

    list_display = ("last", "source", "subject", "reason", "times", "first")
    ordering = ("-last", "pk")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("events.delete_deadletter"))


@admin.register(SyncState)
class SyncStateAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    relations = ("target",)
    list_display = ("frame_id", "web_id", "partition", "target")
    ordering = ("-pk",)
    actions = ()


@admin.register(Lease)
class LeaseAdmin(ReadOnlyAdmin):
    """A lease that a crashed process has left runs out by itself."""

    list_display = ("name", "is_held", "owner", "until")
    ordering = ("name",)

    @display(description="Held", boolean=True)
    def is_held(self, lease: Lease) -> bool:
        return bool(lease.owner)


@admin.register(ScheduleClaim)
class ScheduleClaimAdmin(ReadOnlyAdmin):
    list_display = ("schedule", "slot")
    ordering = ("-pk",)


@admin.register(Counter)
class CounterAdmin(ReadOnlyAdmin):
    """Numbers of changes; setting one back would hide changes from those who follow them."""

    list_display = ("name", "value")
    ordering = ("name",)
