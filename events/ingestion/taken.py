"""Points and elements of another server into this one: their definitions; values are those of `events.ingestion.kept`.

Elements come as the export of their database, with templates, attributes, tables, enumeration sets and analyses, into
an asset server that is named like the source, so that nothing of this plant's own is touched. Points come as
`events.ingestion.mirror` tells. Nothing is deleted here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from events.ingestion.faults import SourceError
from events.ingestion.hierarchy import database_of
from events.ingestion.mirror import FIELDS, Mirror, find_points
from events.ingestion.paging import listed
from events.ingestion.points import data_server
from events.ingestion.tally import TICKS, Work
from piwebapi.core.times import from_datetime
from piwebapi.transfer import importer
from piwebapi.transfer.document import Document


def elements(work: Work) -> None:
    """One run: the whole database anew. What was not understood is counted as rejected, by its kind."""
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
    work.job.reach(work.moment * TICKS)


def points(work: Work) -> None:
    """One run: all points that fit the query. SourceError when they are more than the job allows."""
    _refuse_ourselves(work)
    job, tally = work.job, work.tally
    mirror = Mirror(work.client, data_server(work), from_datetime(work.now))
    tally.table = f"points of {mirror.server.name}"
    for page in _pages(work, mirror.web_id):
        work.keep()
        told = mirror.take(page)
        tally.read += len(page)
        tally.written += told.fresh + told.changed
        tally.changed += told.changed
        tally.rejected.update(told.refused)
        if work.tally.read > job.most_points:
            sentence = f"More than {job.most_points} points fit '{job.query}': narrow it, or raise the maximum."
            raise SourceError(sentence, permanent=True)
    find_points()
    work.job.reach(work.moment * TICKS)


def _refuse_ourselves(work: Work) -> None:
    if not work.job.source.url:
        raise SourceError("What this server has is here already: name another source.", permanent=True)


def _pages(work: Work, web_id: str) -> Iterator[Sequence[Mapping[str, Any]]]:
    for name in [part.strip() for part in work.job.query.split(",") if part.strip()] or ["*"]:
        query = [("nameFilter", name), ("selectedFields", FIELDS)]
        yield from listed(work.client, f"dataservers/{web_id}/points", query, work.client.source.page_size)
