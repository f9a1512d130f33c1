"""Event frames of another PI server into this one, and from here, by the synchronisation, into the lake.

All frames that overlap the window since the last run (and a while before) are read, so an open frame is followed until
it ends. A page of frames costs one request for their values, not one for each attribute. A frame is written when it
differs from what was read before; one that the source no longer has is deleted here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import orjson
from django.db import transaction
from django.db.models import Q

from events import arrivals, bulk
from events.arrivals import Arrival
from events.frame_rows import readable
from events.ingestion.columns import iso, microseconds
from events.ingestion.faults import SourceError
from events.ingestion.framereferences import elements_of, refer, referenced
from events.ingestion.framevalues import gone, values_of
from events.ingestion.hierarchy import database_of
from events.ingestion.paging import listed
from events.ingestion.tally import SECOND, TICKS, Work
from events.lakehouse.rows import FrameRow
from events.models import EventFrame
from events.models.frames import SEVERITIES
from events.models.ingest import FrameMark
from piwebapi.core.chunks import chunks
from piwebapi.core.times import OPEN_END, from_datetime
from piwebapi.models import Element

#: makes the ids of frames from other servers
NAMESPACE = UUID("0f5d6a1e-93f4-5c0e-8a5e-6d7c0a1b9e21")
AT_ONCE = 100
FIELDS = "Links.Next;" + ";".join(
    f"Items.{name}"
    for name in (
        *("WebId", "Id", "Name", "Description", "TemplateName", "StartTime", "EndTime", "Severity", "CategoryNames"),
        "RefElementWebIds",
    )
)


def ingest(work: Work) -> None:
    job, end = work.job, work.moment
    if not job.source.url:
        raise SourceError("The event frames of this server are here already: name another source.", permanent=True)
    work.tally.table = "event frames"
    database = database_of(work)
    begin = end - job.first_seconds * SECOND if job.until is None else job.until // TICKS - job.overlap_seconds * SECOND
    seen: set[str] = set()
    for page in _pages(work, database["WebId"], begin, end):
        for some in chunks(page, AT_ONCE):
            _take_over(work, some)
        seen.update(str(item["WebId"]) for item in page)
    _follow_deleted(work, begin, seen)
    job.reach(end * TICKS)


def _pages(work: Work, web_id: str, begin: int, end: int) -> Iterator[list[dict[str, Any]]]:
    """One search for each template that is asked for."""
    source = work.client.source
    templates = [name.strip() for name in work.job.templates.split(",") if name.strip()] or [""]
    for template in templates:
        query = [("searchMode", "Overlapped"), ("startTime", iso(begin)), ("endTime", iso(end))]
        query += [("searchFullHierarchy", "true"), ("sortField", "StartTime"), ("selectedFields", FIELDS)]
        query += [("templateName", template)] if template else []
        yield from listed(work.client, f"assetdatabases/{web_id}/eventframes", query, source.page_size)


def _take_over(work: Work, items: Sequence[dict[str, Any]]) -> None:
    work.keep()
    own = _own(items)
    items = [item for item in items if str(item.get("Id", "")).lower() not in own]
    work.tally.read += len(items)
    values = values_of(work.client, [str(item["WebId"]) for item in items], work.job.attributes)
    elements = elements_of(work.client, items)
    rows, prints = {}, {}
    for item in items:
        try:
            rows[item["WebId"]] = row = _row(item, values.get(item["WebId"], {}), elements)
        except (KeyError, ValueError, OverflowError) as error:
            work.tally.rejected[f"event frame: {error}"[:200]] += 1
            continue
        prints[item["WebId"]] = _print(row, item)
    known = {mark.web_id: mark for mark in FrameMark.objects.filter(job=work.job, web_id__in=list(rows))}
    moved = {key: row for key, row in rows.items() if key not in known or known[key].digest != prints[key]}
    if moved:
        _store(work, moved, prints, {item["WebId"]: item for item in items}, elements)


def _own(items: Sequence[dict[str, Any]]) -> set[str]:
    """Ids of frames that were born here: a source may be this server under another address."""
    ids = []
    for item in items:
        try:
            ids.append(UUID(str(item.get("Id"))))
        except ValueError:
            continue
    return {str(pk) for pk in EventFrame.objects.filter(pk__in=ids).values_list("pk", flat=True)}


def _row(item: dict[str, Any], values: dict[str, str], elements: dict[str, Element]) -> FrameRow:
    start, end = _moment(item["StartTime"]), _moment(item["EndTime"]) if item.get("EndTime") else None
    first = next(iter(referenced(item)), "")
    primary = elements.get(first)
    return FrameRow(
        webid=item["WebId"],
        name=item["Name"],
        template_name=item.get("TemplateName") or "",
        start=start,
        end=None if end is None or from_datetime(end) >= OPEN_END - TICKS * SECOND else end,
        primary_referenced_element_webid=primary.web_id() if primary else first,
        description=item.get("Description") or "",
        category_names=tuple(sorted(item.get("CategoryNames") or ())),
        attributes=values,
    )


def _moment(text: str) -> datetime:
    if text.startswith("9999"):
        return datetime.max.replace(tzinfo=UTC)
    return datetime.fromtimestamp(int(microseconds([text])[0]) / SECOND, UTC)


def _print(row: FrameRow, item: dict[str, Any]) -> str:
    content = [row.name, row.template_name, str(row.start), str(row.end), row.primary_referenced_element_webid]
    more = [row.description, row.category_names, sorted(row.attributes.items()), item.get("Severity"), referenced(item)]
    return hashlib.sha256(orjson.dumps([*content, *more])).hexdigest()


def id_for(work: Work, web_id: str) -> UUID:
    return uuid5(NAMESPACE, f"{work.job.source_id}|{web_id}")


@transaction.atomic
def _store(
    work: Work,
    rows: dict[str, FrameRow],
    prints: dict[str, str],
    items: dict[str, dict[str, Any]],
    elements: dict[str, Element],
) -> None:
    ids = {key: id_for(work, key) for key in rows}
    frames = {frame.pk: frame for frame in readable(EventFrame.objects.filter(pk__in=list(ids.values())))}
    incoming = [Arrival(ids[key], row, frames.get(ids[key])) for key, row in rows.items()]
    refused = arrivals.take_over(incoming, from_datetime(work.now))
    for reason in refused.values():
        work.tally.rejected[reason[:200]] += 1
    fit = {key: row for key, row in rows.items() if ids[key] not in refused}
    for rank, name in enumerate(SEVERITIES):
        chosen = [ids[key] for key in fit if (items[key].get("Severity") or "None") == name]
        EventFrame.objects.filter(pk__in=chosen).exclude(severity=rank).update(severity=rank)
    refer({ids[key]: items[key] for key in fit}, elements)
    FrameMark.objects.bulk_create(
        [
            FrameMark(
                job=work.job,
                web_id=key,
                frame_id=ids[key],
                digest=prints[key],
                end=None if row.end is None else from_datetime(row.end),
            )
            for key, row in fit.items()
        ],
        update_conflicts=True,
        unique_fields=["job", "web_id"],
        update_fields=["digest", "end"],
    )
    work.tally.written += len(fit)
    work.tally.changed += sum(ids[key] in frames for key in fit)
    for row in fit.values():
        work.tally.saw(from_datetime(row.start) // TICKS)


def _follow_deleted(work: Work, begin: int, seen: set[str]) -> None:
    """Of the frames that should have been in the window and were not, those that the source says are gone."""
    marks = FrameMark.objects.filter(Q(end=None) | Q(end__gte=begin * TICKS), job=work.job)
    missing = [mark for mark in marks if mark.web_id not in seen]
    if not missing:
        return
    lost = gone(work.client, [mark.web_id for mark in missing])
    doomed = [mark for mark in missing if mark.web_id in lost]
    with transaction.atomic():
        bulk.delete(EventFrame.objects.filter(pk__in=[mark.frame_id for mark in doomed]))
        FrameMark.objects.filter(pk__in=[mark.pk for mark in doomed]).delete()
    work.tally.written += len(doomed)
