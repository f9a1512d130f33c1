"""Event frames into the lake.

The database is the source: changes are read past a mark, compared by digest with what the table is known to hold, and
merged in chunks. The table is written before the mark moves, so a crash repeats a chunk, with the same result.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from events.frame_rows import frame_rows, readable
from events.lakehouse.configured import configured_gateway
from events.lakehouse.gateway import Gateway, GatewayError
from events.lakehouse.rows import FrameRow, digest, partition_date
from events.models import EventFrame, EventFrameTombstone
from events.models.sync import SyncRun, SyncState, SyncTarget
from piwebapi.core.errors import BadRequest
from piwebapi.core.webid import decode

#: a scheduled run after a permanent failure
PAUSE = timedelta(minutes=10)
#: how long runs are remembered
KEPT = timedelta(days=30)
UNCONFIGURED = "settings"

Progress = Callable[[int, int], None]


class LeaseLost(Exception):
    """Another process runs the export; this one stops without moving the mark."""


@dataclass(frozen=True)
class Options:
    """`seconds`: begin no further chunk after so long. `keep` is called before each chunk and may raise LeaseLost.
    `progress(done, total)` counts changes. `dry_run` compares and counts, but touches neither table nor state."""

    seconds: float | None = None
    keep: Callable[[], None] = lambda: None
    progress: Progress = lambda done, total: None
    dry_run: bool = False


@dataclass(frozen=True)
class Chunk:
    """Changes up to the number `upto`; of a frame only the last change counts."""

    frames: Sequence[EventFrame]
    deleted: Sequence[UUID]
    upto: int

    @property
    def size(self) -> int:
        return len(self.frames) + len(self.deleted)


@dataclass(frozen=True)
class Difference:
    """`rows` by frame id, to be written; `known` and `gone` by web id, with the partition where the row lies."""

    rows: Mapping[UUID, FrameRow]
    known: Mapping[str, date]
    gone: Mapping[str, date]


def open_gateway() -> Gateway:
    """The table that the settings ask for; opens no connection yet."""
    return configured_gateway(settings.OSIPI_DATA_DIR, getattr(settings, "DATABRICKS", {}))


def run_export(now: datetime, options: Options = Options()) -> SyncRun:  # noqa: B008 - frozen
    """One export to the configured table. Settings that name no usable table are a failed run too."""
    try:
        gateway = open_gateway()
    except GatewayError as error:
        run = SyncRun(target=UNCONFIGURED, table="the lake as configured", started=now, finished=now)
        return _failed(run, error, now)
    try:
        return export(gateway, now, options)
    finally:
        gateway.close()


def is_paused(gateway_name: str, now: datetime) -> bool:
    return SyncTarget.objects.filter(name=gateway_name, paused_until__gt=now).exists()


def export(gateway: Gateway, now: datetime, options: Options = Options()) -> SyncRun:  # noqa: B008 - frozen
    """All changes since the mark, in chunks. The returned run is stored, except after a dry run.

    A failure of the table ends the run and is told in it; anything else is told in it and raised.
    """
    began = time.monotonic()
    target, _ = SyncTarget.objects.get_or_create(name=gateway.name)
    run = SyncRun(target=gateway.name, table=gateway.describe(), started=now, finished=now)
    try:
        if not options.dry_run and (not gateway.metered or not target.description or _waiting(target.mark)):
            _prepare(gateway, target)
        _export_changes(gateway, target, run, options, began)
    except GatewayError as error:
        return _failed(run, error, now, began)
    except LeaseLost:
        raise
    except Exception as error:
        _failed(run, GatewayError(f"{type(error).__name__}: {error}", permanent=False), now, began)
        raise
    if target.paused_until and not options.dry_run:
        SyncTarget.objects.filter(pk=target.pk).update(paused_until=None)
    return run if options.dry_run else _stored(run, now, began)


def _prepare(gateway: Gateway, target: SyncTarget) -> None:
    """The table exists, and what is known of it is about this very table."""
    if gateway.ensure_table() and (target.mark or target.states.exists()):
        target.states.all().delete()
        target.mark = 0
        target.save(update_fields=["mark"])
    if target.description != gateway.describe():
        target.description = gateway.describe()
        target.save(update_fields=["description"])
    if target.mark == 0 and not target.states.exists():
        _adopt(gateway, target)


def _adopt(gateway: Gateway, target: SyncTarget) -> None:
    """Rows of our frames that the table holds already: where they lie must be known, or a frame whose start has moved
    would be inserted a second time. (The state was lost, or another installation wrote them.)"""
    found: dict[UUID, SyncState] = {}
    stored = gateway.keys()
    for web_id, day in stored:
        frame_id = frame_id_of(web_id)
        if frame_id and (frame_id not in found or found[frame_id].partition < day):
            found[frame_id] = SyncState(target=target, frame_id=frame_id, web_id=web_id, partition=day)
    ids = list(found)
    for offset in range(0, len(ids), 1000):
        ours = EventFrame.objects.filter(pk__in=ids[offset : offset + 1000]).values_list("pk", flat=True)
        SyncState.objects.bulk_create([found[pk] for pk in ours], ignore_conflicts=True)


def frame_id_of(web_id: str) -> UUID | None:
    """None for a text that names no event frame by its id."""
    try:
        decoded = decode(web_id)
    except BadRequest:
        return None
    return decoded.id if decoded.kind == "EventFrame" and isinstance(decoded.id, UUID) else None


def _export_changes(gateway: Gateway, target: SyncTarget, run: SyncRun, options: Options, began: float) -> None:
    done, total = 0, _waiting(target.mark)
    while chunk := _next_chunk(target.mark, gateway.batch_rows):
        options.keep()
        difference = _compare(target, chunk)
        if options.dry_run:
            run.inserted += sum(row.webid not in difference.known for row in difference.rows.values())
            run.updated += sum(row.webid in difference.known for row in difference.rows.values())
            run.deleted += len(difference.gone)
        else:
            _write(gateway, run, difference)
            options.keep()
            _remember(target, difference.rows, chunk)
        target.mark = chunk.upto
        run.read += chunk.size
        run.unchanged += len(chunk.frames) - len(difference.rows)
        done += chunk.size
        options.progress(done, max(total, done))
        if options.seconds is not None and time.monotonic() - began > options.seconds:
            return


def _waiting(mark: int) -> int:
    frames, tombstones = (model.objects.filter(changed__gt=mark) for model in (EventFrame, EventFrameTombstone))
    return frames.count() + tombstones.count()


def _next_chunk(mark: int, size: int) -> Chunk | None:
    """The next `size` changes at most, five queries. Tombstones are read after the frames, so that a frame deleted in
    between is seen as deleted. The counter's numbers become visible in their order: nothing below is missed."""
    frames = list(readable(EventFrame.objects.filter(changed__gt=mark).order_by("changed"))[:size])
    tombstones = list(EventFrameTombstone.objects.filter(changed__gt=mark).order_by("changed")[:size])
    if not frames and not tombstones:
        return None
    # A full list tells nothing of what follows it.
    ends = [rows[-1].changed for rows in (frames, tombstones) if len(rows) == size]
    upto = min(ends) if ends else max(row.changed for row in [*frames, *tombstones])
    last: dict[UUID, EventFrame | EventFrameTombstone] = {}
    for key, row in [*((row.pk, row) for row in frames), *((row.frame_id, row) for row in tombstones)]:
        if row.changed <= upto and (key not in last or row.changed > last[key].changed):
            last[key] = row
    return Chunk(
        frames=[row for row in last.values() if isinstance(row, EventFrame)],
        deleted=[key for key, row in last.items() if isinstance(row, EventFrameTombstone)],
        upto=upto,
    )


