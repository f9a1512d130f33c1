"""Rows that have gone from the lake: their frames follow, unless they have changed since or too many have gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from events import runs, services
from events.export import renumber
from events.frame_rows import frame_rows, readable
from events.lakehouse.gateway import Gateway
from events.lakehouse.plan import Act, Agreed, Here, decide_gone, too_many_gone
from events.models import EventFrame
from events.models.sync import SyncRun, SyncState, SyncTarget
from events.runs import Options, Stopped
from piwebapi.core.chunks import chunks


def follow(
    gateway: Gateway, target: SyncTarget, run: SyncRun, now: datetime, options: Options, version: int | None
) -> None:
    """Deletes the frames whose rows others have deleted, up to this version of the table."""
    gone = _gone(gateway, target, version, options)
    if not gone:
        return
    if too_many_gone(len(gone), target.states.count()) and not options.accept_deletes:
        raise Stopped(
            f"{len(gone):,} of {target.states.count():,} rows have gone from the {gateway.describe()}; so many event "
            "frames are not deleted unasked. If it is meant: manage.py sync_event_frames --once --accept-deletes; "
            "if not: manage.py reconcile_event_frames --repair writes the rows again."
        )
    for some in chunks(gone):
        options.keep()
        states = list(target.states.filter(pk__in=some))
        if options.dry_run:
            run.deleted += len(states)
        else:
            _follow(target, states, run, now, options)


def _gone(gateway: Gateway, target: SyncTarget, version: int | None, options: Options) -> list[int]:
    """States whose rows have gone: by the change feed, else by comparing all keys. A table that costs money is only
    compared when it is asked for, which the daily comparison does."""
    if not options.follow and version is not None and target.version is not None and target.version <= version:
        deleted = gateway.deleted(target.version, version)
        if deleted is not None:
            return _gone_of(gateway, target, list(deleted))
    if gateway.metered and not options.follow:
        return []
    there = {web_id for web_id, _ in gateway.places()}
    known = target.states.values_list("pk", "web_id")
    return [pk for pk, web_id in known.iterator() if web_id not in there]


def _gone_of(gateway: Gateway, target: SyncTarget, deleted: Sequence[str]) -> list[int]:
    """Most deletions that a feed tells are our own, of frames that are known no more."""
    known: dict[str, int] = {}
    for some in chunks(deleted):
        states = target.states.filter(web_id__in=some)
        known |= dict(states.values_list("web_id", "pk"))
    there = gateway.present(known) if known else ()
    return [pk for web_id, pk in known.items() if web_id not in there]


def _follow(target: SyncTarget, states: Sequence[SyncState], run: SyncRun, now: datetime, options: Options) -> None:
    frames = {frame.pk: frame for frame in readable(EventFrame.objects.filter(pk__in=[s.frame_id for s in states]))}
    rows = frame_rows(frames.values(), {state.frame_id: state.web_id for state in states})
    doomed, kept, conflicts = [], [], []
    for state in states:
        here = Here(rows.get(state.frame_id))
        decision = decide_gone(Agreed(state.digest, state.ours), here, options.policy)
        if decision.conflict:
            versions = {"ours": here.row, "theirs": None}
            conflicts.append(
                runs.conflict(target, decision, now, options, frame_id=state.frame_id, web_id=state.web_id, **versions)
            )
        if decision.act is Act.UPDATE:
            doomed.append(frames[state.frame_id])
        elif decision.act is Act.KEEP:
            kept.append(state.frame_id)
    with transaction.atomic():
        target.states.filter(pk__in=[state.pk for state in states]).delete()
        runs.SyncConflict.objects.bulk_create(conflicts)
        _delete(doomed)
        if kept:
            renumber(kept)
    run.deleted += len(doomed)
    run.conflicts += len(conflicts)


def _delete(frames: Iterable[EventFrame]) -> None:
    """A child goes with its parent, so one that is gone already is passed over."""
    gone: set[UUID] = set()
    for frame in frames:
        if frame.pk not in gone and EventFrame.objects.filter(pk=frame.pk).exists():
            services.delete(frame)
            gone.add(frame.pk)
