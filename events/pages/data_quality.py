"""What each ingestion job's data are like: six figures of the last run that wrote any rows, each against its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from events.models.ingest import IngestionJob, IngestionQuality
from piwebapi.templatetags.site import span

RECENT = timedelta(days=7)
COLUMNS = ("Null rate", "Doubtful", "Duplicates", "Volume", "Freshness", "Schema drift")
#: share of the rows from which one looks, and from which it has failed
NULLS, DOUBTFUL, DUPLICATES = (0.05, 0.2), (0.2, 0.5), (0.0, 0.05)
#: rows against the usual number: from, to
VOLUME, FAR = (0.5, 2.0), (0.1, 10.0)
#: age of the newest row, in periods of the job, and least of all in seconds
PERIODS, LEAST = (2, 4), (120, 240)
#: kinds whose rows come steadily; rows of the others come when something changes
STEADY = ("timeseries", "written")


@dataclass(frozen=True)
class Figure:
    """`state`: pass, warn, fail, or none where there is nothing to compare with."""

    value: str
    limit: str
    state: str


def overview(now: datetime) -> list[dict[str, Any]]:
    """Jobs by name with their figures. Two queries."""
    newest: dict[int, IngestionQuality] = {}
    for row in IngestionQuality.objects.filter(at__gte=now - RECENT, written__gt=0):
        newest.setdefault(row.job_id, row)
    jobs = IngestionJob.objects.filter(pk__in=newest)
    return [_told(job, newest[job.pk], now) for job in jobs]


def _told(job: IngestionJob, row: IngestionQuality, now: datetime) -> dict[str, Any]:
    figures = (
        _share(row.null_rate, NULLS),
        _share(row.questionable_rate, DOUBTFUL),
        _duplicates(row),
        _volume(row.volume),
        _freshness(job, row, now),
        _drift(row.drift),
    )
    return {
        "id": job.pk,
        "name": job.name,
        "table": row.table,
        "at": row.at,
        "figures": dict(zip(COLUMNS, figures, strict=True)),
    }


def _share(rate: float, limits: tuple[float, float]) -> Figure:
    return Figure(f"{rate:.1%}", f"at most {limits[0]:.0%}", _above(rate, limits))


def _above(value: float, limits: tuple[float, float]) -> str:
    return "fail" if value > limits[1] else "warn" if value > limits[0] else "pass"


def _duplicates(row: IngestionQuality) -> Figure:
    return Figure(f"{row.duplicates:,}", "none", _above(row.duplicates / max(row.read, 1), DUPLICATES))


def _volume(ratio: float | None) -> Figure:
    limit = f"{VOLUME[0]:.0%} to {VOLUME[1]:.0%} of usual"
    if ratio is None:
        return Figure("first run", limit, "none")
    outside = [not low <= ratio <= high for low, high in (VOLUME, FAR)]
    return Figure(f"{ratio:.0%}", limit, ("pass", "warn", "fail")[sum(outside)])


def _freshness(job: IngestionJob, row: IngestionQuality, now: datetime) -> Figure:
    if row.freshness_seconds is None:
        return Figure("-", "no times", "none")
    age = row.freshness_seconds + (now - row.at).total_seconds()
    if job.kind not in STEADY:
        return Figure(span(age), "no limit", "none")
    look, fail = (max(count * job.every_seconds, least) for count, least in zip(PERIODS, LEAST, strict=True))
    return Figure(span(age), f"at most {span(look)}", _above(age, (look, fail)))


def _drift(told: str) -> Figure:
    """A column too few fails; others besides are told only."""
    state = "pass" if not told else "fail" if told.startswith("lacks") else "warn"
    return Figure(told or "no difference", "none", state)


def counted(rows: list[dict[str, Any]]) -> Mapping[str, int]:
    """How many figures are in each state."""
    states = [figure.state for row in rows for figure in row["figures"].values()]
    return {name: states.count(name) for name in ("pass", "warn", "fail")}