def _compare(target: SyncTarget, chunk: Chunk) -> Difference:
    keys = [frame.pk for frame in chunk.frames] + list(chunk.deleted)
    states = {state.frame_id: state for state in target.states.filter(frame_id__in=keys)}
    rows = frame_rows(chunk.frames, {key: state.web_id for key, state in states.items()})
    return Difference(
        rows={key: row for key, row in rows.items() if key not in states or states[key].digest != digest(row)},
        known={state.web_id: state.partition for state in states.values()},
        gone={states[key].web_id: states[key].partition for key in chunk.deleted if key in states},
    )


def _write(gateway: Gateway, run: SyncRun, difference: Difference) -> None:
    if difference.gone:
        run.deleted += gateway.delete(difference.gone)
    if difference.rows:
        rows = list(difference.rows.values())
        written = gateway.upsert(rows, ingested=gateway.clock(), known=difference.known)
        run.inserted += written.inserted
        run.updated += written.updated


def _remember(target: SyncTarget, rows: Mapping[UUID, FrameRow], chunk: Chunk) -> None:
    states = [
        SyncState(
            target=target,
            frame_id=key,
            web_id=row.webid,
            digest=digest(row),
            partition=partition_date(row.start),
        )
        for key, row in rows.items()
    ]
    with transaction.atomic():
        SyncState.objects.bulk_create(
            states,
            update_conflicts=True,
            unique_fields=["target", "frame_id"],
            update_fields=["web_id", "digest", "partition"],
        )
        target.states.filter(frame_id__in=chunk.deleted).delete()
        SyncTarget.objects.filter(pk=target.pk).update(mark=chunk.upto)


def _failed(run: SyncRun, error: GatewayError, now: datetime, began: float | None = None) -> SyncRun:
    run.state, run.error, run.permanent = "failed", error.sentence, error.permanent
    if error.permanent:
        SyncTarget.objects.filter(name=run.target).update(paused_until=now + PAUSE)
    return _stored(run, now, began)


def _stored(run: SyncRun, now: datetime, began: float | None) -> SyncRun:
    """The run, or its predecessor that now tells both."""
    run.seconds = 0.0 if began is None else round(time.monotonic() - began, 3)
    run.finished = now + timedelta(seconds=run.seconds)
    last = SyncRun.objects.filter(target=run.target).first()
    if last and last.is_like(run):
        last.finished, last.seconds, last.repeats = run.finished, run.seconds, last.repeats + 1
        last.save(update_fields=["finished", "seconds", "repeats"])
        return last
    run.save()
    SyncRun.objects.filter(started__lt=now - KEPT).delete()
    return run
