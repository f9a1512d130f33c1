"""Ingestion: sources with their secrets, jobs, backfills."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldBooleanSwitchWidget

from events.ingestion import backfills
from events.ingestion.client import PiClient
from events.ingestion.faults import SourceError
from events.ingestion.sealing import seal
from events.ingestion.tasks import run_due_jobs
from events.models.ingest import Backfill, IngestionJob, IngestionSource
from events.models.sync import ScheduleClaim
from piwebapi.admin.base import Admin, section
from piwebapi.admin.filters import choice, equal
from piwebapi.admin.writing import ServiceAdmin, Writing
from piwebapi.changing import may_change
from piwebapi.core.times import format_ticks, parse_time

from .times import TimesForm, time_field

#: a test of a source waits so long in all
PATIENCE = 5.0


class SharedRowAdmin(Admin):
    """Rows that the worker writes, too: a form writes the columns that were changed in it, and no others."""

    searched = "name"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        term = search_term.strip()
        return (queryset.filter(name__istartswith=term) if term else queryset), False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        columns = {field.name for field in obj._meta.concrete_fields} & set(form.changed_data)
        if not change:
            obj.save(force_insert=True)
        elif columns:
            obj.save(update_fields=columns)


class SourceForm(forms.ModelForm):
    secret = forms.CharField(
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Password, token or client secret; stored sealed and shown to nobody. Empty keeps the present one.",
    )
    forget_secret = forms.BooleanField(required=False, widget=UnfoldBooleanSwitchWidget)

    def clean(self) -> dict[str, Any]:
        """Nobody learns a secret by sending it elsewhere."""
        values = super().clean() or self.cleaned_data
        keeps = self.instance.sealed and not values.get("secret") and not values.get("forget_secret")
        if keeps and {"url", "token_url", "verify_tls", "ca_file"} & set(self.changed_data):
            raise ValidationError("Enter the secret again: it would be sent to another place, or less safely.")
        return values


@admin.register(IngestionSource)
class IngestionSourceAdmin(SharedRowAdmin):
    form = SourceForm
    list_display = ("name", "url", "authentication", "user", "has_secret", "enabled")
    search_fields = ("name",)
    ordering = ("name",)
    readonly_fields = ("has_secret", "contents")
    inside = (("jobs", "events.ingestionjob", "source"),)
    actions = ("test_connection", "export_csv")
    add_fieldsets = (
        section("Source", "name", "url", "keep_values", "enabled"),
        section("Signing in", "authentication", "user", "secret", "secret_variable", "token_url", "scope"),
    )
    fieldsets = (
        section("Source", "name", "url", "keep_values", "enabled", "contents"),
        section(
            "Signing in",
            *("authentication", "user", "has_secret", "secret", "forget_secret", "secret_variable"),
            *("token_url", "scope"),
        ),
        section(
            "Manners",
            *("verify_tls", "ca_file", "timeout_seconds", "requests_per_second", "page_size"),
            *("streams_per_request", "values_per_request"),
            folded=True,
        ),
    )

    @display(description="Secret stored", boolean=True)
    def has_secret(self, source: IngestionSource) -> bool:
        return bool(source.sealed or source.secret_variable)

    def save_model(self, request: HttpRequest, obj: IngestionSource, form: Any, change: bool) -> None:
        secret, forget = form.cleaned_data.get("secret"), form.cleaned_data.get("forget_secret")
        if secret or forget:
            obj.sealed = seal(secret or "")
            form.changed_data.append("sealed")
        super().save_model(request, obj, form, change)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """The history tells that the secret was changed; it never had its text."""
        form.changed_data = [name for name in form.changed_data if name != "sealed"]
        return super().construct_change_message(request, form, formsets, add)

    @admin.action(description="Test connection", permissions=["change"])
    def test_connection(self, request: HttpRequest, queryset: QuerySet[IngestionSource]) -> None:
        for source in queryset:
            try:
                with PiClient(source, patience=PATIENCE) as client:
                    servers = client.get("assetservers").get("Items", [])
            except SourceError as error:
                self.message_user(request, f"{source}: {error.sentence}", messages.ERROR)
            else:
                names = ", ".join(str(server.get("Name")) for server in servers) or "no asset server"
                self.message_user(request, f"{source} answers: {names}.", messages.SUCCESS)


@admin.register(IngestionJob)
class IngestionJobAdmin(SharedRowAdmin):
    relations = ("source",)
    list_display = ("name", "kind", "source", "enabled", "every_seconds", "watermark", "failures", "succeeded")
    list_filter = (choice("kind", "kind", equal("kind", (kind for kind, _ in IngestionJob.KINDS))), "source")
    search_fields = ("name",)
    ordering = ("name",)
    autocomplete_fields = ("source",)
    readonly_fields = ("watermark", "sequence", "number", "failures", "retry_at", "succeeded", "created", "contents")
    inside = (
        ("runs", "events.ingestionrun", "job"),
        ("backfills", "events.backfill", "job"),
        ("streams", "events.streammark", "job"),
        ("quality", "events.ingestionquality", "job"),
    )
    actions = ("run_now", "switch_on", "switch_off", "export_csv")
    fieldsets = (
        section("Job", "name", "source", "kind", "enabled", "every_seconds", "overlap_seconds", "first_seconds"),
        section("Values", "data_server", "query", "most_points", "name_pattern", "batch_rows"),
        section("Event frames and elements", "database", "templates", "attributes"),
        section("State", "watermark", "sequence", "number", "failures", "retry_at", "succeeded", "created", "contents"),
    )

    @display(description="Read up to", ordering="until")
    def watermark(self, job: IngestionJob) -> str:
        return "" if job.until is None else format_ticks(job.until)

    @admin.action(description="Run now", permissions=["change"])
    def run_now(self, request: HttpRequest, queryset: QuerySet[IngestionJob]) -> None:
        """Ends the rest after failures and forgets that the present slot has been taken, then asks a worker."""
        jobs = list(queryset)
        queryset.update(retry_at=None)
        ScheduleClaim.objects.filter(schedule__in=[job.lease for job in jobs]).delete()
        run_due_jobs.delay()
        self.message_user(request, f"A worker is asked to run {len(jobs)} jobs; disabled ones stay still.")

    @admin.action(description="Enable", permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[IngestionJob]) -> None:
        self.message_user(request, f"{queryset.update(enabled=True, retry_at=None)} enabled.", messages.SUCCESS)

    @admin.action(description="Disable", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[IngestionJob]) -> None:
        self.message_user(request, f"{queryset.update(enabled=False)} disabled.", messages.SUCCESS)


class BackfillForm(TimesForm):
    start = time_field()
    end = time_field(initial="*")


def create_backfill(job: IngestionJob, *, now: int, start: str, end: str, **values: Any) -> Backfill:
    zone = timezone.get_default_timezone()
    return backfills.create(
        job,
        parse_time(start, now=now, zone=zone, name="Start"),
        parse_time(end, now=now, zone=zone, name="End"),
        **values,
    )


@admin.register(Backfill)
class BackfillAdmin(ServiceAdmin):
    writing = Writing(create_backfill, None, None, homes=("job",))
    form = BackfillForm
    relations = ("job",)
    list_display = ("job", "begin", "finish", "state", "progress", "read", "written", "kept", "error")
    list_filter = (choice("state", "state", equal("state", (name for name, _ in Backfill.STATES))),)
    ordering = ("-pk",)
    autocomplete_fields = ("job",)
    actions = ("pause", "resume", "cancel", "export_csv")
    add_fieldsets = (section("Backfill", "job", "start", "end", "chunk_seconds", "pause_seconds"),)
    fieldsets = (
        section("Backfill", "job", "begin", "finish", "chunk_seconds", "pause_seconds"),
        section("State", "state", "progress", "read", "written", "kept", "error", "created", "changed"),
    )
    readonly_fields = ("begin", "finish", "progress", "state", "read", "written", "kept", "error", "created", "changed")

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return may_change(request, "events.change_backfill")

    @display(description="Start")
    def begin(self, backfill: Backfill) -> str:
        return format_ticks(backfill.start)

    @display(description="End")
    def finish(self, backfill: Backfill) -> str:
        return format_ticks(backfill.end)

    @display(description="Done")
    def progress(self, backfill: Backfill) -> str:
        return f"{backfill.share:.0%}"

    def _steer(self, request: HttpRequest, rows: QuerySet[Backfill], act: str) -> None:
        done = sum(backfills.change(row, act) for row in rows)
        self.message_user(request, f"{done} of {len(rows)}: {act}.", messages.SUCCESS if done else messages.WARNING)

    @admin.action(description="Pause", permissions=["steer"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Backfill]) -> None:
        self._steer(request, queryset, "pause")

    @admin.action(description="Resume", permissions=["steer"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Backfill]) -> None:
        self._steer(request, queryset, "resume")

    @admin.action(description="Cancel", permissions=["steer"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Backfill]) -> None:
        self._steer(request, queryset, "cancel")
