"""What a run tells about its data, kept as rows."""

from __future__ import annotations

from datetime import timedelta

from events.ingestion.tally import SECOND, Tally
from events.models.ingest import IngestionQuality, IngestionRun

KEPT = timedelta(days=7)
#: the usual volume is the mean of so many runs
USUAL = 20


def remember(told: IngestionRun, tally: Tally) -> IngestionQuality:
    """One row for a run. Rates are shares of the rows written (0 to 1), freshness and lag are seconds."""
    rows = max(tally.written, 1)
    freshness = None if tally.newest is None else told.finished.timestamp() - tally.newest / SECOND
    made = IngestionQuality.objects.create(
        job=told.job,
        table=tally.table,
        at=told.finished,
        read=tally.read,
        written=tally.written,
        duplicates=tally.duplicates,
        late=tally.late,
        rejected=dict(tally.rejected),
        null_rate=round(min(tally.nulls / rows, 1.0), 6),
        questionable_rate=round(min(tally.questionable / rows, 1.0), 6),
        freshness_seconds=freshness and round(freshness, 3),
        lag_seconds=told.lag_seconds,
        volume=_volume(told, tally.written),
        drift=tally.drift[:1000],
    )
    IngestionQuality.objects.filter(at__lt=told.finished - KEPT).delete()
    return made


def _volume(told: IngestionRun, written: int) -> float | None:
    last = IngestionQuality.objects.filter(job=told.job, written__gt=0).values_list("written", flat=True)[:USUAL]
    usual = list(last)
    return round(written * len(usual) / sum(usual), 3) if usual else None
