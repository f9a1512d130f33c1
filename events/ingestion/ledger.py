"""Exactly once: a commit is told in the ledger before it is made, and counts when it is known to be in the table.

After a crash the commits that are told but not settled are looked for in the table (its own record of app and number).
Those that are there move the marks now. Those that are not were never made, and their rows are read again. Of some the
table cannot tell, because the way into it has changed meanwhile (a volume that was set, or another one): until their
rows have been read again, all rows are compared with the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import pyarrow as pa
from django.db import transaction
from django.db.models import Max

from events.ingestion import neighbours
from events.ingestion.lake.table import LakeTable, Stored
from events.models.ingest import IngestionJob, LakeCommit, StreamMark

#: settled commits that are remembered of each app
KEPT = 50
#: by id of StreamMark: newest event (ticks), rows
Marks = Mapping[int, tuple[int, int]]


def app_of(job: IngestionJob, part: str = "live") -> str:
    """Unique to this job in this database: another database on the same lake begins with numbers of its own."""
    return f"osipi/{job.pk}/{job.created:%Y%m%d%H%M%S%f}/{part}"


def recover(table: LakeTable, app: str) -> None:
    """Settles or forgets the commits that were told, and of which nobody knows whether they were made."""
    open_commits = list(LakeCommit.objects.filter(app=app, is_done=False))
    if not open_commits:
        return
    for commit in open_commits:
        is_held = table.holds(app, commit.number)
        if is_held:
            marks = {int(key): (mark[0], mark[1]) for key, mark in commit.marks.items()}
            _settle(commit, marks)
            recount(table, list(marks))
        elif is_held is False or _is_passed(commit):
            commit.delete()


def _is_passed(commit: LakeCommit) -> bool:
    """Whether all streams have come as far as this commit, in others that are known to be there."""
    reached = dict(StreamMark.objects.filter(pk__in=list(commit.marks)).values_list("pk", "last"))
    return all(int(key) not in reached or (reached[int(key)] or 0) >= mark[0] for key, mark in commit.marks.items())


def recount(table: LakeTable, marks: list[int]) -> None:
    """What late rows a commit added is known to the table only."""
    rows = list(StreamMark.objects.filter(pk__in=marks))
    held = neighbours.held(table, [row.web_id for row in rows])
    for row in rows:
        row.rows = held.get(row.web_id, (0, 0))[1]
    StreamMark.objects.bulk_update(rows, ["rows"], batch_size=500)


def commit(
    job: IngestionJob, table: LakeTable, app: str, new: pa.Table, maybe: pa.Table, marks: Marks, now: datetime
) -> Stored:
    """Rows into the table, told before and settled after. `new` are known not to be there, of `maybe` those that are
    are compared. `marks`: by pk of a `StreamMark` what it says when the rows are in. GatewayError leaves the commit
    open for `recover`."""
    doubtful = list(LakeCommit.objects.filter(app=app, is_done=False))
    if doubtful:
        new, maybe = new.slice(0, 0), pa.concat_tables([maybe, new])
    number = (LakeCommit.objects.filter(app=app).aggregate(last=Max("number"))["last"] or 0) + 1
    told = LakeCommit.objects.create(
        app=app,
        number=number,
        job=job,
        table=table.name,
        rows=new.num_rows + maybe.num_rows,
        marks={str(key): list(mark) for key, mark in marks.items()},
        planned=now,
    )
    stored = table.store(new, maybe, app=app, number=number)
    if doubtful:
        _settle(told, marks)
        recount(table, list(marks))
        LakeCommit.objects.filter(pk__in=[one.pk for one in doubtful if _is_passed(one)]).delete()
    else:
        _settle(told, marks, stored.late)
    return stored


@transaction.atomic
def _settle(told: LakeCommit, marks: Marks, late: Mapping[str, int] = MappingProxyType({})) -> None:
    rows = list(StreamMark.objects.filter(pk__in=list(marks)))
    for row in rows:
        last, count = marks[row.pk]
        row.last = last if row.last is None else max(row.last, last)
        row.rows += count + late.get(row.web_id, 0)
    StreamMark.objects.bulk_update(rows, ["last", "rows"], batch_size=500)
    LakeCommit.objects.filter(pk=told.pk).update(is_done=True, marks={})
    LakeCommit.objects.filter(app=told.app, is_done=True, number__lte=told.number - KEPT).delete()
