"""Which streams a job reads: found by the search of the source, remembered with their marks.

Where the source keeps its values here, too, each stream has the point under which it does.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from events.ingestion.faults import SourceError
from events.ingestion.mirror import FIELDS, SOURCE, Mirror, Taken, find_points
from events.ingestion.paging import first_named, listed
from events.ingestion.tally import Work
from events.models.ingest import IngestionJob, StreamMark
from piwebapi.core.chunks import chunks
from piwebapi.core.times import from_datetime
from piwebapi.models import Point

#: the search is made again after so long
SEARCH_SECONDS = 600.0
_searched: dict[tuple[int, str], float] = {}


def marks_of(work: Work) -> list[StreamMark]:
    """The streams that the job reads; the source is searched for them anew from time to time."""
    job = work.job
    known = job.marks.filter(chosen=True)
    if time.monotonic() - _searched.get(_key(job), -SEARCH_SECONDS) >= SEARCH_SECONDS or not known.exists():
        _search(work)
        _searched[_key(job)] = time.monotonic()
    return list(known.select_related("point").order_by("pk"))


def _key(job: IngestionJob) -> tuple[int, str]:
    return job.pk, f"{job.source_id}|{job.source.keeps}|{job.data_server}|{job.query}|{job.most_points}"


def data_server(work: Work) -> dict[str, Any]:
    """The one that the job names, else the first one; from then on the job names it, since the order may change."""
    job = work.job
    found = first_named(work.client, "dataservers", job.data_server, "data server")
    if not job.data_server:
        job.data_server = str(found["Name"])[:200]
        IngestionJob.objects.filter(pk=job.pk, data_server="").update(data_server=job.data_server)
    return found


def _search(work: Work) -> None:
    job, client = work.job, work.client
    server = data_server(work)
    mirror = Mirror(client, server, from_datetime(work.now)) if job.source.keeps else None
    found: dict[str, dict[str, Any]] = {}
    here: dict[str, Point] = {}
    fresh = 0
    for name in [part.strip() for part in job.query.split(",") if part.strip()] or ["*"]:
        query = [("nameFilter", name), ("selectedFields", FIELDS)]
        for page in listed(client, f"dataservers/{server['WebId']}/points", query, client.source.page_size):
            found.update({str(item["WebId"]): item for item in page})
            if len(found) > job.most_points:
                sentence = f"More than {job.most_points} points fit '{job.query}': narrow it, or raise the maximum."
                raise SourceError(sentence, permanent=True)
            if mirror is not None:
                taken = mirror.take(page)
                fresh += taken.fresh
                here |= _kept(work, taken)
    if fresh:
        find_points()
    if not job.source.url:
        for web_id in _of_others(job):
            found.pop(web_id, None)
    _remember(job, found, here)


def _kept(work: Work, taken: Taken) -> dict[str, Point]:
    """The points that this source may fill: made by ingestion, not this server's own, and no other source's."""
    tally, source = work.tally, work.job.source
    tally.rejected.update(taken.refused)
    ids = [point.pk for point in taken.points.values()]
    others: set[int | None] = set()
    for some in chunks(ids):
        rows = StreamMark.objects.filter(point__in=some).exclude(job__source=source)
        others.update(rows.values_list("point", flat=True))
    found = {}
    for web_id, point in taken.points.items():
        if point.point_source != SOURCE or point.simulated or point.web_id() == web_id:
            tally.rejected["kept here: this server has a point of its own of that name"] += 1
        elif point.pk in others:
            tally.rejected["kept here: the point of that name has the values of another source"] += 1
        else:
            found[web_id] = point
    return found


def _of_others(job: IngestionJob) -> list[str]:
    """Points of this server that have the values of another one: those have a place in the lake already."""
    ids = StreamMark.objects.exclude(point=None).exclude(job=job).values("point")
    return [point.web_id() for point in Point.objects.filter(pk__in=ids).select_related("server")]


def _remember(job: IngestionJob, found: Mapping[str, Mapping[str, Any]], here: Mapping[str, Point]) -> None:
    """New ones are added, those no longer found are not read any more but keep their marks."""
    known = {mark.web_id: mark for mark in job.marks.all()}
    fresh, changed = [], []
    for web_id, item in found.items():
        values: dict[str, Any] = {
            "name": item.get("Name", ""),
            "units": item.get("EngineeringUnits") or "",
            "point_type": item.get("PointType") or "",
            "chosen": True,
        }
        if job.source.keeps:
            values["point_id"] = here[web_id].pk if web_id in here else None
        mark = known.get(web_id)
        if mark is None:
            fresh.append(StreamMark(job=job, web_id=web_id, **values))
        elif any(getattr(mark, name) != value for name, value in values.items()):
            _follow(mark, values)
            changed.append(mark)
    gone = [mark.pk for web_id, mark in known.items() if web_id not in found and mark.chosen]
    StreamMark.objects.bulk_create(fresh, batch_size=500)
    columns = ["name", "units", "point_type", "chosen", "point", "kept_until", "kept"]
    StreamMark.objects.bulk_update(changed, columns, batch_size=500)
    for some in chunks(gone):
        StreamMark.objects.filter(pk__in=some).update(chosen=False)


def _follow(mark: StreamMark, values: Mapping[str, Any]) -> None:
    if values.get("point_id") not in (None, mark.point_id):  # another point, which has nothing yet
        mark.kept_until, mark.kept = None, 0
    for name, value in values.items():
        setattr(mark, name, value)
