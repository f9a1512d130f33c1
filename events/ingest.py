"""Event frames out of the lake: what others have written there.

Rows ingested since the watermark are read, with an overlap, because a row becomes visible later than it is stamped.
What equals the last known state is an echo of our own export. The watermark is the newest stamp seen, by the table's
clock. The frames and the state that tells where they come from are one transaction, so a crash repeats a batch, with
the same result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from events import arrivals, departures, runs
from events.arrivals import Arrival
from events.export import remember, renumber
from events.frame_rows import frame_rows, readable
from events.lakehouse.gateway import Gateway
from events.lakehouse.plan import Act, Agreed, Decision, Here, decide, told
from events.lakehouse.rows import StoredRow, digest, partition_date
from events.models import EventFrame, EventFrameTombstone
from events.models.sync import DeadLetter, SyncConflict, SyncRun, SyncState, SyncTarget
from events.runs import Clock, Options
from events.targets import frame_id_of, prepare, target_of
from piwebapi.core.times import from_datetime

#: longer than any statement of another writer takes from its stamp to its commit
OVERLAP = timedelta(minutes=15)
AT_ONCE = 500


@dataclass(frozen=True)
class Seen:
    """One row of the lake with what is known here."""

    stored: StoredRow
    frame_id: UUID
    state: SyncState | None
    here: Here
    frame: EventFrame | None
    decision: Decision


def ingest(gateway: Gateway, now: datetime, options: Options = Options()) -> SyncRun:  # noqa: B008 - frozen
    """All rows since the watermark, then those that have gone."""
    target = target_of(gateway)
    run = SyncRun(target=gateway.name, table=gateway.describe(), direction="from", started=now, finished=now)

    def work(clock: Clock) -> None:
        if options.dry_run and not target.description:
            return  # nothing has been synchronised so far
        if not options.dry_run:
            prepare(gateway, target)
        version = gateway.version()
        if not options.dry_run:
            target.read = now
            target.save(update_fields=["read"])
        if version is not None and version == target.version and not options.follow:
            return
        if not _read(gateway, target, run, now, options, clock):
            return
        departures.follow(gateway, target, run, now, options, version)
        if not options.dry_run:
            target.version = version
            target.save(update_fields=["version"])

    return runs.perform(run, now, options, work)


def _read(gateway: Gateway, target: SyncTarget, run: SyncRun, now: datetime, options: Options, clock: Clock) -> bool:
    """Whether everything has been read."""
    since = target.watermark and target.watermark - OVERLAP
    for batch in gateway.read_since(since, size=AT_ONCE):
        options.keep()
        seen = _compare(target, batch, options.policy)
        run.read += len(seen)
        _count(run, seen, {} if options.dry_run else _take_over(target, seen, now, options))
        stamps = [stored.ingested for stored in batch if stored.ingested]
        if stamps and (target.watermark is None or max(stamps) > target.watermark):
            target.watermark = max(stamps)
            if not options.dry_run:
                target.save(update_fields=["watermark"])
        options.progress(run.read, run.read)
        if clock.is_over(options):
            return False
    return True


def _compare(target: SyncTarget, batch: Sequence[StoredRow], policy: str) -> list[Seen]:
    """Seven queries for a batch."""
    keys = [stored.row.webid for stored in batch]
    states = {state.web_id: state for state in target.states.filter(web_id__in=keys)}
    ids = {key: states[key].frame_id if key in states else _id(key) for key in keys}
    taken = dict(target.states.filter(frame_id__in=list(ids.values())).values_list("frame_id", "web_id"))
    echoes = {
        stored.row.webid
        for stored in batch
        if stored.row.webid in states and states[stored.row.webid].digest == digest(stored.row)
    }
    moved = {key: frame_id for key, frame_id in ids.items() if key not in echoes}
    here, frames = _here(moved)
    found = []
    for stored in batch:
        key = stored.row.webid
        state = states.get(key)
        agreed = Agreed(state.digest, state.ours) if state else None
        ours = here.get(ids[key], Here())
        if taken.setdefault(ids[key], key) != key:
            decision = Decision(Act.TWICE)
        else:
            decision = Decision(Act.ECHO) if key in echoes else decide(stored, agreed, ours, policy)
        found.append(Seen(stored, ids[key], state, ours, frames.get(ids[key]), decision))
    return found


def _id(web_id: str) -> UUID:
    return frame_id_of(web_id) or arrivals.id_for(web_id)


def _here(ids: Mapping[str, UUID]) -> tuple[dict[UUID, Here], dict[UUID, EventFrame]]:
    rows = readable(EventFrame.objects.filter(pk__in=list(ids.values())))
    frames = {frame.pk: frame for frame in rows}
    as_rows = frame_rows(frames.values(), {frame_id: key for key, frame_id in ids.items()})
    here = {key: Here(row, frames[key].modified) for key, row in as_rows.items()}
    gone = EventFrameTombstone.objects.filter(frame_id__in=[key for key in ids.values() if key not in frames])
    return here | {stone.frame_id: Here(deleted=stone.deleted) for stone in gone}, frames


def _take_over(target: SyncTarget, seen: Sequence[Seen], now: datetime, options: Options) -> Mapping[UUID, str]:
    """Stores what the decisions say; gives by frame the reasons for those refused."""
    moving = [one for one in seen if one.decision.act in (Act.CREATE, Act.UPDATE)]
    kept = [one for one in seen if one.decision.act is Act.KEEP]
    with transaction.atomic():
        incoming = [Arrival(one.frame_id, one.stored.row, one.frame) for one in moving]
        refused = arrivals.take_over(incoming, from_datetime(now)) if incoming else {}
        _settle(target, [one for one in seen if one.decision.act not in (Act.ECHO, Act.TWICE)], refused)
        SyncConflict.objects.bulk_create(_conflicts(target, seen, refused, now, options))
        for one in moving:
            if reason := refused.get(one.frame_id):
                _refuse(one, reason, now)
        for one in seen:
            if one.decision.act is Act.TWICE:
                _refuse(one, "Another row stands for the same event frame.", now)
        came = [one.frame_id for one in moving if one.frame_id not in refused]
        EventFrameTombstone.objects.filter(frame_id__in=came).delete()
        if kept:
            renumber([one.frame_id for one in kept])
        _forgive([one for one in moving if one.frame_id not in refused])
    return refused


def _settle(target: SyncTarget, seen: Sequence[Seen], refused: Mapping[UUID, str]) -> None:
    """Remembers what both sides hold now. Where ours stays, the row is known but not agreed on: the next export
    writes over it, or takes it away."""
    frames = readable(EventFrame.objects.filter(pk__in=[one.frame_id for one in seen]))
    ours = frame_rows(frames, {one.frame_id: one.stored.row.webid for one in seen})
    states = []
    for one in seen:
        agreed = one.decision.act is not Act.KEEP and one.frame_id not in refused
        states.append(
            SyncState(
                target=target,
                frame_id=one.frame_id,
                web_id=one.stored.row.webid,
                digest=digest(one.stored.row),
                ours=digest(ours[one.frame_id]) if agreed else (one.state.ours if one.state else ""),
                seen=one.stored.ingested,
                partition=one.stored.partition or partition_date(one.stored.row.start),
            )
        )
    remember(states)


def _conflicts(
    target: SyncTarget, seen: Sequence[Seen], refused: Mapping[UUID, str], now: datetime, options: Options
) -> Iterable[SyncConflict]:
    for one in seen:
        if one.decision.conflict and one.frame_id not in refused:
            versions = {"ours": one.here.row, "theirs": one.stored}
            yield runs.conflict(
                target, one.decision, now, options, frame_id=one.frame_id, web_id=one.stored.row.webid, **versions
            )


def _refuse(one: Seen, reason: str, now: datetime) -> None:
    key = hashlib.sha256(one.stored.row.webid.encode()).hexdigest()
    runs.dead_letter("import", key, one.stored.row.webid, reason, now, told(one.stored.row))


def _forgive(seen: Iterable[Seen]) -> None:
    """A row that was refused once and is good now is no longer told."""
    keys = [hashlib.sha256(one.stored.row.webid.encode()).hexdigest() for one in seen]
    if keys:
        DeadLetter.objects.filter(source="import", key__in=keys).delete()


def _count(run: SyncRun, seen: Sequence[Seen], refused: Mapping[UUID, str]) -> None:
    acts = [one.decision.act for one in seen if one.frame_id not in refused]
    run.unchanged += acts.count(Act.ECHO) + acts.count(Act.AGREE)
    run.inserted += acts.count(Act.CREATE)
    run.updated += acts.count(Act.UPDATE)
    run.refused += len(refused) + acts.count(Act.TWICE)
    run.conflicts += sum(bool(one.decision.conflict) for one in seen if one.frame_id not in refused)
