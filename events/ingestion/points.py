"""Which streams a job reads: found by the search of the source, remembered with their marks."""

from __future__ import annotations

import time

from events.ingestion.client import PiClient
from events.ingestion.faults import SourceError
from events.ingestion.paging import first_named, listed
from events.models.ingest import IngestionJob, StreamMark

#: the search is made again after so long
SEARCH_SECONDS = 600.0
FIELDS = "Links.Next;Items.WebId;Items.Name;Items.EngineeringUnits;Items.PointType"
_searched: dict[tuple[int, str], float] = {}


def marks_of(job: IngestionJob, client: PiClient) -> list[StreamMark]:
    key = (job.pk, f"{job.source_id}|{job.data_server}|{job.query}|{job.most_points}")
    known = job.marks.filter(chosen=True)
    if time.monotonic() - _searched.get(key, -SEARCH_SECONDS) >= SEARCH_SECONDS or not known.exists():
        _search(job, client)
        _searched[key] = time.monotonic()
    return list(known.order_by("pk"))


def _search(job: IngestionJob, client: PiClient) -> None:
    server = first_named(client, "dataservers", job.data_server, "data server")
    found: dict[str, dict[str, str]] = {}
    for name in [part.strip() for part in job.query.split(",") if part.strip()] or ["*"]:
        query = [("nameFilter", name), ("selectedFields", FIELDS)]
        for page in listed(client, f"dataservers/{server['WebId']}/points", query, client.source.page_size):
            found.update({str(item["WebId"]): item for item in page})
            if len(found) > job.most_points:
                sentence = f"More than {job.most_points} points fit '{job.query}': narrow it, or raise the maximum."
                raise SourceError(sentence, permanent=True)
    _remember(job, found)


def _remember(job: IngestionJob, found: dict[str, dict[str, str]]) -> None:
    """New ones are added, those no longer found are not read any more but keep their marks."""
    known = {mark.web_id: mark for mark in job.marks.all()}
    fresh, changed = [], []
    for web_id, item in found.items():
        values = {
            "name": item.get("Name", ""),
            "units": item.get("EngineeringUnits") or "",
            "point_type": item.get("PointType") or "",
            "chosen": True,
        }
        mark = known.get(web_id)
        if mark is None:
            fresh.append(StreamMark(job=job, web_id=web_id, **values))
        elif any(getattr(mark, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(mark, name, value)
            changed.append(mark)
    gone = [mark.pk for web_id, mark in known.items() if web_id not in found and mark.chosen]
    StreamMark.objects.bulk_create(fresh, batch_size=500)
    StreamMark.objects.bulk_update(changed, ["name", "units", "point_type", "chosen"], batch_size=500)
    for start in range(0, len(gone), 500):
        StreamMark.objects.filter(pk__in=gone[start : start + 500]).update(chosen=False)
