"""``pi_metrics_hourly``: of each stream and hour the count, the average, the extremes and the share of good values.

Hours are computed anew from ``pi_timeseries`` when rows of theirs have come since the last run, so late values count.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from events.ingestion.lake.table import LakeTable
from events.ingestion.tables import METRICS, PARTITION, TIMESERIES
from events.ingestion.tally import TICKS, Work
from events.lakehouse.schema import TIMESTAMP
from piwebapi.core.times import from_datetime

#: rows become visible after their ingestion time
OVERLAP = timedelta(minutes=5)
HOURS_AT_ONCE = 6
HOUR = timedelta(hours=1)


def ingest(work: Work) -> None:
    """One run: the hours that rows have come for since the last one. Its source is the lake itself."""
    job = work.job
    series = work.open(TIMESERIES)
    metrics = work.open(METRICS)
    try:
        begun = work.now
        for first, last in _stretches(_touched(series, job.until)):
            work.keep()
            rows = _computed(series, first, last, begun)
            work.tally.read += int(sum(rows["sample_count"].to_pylist()))
            if rows.num_rows:
                stored = metrics.upsert(rows)
                work.tally.written += stored.inserted + stored.changed
                work.tally.saw(from_datetime(last) // TICKS)
            if work.is_over:
                return  # the mark stays: the rest is found again
        job.reach(from_datetime(begun))
    finally:
        series.close()
        metrics.close()


def _touched(series: LakeTable, until: int | None) -> list[datetime]:
    """Hours of which rows have come since."""
    sql = "SELECT DISTINCT date_trunc('hour', timestamp) AS hour FROM {table}"
    if until is None:
        found = series.query(sql)
    else:
        since = datetime.fromtimestamp(until / (TICKS * 1e6), UTC) - OVERLAP
        sql += " WHERE ingestion_timestamp >= CAST(:since AS TIMESTAMP)"
        found = series.query(sql, {"since": since.isoformat()})
    return sorted(hour.astimezone(UTC) for hour in found.column("hour").cast(TIMESTAMP).to_pylist() if hour)


def _stretches(hours: list[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """First and last hour of runs without a gap, a few hours each."""
    first = last = None
    for hour in hours:
        if first is not None and last is not None and (hour - last > HOUR or hour - first >= HOURS_AT_ONCE * HOUR):
            yield first, last
            first = None
        first, last = first or hour, hour
    if first is not None and last is not None:
        yield first, last


def _computed(series: LakeTable, first: datetime, last: datetime, now: datetime) -> pa.Table:
    good = "CASE WHEN quality_good THEN value END"
    sql = (
        "SELECT tag_webid, max(tag_name) AS tag_name, date_trunc('hour', timestamp) AS hour, "
        f"CAST(count(*) AS BIGINT) AS sample_count, avg({good}) AS avg_value, min({good}) AS min_value, "
        f"max({good}) AS max_value, 100.0 * sum(CASE WHEN quality_good THEN 1 ELSE 0 END) / count(*) AS percent_good "
        f"FROM {{table}} WHERE {PARTITION} BETWEEN CAST(:lo AS DATE) AND CAST(:hi AS DATE) "
        "AND timestamp >= CAST(:first AS TIMESTAMP) AND timestamp < CAST(:last AS TIMESTAMP) "
        "GROUP BY tag_webid, date_trunc('hour', timestamp)"
    )
    end = last + HOUR
    values = {"lo": str(first.date()), "hi": str(last.date()), "first": first.isoformat(), "last": end.isoformat()}
    found = series.query(sql, values)
    hours = found["hour"].cast(TIMESTAMP)
    more: dict[str, Any] = {
        "hour": hours,
        "ingestion_timestamp": pa.array([now] * found.num_rows, TIMESTAMP),
        PARTITION: hours.cast(pa.date32()),
    }
    columns = [more[name] if name in more else found[name] for name in METRICS.names]
    fields = zip(columns, METRICS.columns, strict=True)
    return pa.table([column.cast(field.arrow) for column, field in fields], schema=METRICS.arrow)
