"""What ingestion tells and remembers: runs, quality, streams and event frames that are read, commits into the lake."""

from __future__ import annotations

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from events.models.ingest import FrameMark, IngestionQuality, IngestionRun, LakeCommit, StreamMark
from piwebapi.admin.base import ReadOnlyAdmin
from piwebapi.admin.filters import choice, equal
from piwebapi.core.times import format_ticks


@admin.register(IngestionRun)
class IngestionRunAdmin(ReadOnlyAdmin):
    relations = ("job",)
    list_display = (
        *("started", "job", "shown_state", "read", "written", "kept", "late", "duplicates", "rejected"),
        *("lag_seconds", "seconds", "repeats", "error"),
    )
    list_filter = (choice("state", "state", equal("state", ("done", "failed"))), ("job", AutocompleteSelectFilter))
    ordering = ("-pk",)

    @display(description="State", ordering="state", label={"done": "success", "failed": "danger"})
    def shown_state(self, run: IngestionRun) -> str:
        return run.state


@admin.register(IngestionQuality)
class IngestionQualityAdmin(ReadOnlyAdmin):
    relations = ("job",)
    list_display = (
        *("at", "job", "table", "written", "duplicates", "late", "null_rate", "freshness_seconds", "volume"),
        "drift",
    )
    list_filter = (("job", AutocompleteSelectFilter),)
    ordering = ("-pk",)


@admin.register(StreamMark)
class StreamMarkAdmin(ReadOnlyAdmin):
    relations = ("job", "point")
    list_display = ("name", "job", "point_type", "units", "newest", "rows", "point", "kept", "chosen")
    list_filter = (("job", AutocompleteSelectFilter),)
    ordering = ("name", "pk")

    @display(description="Newest event", ordering="last")
    def newest(self, mark: StreamMark) -> str:
        return "" if mark.last is None else format_ticks(mark.last)


@admin.register(LakeCommit)
class LakeCommitAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    relations = ("job",)
    list_display = ("planned", "app", "number", "table", "rows", "is_done")
    ordering = ("-pk",)
    actions = ()


@admin.register(FrameMark)
class FrameMarkAdmin(ReadOnlyAdmin):
    paginator = InfinitePaginator
    relations = ("job",)
    list_display = ("web_id", "frame_id", "job")
    ordering = ("-pk",)
    actions = ()
