"""Event frames into the lake.

Changes are read past a mark, compared by digest with what the table is known to hold, and merged in chunks. The table
is written before the mark moves, so a crash repeats a chunk, with the same result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from events import log, numbering, runs
from events.frame_rows import frame_rows, readable
from events.lakehouse.gateway import Gateway, GatewayError
from events.lakehouse.rows import FrameRow, digest, partition_date
from events.log import Chunk
from events.models import EventFrame, EventFrameTombstone
from events.models.sync import SyncRun, SyncState, SyncTarget
from events.runs import Clock, Options
from events.targets import prepare, target_of
from piwebapi.core.chunks import chunks

AT_ONCE = 1000


@dataclass(frozen=True)
class Difference:
    """`rows` by frame id, to be written; `known`, `seen` and `gone` by web id: where rows lie, when they were
    ingested, and where those lie that have to go."""

    rows: Mapping[UUID, FrameRow]
    known: Mapping[str, date]
    seen: Mapping[str, datetime]
    gone: Mapping[str, date]


@dataclass(frozen=True)
class Sent:
    """What has been written, and when by the table's clock; the others of `rows` wait for the next run."""

    rows: Mapping[UUID, FrameRow]
    ingested: datetime | None = None


def export(gateway: Gateway, now: datetime, options: Options = Options()) -> SyncRun:  # noqa: B008 - frozen
    """All changes since the mark, in chunks."""
    target = target_of(gateway)
    run = SyncRun(target=gateway.name, table=gateway.describe(), direction="to", started=now, finished=now)

    def work(clock: Clock) -> None:
        if not options.dry_run:
            prepare(gateway, target)
        _export_changes(gateway, target, run, options, clock)

    return runs.perform(run, now, options, work)


def _export_changes(gateway: Gateway, target: SyncTarget, run: SyncRun, options: Options, clock: Clock) -> None:
    done, total = 0, log.waiting(target.mark)
    frames = readable(EventFrame.objects.all())
    while chunk := log.next_chunk(frames, target.mark, gateway.batch_rows):
        options.keep()
        difference = _accepted(gateway, run, _compare(target, chunk))
        if options.dry_run:
            run.inserted += sum(row.webid not in difference.known for row in difference.rows.values())
            run.updated += sum(row.webid in difference.known for row in difference.rows.values())
            run.deleted += len(difference.gone)
        else:
            sent = _write(gateway, run, difference)
            options.keep()
            _remember(target, sent, chunk)
        target.mark = chunk.upto
        run.read += chunk.size
        run.unchanged += len(chunk.frames) - len(difference.rows)
        done += chunk.size
        options.progress(done, max(total, done))
        if clock.is_over(options):
            return


def _compare(target: SyncTarget, chunk: Chunk) -> Difference:
    keys = [frame.pk for frame in chunk.frames] + chunk.deleted
    states: dict[UUID, SyncState] = {}
    for some in chunks(keys, AT_ONCE):
        found = target.states.filter(frame_id__in=some)
        states |= {state.frame_id: state for state in found}
    rows = frame_rows(chunk.frames, {key: state.web_id for key, state in states.items()})
    return Difference(
        rows={key: row for key, row in rows.items() if key not in states or states[key].ours != digest(row)},
        known={state.web_id: state.partition for state in states.values()},
        seen={state.web_id: state.seen for state in states.values() if state.seen},
        gone={states[key].web_id: states[key].partition for key in chunk.deleted if key in states},
    )


def _accepted(gateway: Gateway, run: SyncRun, difference: Difference) -> Difference:
    """Without the rows that the table can never take: they must not hold up the others."""
    refused = {key: reason for key, row in difference.rows.items() if (reason := gateway.refusal(row))}
    for key, reason in refused.items():
        row = difference.rows[key]
        fingerprint = hashlib.sha256(row.webid.encode()).hexdigest()
        runs.dead_letter("export", fingerprint, row.webid, reason, run.started, {"name": row.name})
        run.refused += 1
    rows = {key: row for key, row in difference.rows.items() if key not in refused}
    return Difference(rows, difference.known, difference.seen, difference.gone)


def _write(gateway: Gateway, run: SyncRun, difference: Difference) -> Sent:
    if difference.gone:
        run.deleted += gateway.delete(difference.gone)
    if not difference.rows:
        return Sent({})
    rows, ingested = list(difference.rows.values()), gateway.clock()
    written = gateway.upsert(rows, ingested=ingested, known=difference.known, seen=difference.seen)
    run.inserted += written.inserted
    run.updated += written.updated
    if written.rows >= len(rows):
        return Sent(difference.rows, ingested)
    lost = _lost(gateway, difference, ingested)
    run.conflicts += len(lost)
    return Sent({key: row for key, row in difference.rows.items() if row.webid not in lost}, ingested)


def _lost(gateway: Gateway, difference: Difference, ingested: datetime) -> set[str]:
    """The web ids of rows that somebody has changed in the table since we read it, so that ours were passed over.

    That is read back, because a batch that the engine could not read looks the same.
    """
    sent = {row.webid for row in difference.rows.values()}
    guarded = {web_id: seen for web_id, seen in difference.seen.items() if web_id in sent}
    ours, moved = set(), set()
    for batch in gateway.read_since(min(guarded.values(), default=ingested)):
        for stored in batch:
            if stored.ingested == ingested:
                ours.add(stored.row.webid)
            elif stored.row.webid in guarded and stored.ingested and stored.ingested > guarded[stored.row.webid]:
                moved.add(stored.row.webid)
    missing = sent - ours
    if missing - moved:
        raise GatewayError(
            f"{len(missing - moved)} rows were sent to the {gateway.describe()}, but are not there.", permanent=False
        )
    return missing


def _remember(target: SyncTarget, sent: Sent, chunk: Chunk) -> None:
    states = [
        SyncState(
            target=target,
            frame_id=key,
            web_id=row.webid,
            digest=digest(row),
            ours=digest(row),
            seen=sent.ingested,
            partition=partition_date(row.start),
        )
        for key, row in sent.rows.items()
    ]
    with transaction.atomic():
        remember(states)
        target.states.filter(frame_id__in=chunk.deleted).delete()
        SyncTarget.objects.filter(pk=target.pk).update(mark=chunk.upto)


def remember(states: list[SyncState]) -> None:
    """Writes states over those of the same frames."""
    SyncState.objects.bulk_create(
        states,
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["target", "frame_id"],
        update_fields=["web_id", "digest", "ours", "seen", "partition"],
    )


def renumber(frame_ids: Sequence[UUID]) -> None:
    """The next export reads these frames, or their tombstones, again; inside the caller's transaction."""
    number = numbering.take(len(frame_ids))
    for model, key in ((EventFrame, "pk"), (EventFrameTombstone, "frame_id")):
        rows = list(model.objects.filter(**{f"{key}__in": frame_ids}).only("pk"))
        for row in rows:
            row.changed, number = number, number + 1
        model.objects.bulk_update(rows, ["changed"], batch_size=AT_ONCE)
