"""Several jobs on one table: a stream that is new to a job may stand there already, and one job at a time feeds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from events.ingestion.lake.table import LakeTable
from events.ingestion.tally import TICKS
from events.models.ingest import IngestionJob, StreamMark
from events.models.sync import Lease
from piwebapi.core.chunks import chunks
from piwebapi.models import Point

#: more streams than these are not named in a query: the whole table is counted
NAMED = 200


def held(table: LakeTable, web_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Of the streams that the table has rows of: the newest time (ticks), and how many rows. One query."""
    if not web_ids:
        return {}
    values = {f"tag{place:03}": web_id for place, web_id in enumerate(web_ids)} if len(web_ids) <= NAMED else {}
    where = f"WHERE tag_webid IN ({', '.join(f':{name}' for name in values)}) " if values else ""
    sql = f"SELECT tag_webid, max(timestamp) AS newest, count(*) AS n FROM {{table}} {where}GROUP BY tag_webid"
    found = table.query(sql, values)
    moments = found["newest"].cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_pylist()
    rows = zip(found["tag_webid"].to_pylist(), moments, found["n"].to_pylist(), strict=True)
    known = {web_id: (moment * TICKS, count) for web_id, moment, count in rows}
    return {web_id: known[web_id] for web_id in web_ids if web_id in known}


def read_over_rest(web_ids: Sequence[str]) -> set[str]:
    """Streams that a job reads from this server over REST."""
    found: set[str] = set()
    for some in chunks(web_ids):
        rows = StreamMark.objects.filter(job__source__url="", job__kind="timeseries", chosen=True, web_id__in=some)
        found.update(rows.values_list("web_id", flat=True))
    return found


def of_other_servers(points: Mapping[str, Point]) -> set[str]:
    """Of points by their WebIds, those that keep the values of another server, which a job brings into the lake."""
    names = {point.pk: web_id for web_id, point in points.items()}
    found: set[str] = set()
    for some in chunks(list(names)):
        marks = StreamMark.objects.filter(point__in=some).values_list("point", flat=True)
        found.update(names[pk] for pk in marks if pk is not None)
    return found


def is_at_work(now: datetime) -> bool:
    """Whether a job writes values out of the sequence log. It began before the streams of the asking job were told, so
    it may not know of them."""
    names = [job.lease for job in IngestionJob.objects.filter(kind="written")]
    return bool(names) and Lease.objects.filter(name__in=names, until__gt=now).exclude(owner="").exists()
