"""Points and elements of another server into this one: their definitions, not their values.

Elements come as the export of their database, with templates, attributes, tables, enumeration sets and analyses, into
an asset server that is named like the source, so that nothing of this plant's own is touched. Points come under the
name of their data server, so that attributes find them; one that is here already is left as it is, but for its
description, units and range where it was taken over. Nothing is deleted here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import transaction

from events.ingestion.faults import SourceError
from events.ingestion.hierarchy import database_of
from events.ingestion.paging import first_named, listed
from events.ingestion.tally import TICKS, Work
from events.models.ingest import IngestionJob
from piwebapi.core.errors import BadRequest
from piwebapi.core.paths import check_point_name
from piwebapi.core.times import from_datetime
from piwebapi.core.webid import fold
from piwebapi.models import POINT_TYPES, Attribute, DataServer, EnumerationSet, EnumerationValue, Point
from piwebapi.services import points as references
from piwebapi.transfer import importer
from piwebapi.transfer.document import Document

#: the point source of points that were taken over
SOURCE = "osipi"
FIELDS = "Links.Next;" + ";".join(
    f"Items.{name}"
    for name in (
        *("WebId", "Name", "Descriptor", "PointType", "PointClass", "EngineeringUnits", "Zero", "Span", "Step"),
        *("Future", "DisplayDigits", "DigitalSetName"),
    )
)
#: what follows a change at the source
COLUMNS = {"descriptor": "Descriptor", "engineering_units": "EngineeringUnits", "zero": "Zero", "span": "Span"}
AT_ONCE = 500


def elements(work: Work) -> None:
    _refuse_ourselves(work)
    database = database_of(work)
    path = f"assetdatabases/{database['WebId']}/export"
    content = work.client.text(path, [("startTime", "*"), ("endTime", "*")])
    work.keep()
    document = Document(Path(f"export of {database['Name']}"), content)
    work.tally.read, work.tally.table = document.elements, f"asset database {database['Name']}"
    options = importer.Options(server=work.job.source.name, database=str(database["Name"]))
    report = importer.run(document, options, now=from_datetime(work.now))
    for kind, gap in report.gaps.items():
        work.tally.rejected[f"not taken over: {kind}"[:200]] += gap.count
    work.tally.written = sum(report.created.values()) + sum(report.updated.values())
    work.tally.changed = sum(report.updated.values())
    _reached(work)


def points(work: Work) -> None:
    _refuse_ourselves(work)
    job, client = work.job, work.client
    theirs = first_named(client, "dataservers", job.data_server, "data server")
    server = DataServer.objects.get_or_create(name_key=fold(theirs["Name"]), defaults={"name": theirs["Name"]})[0]
    work.tally.table = f"points of {server.name}"
    for page in _pages(work, str(theirs["WebId"])):
        work.keep()
        for start in range(0, len(page), AT_ONCE):
            _take_over(work, server, str(theirs["WebId"]), page[start : start + AT_ONCE])
        if work.tally.read > job.most_points:
            sentence = f"More than {job.most_points} points fit '{job.query}': narrow it, or raise the maximum."
            raise SourceError(sentence, permanent=True)
    _find_points()
    _reached(work)


def _find_points() -> None:
    """For the attributes that have waited for one."""
    waiting = Attribute.objects.filter(data_reference="PI Point", point=None)
    ids = list(waiting.values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        rows = Attribute.objects.filter(pk__in=ids[start : start + AT_ONCE])
        references.resolve(rows.select_related("element"))


def _refuse_ourselves(work: Work) -> None:
    if not work.job.source.url:
        raise SourceError("What this server has is here already: name another source.", permanent=True)


def _reached(work: Work) -> None:
    work.job.until = work.moment * TICKS
    IngestionJob.objects.filter(pk=work.job.pk).update(until=work.job.until)


def _pages(work: Work, web_id: str) -> Iterator[Sequence[Mapping[str, Any]]]:
    for name in [part.strip() for part in work.job.query.split(",") if part.strip()] or ["*"]:
        query = [("nameFilter", name), ("selectedFields", FIELDS)]
        yield from listed(work.client, f"dataservers/{web_id}/points", query, work.client.source.page_size)


@transaction.atomic
def _take_over(work: Work, server: DataServer, web_id: str, items: Sequence[Mapping[str, Any]]) -> None:
    work.tally.read += len(items)
    wanted = {fold(str(item["Name"])): item for item in items}
    known = {row.name_key: row for row in Point.objects.filter(server=server, name_key__in=list(wanted))}
    sets = _sets(work, server, web_id, {str(item.get("DigitalSetName") or "") for item in items} - {""})
    fresh = []
    for key, item in wanted.items():
        try:
            if key not in known:
                fresh.append(_point(work, server, item, sets))
        except BadRequest as error:
            work.tally.rejected[f"point: {error}"[:200]] += 1
    Point.objects.bulk_create(fresh, batch_size=AT_ONCE)
    changed = [row for key, row in known.items() if row.point_source == SOURCE and _follow(row, wanted[key])]
    Point.objects.bulk_update(changed, list(COLUMNS), batch_size=AT_ONCE)
    work.tally.written += len(fresh) + len(changed)
    work.tally.changed += len(changed)


def _point(work: Work, server: DataServer, item: Mapping[str, Any], sets: Mapping[str, EnumerationSet]) -> Point:
    kind = str(item.get("PointType") or "Float32")
    states = sets.get(str(item.get("DigitalSetName") or ""))
    if kind not in POINT_TYPES or (kind == "Digital" and states is None):
        raise BadRequest(f"the type {kind} cannot be kept")
    made = Point(
        server=server,
        name=check_point_name(str(item["Name"])),
        point_type=kind,
        point_class=str(item.get("PointClass") or "classic"),
        point_source=SOURCE,
        digital_set=states,
        step=bool(item.get("Step")),
        future=bool(item.get("Future")),
        display_digits=int(item.get("DisplayDigits") or -5),
        created_ticks=from_datetime(work.now),
    )
    _follow(made, item)
    return made


def _follow(point: Point, item: Mapping[str, Any]) -> bool:
    """Whether anything of it has changed."""
    told = {column: item[name] for column, name in COLUMNS.items() if isinstance(item.get(name), str | int | float)}
    moved = {column: value for column, value in told.items() if getattr(point, column) != value}
    for column, value in moved.items():
        setattr(point, column, value)
    return bool(moved)


def _sets(work: Work, server: DataServer, web_id: str, names: set[str]) -> dict[str, EnumerationSet]:
    """The digital sets that points name; those that are not here come with their states."""
    found = {row.name: row for row in EnumerationSet.objects.filter(data_server=server, name__in=names)}
    missing = names - found.keys()
    if not missing:
        return found
    for item in work.client.get(f"dataservers/{web_id}/enumerationsets").get("Items") or []:
        if item.get("Name") in missing:
            made = EnumerationSet.objects.create(data_server=server, name=str(item["Name"]))
            states = work.client.get(f"enumerationsets/{item['WebId']}/enumerationvalues").get("Items") or []
            for state in states:
                EnumerationValue.objects.create(enumeration_set=made, name=state["Name"], value=state["Value"])
            found[made.name] = made
    return found
