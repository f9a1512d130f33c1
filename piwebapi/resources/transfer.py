"""Asset databases as AF XML, out and in."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore

from piwebapi.access import find
from piwebapi.api import params
from piwebapi.api.answers import ANYTHING, INTEGER, TEXT, answers, many, record, table_of, takes
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.core.errors import BadRequest, Unavailable
from piwebapi.models import AssetDatabase
from piwebapi.securables import visible
from piwebapi.transfer import exporter, importer
from piwebapi.transfer.document import Document

from .databases import ASSET_DATABASE

EXPORT_MODES = ("StrongReferences", "AllReferences", "NoUniqueID")
IMPORT_MODES = ("AllowCreate", "AllowUpdate", "AutoCheckIn")
#: exports at a time in a process, half of its usual threads; this server's own ingestion takes one now and then
AT_ONCE = 2
_turns = BoundedSemaphore(AT_ONCE)
_GAPS = many(table_of(ANYTHING))
REPORT = record(
    **dict.fromkeys(("Created", "Updated", "Unchanged"), table_of(INTEGER)), NotTakenOver=_GAPS, PointsNotFound=_GAPS
)


@answers(TEXT, media="application/xml")
def export(call: Call) -> Reply:
    """All of the database that the caller may read; of event frames those that touch the time asked for.

    A few at a time in a process: each takes a thread for seconds to minutes, and everybody may ask who may read."""
    database = find(call.caller, call.web_id, "AssetDatabase", right="read_data")
    if not _turns.acquire(blocking=False):
        raise Unavailable("Other exports are under way; ask again when one is over.", headers={"Retry-After": "30"})
    try:
        return _exported(call, database)
    finally:
        _turns.release()


def _exported(call: Call, database: AssetDatabase) -> Reply:
    time = {"start": call["startTime"], "end": call["endTime"]}
    see = partial(visible, call.caller)
    content = "".join(exporter.run(database, ids="NoUniqueID" not in call["exportMode"], see=see, **time)).encode()
    name = "".join(letter if letter.isalnum() else "_" for letter in database.name)
    headers = {"Content-Disposition": f'attachment; filename="{name}.xml"'}
    return Reply(200, content, headers, "application/xml; charset=utf-8")


@takes(TEXT, media="application/xml")
@answers(REPORT)
def import_(call: Call) -> Reply:
    """The report of the import: what was created and updated, and what the file has that is not kept.

    It writes over everything in the database, whatever the entries of single objects are: that takes Admin.
    """
    database = find(call.caller, call.web_id, "AssetDatabase", right="admin")
    if call["importMode"] and not {"AllowCreate", "AllowUpdate"} <= set(call["importMode"]):
        raise BadRequest("An import always creates and updates; importMode must allow both.")
    options = importer.Options(server=database.server.name, database=database.name)
    report = importer.run(Document(Path("body"), call.raw), options, now=call.now)
    gaps = [{"What": kind, **_titled(asdict(gap))} for kind, gap in sorted(report.gaps.items())]
    points = [{"What": why, **_titled(asdict(gap))} for why, gap in sorted(report.unfound.items())]
    counts = {"Created": dict(report.created), "Updated": dict(report.updated), "Unchanged": dict(report.unchanged)}
    return Reply(200, {**counts, "NotTakenOver": gaps, "PointsNotFound": points})


def _titled(members: dict[str, object]) -> dict[str, object]:
    return {name.title(): value for name, value in members.items()}


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "AssetDatabase_Export",
        "GET",
        "assetdatabases/{webId}/export",
        export,
        (
            params.choice("exportMode", EXPORT_MODES, many=True, about="NoUniqueID leaves out the ids of objects."),
            params.START_TIME.but(default="*-30d"),
            params.END_TIME,
        ),
        resource=ASSET_DATABASE,
    ),
    Endpoint(
        "AssetDatabase_Import",
        "POST",
        "assetdatabases/{webId}/import",
        import_,
        (params.choice("importMode", IMPORT_MODES, many=True, about="Both AllowCreate and AllowUpdate, or absent."),),
        resource=ASSET_DATABASE,
        right="write",
        body="raw",
    ),
)
