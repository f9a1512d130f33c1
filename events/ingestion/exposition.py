"""How ingestion and rules stand, for Prometheus: one line for each job and figure, none from the lake.

Source: Prometheus documentation, exposition formats (text format 0.0.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from events.ingestion import status
from events.models.rules import EventRule
from piwebapi.core.times import TICKS_PER_SECOND, from_datetime

#: name -> help; all are gauges
JOBS: Mapping[str, str] = {
    "overdue": "1 where the job has not succeeded for three of its periods.",
    "failing": "1 where its last run failed.",
    "enabled": "1 where job and source are switched on.",
    "streams": "Streams that the job reads.",
    "rows": "Rows of these streams that the ledger counts in the table.",
    "kept_rows": "Events of these streams that this server's own archive has got.",
    "lag_seconds": "How long ago the moment is up to which the job has read.",
    "freshness_seconds": "Age of the newest row that the last run which wrote any has brought.",
    "read_rows": "Rows read by that run.",
    "written_rows": "Rows written by that run.",
    "rejected_rows": "Rows that it refused.",
    "duplicate_rows": "Rows that came twice in it.",
    "late_rows": "Rows that came after later ones had been read.",
    "null_rate": "Share of its rows without value.",
    "questionable_rate": "Share of its rows of doubtful quality.",
    "volume_ratio": "Its rows against the mean of the runs before.",
    "schema_drift": "1 where the table has other columns than ours.",
}
RULES: Mapping[str, str] = {
    "enabled": "1 where the rule is switched on.",
    "seconds": "How long the last evaluation took.",
    "elements": "Elements that the rule looks at.",
    "lag_seconds": "How long ago the moment is up to which it has been evaluated.",
    "failing": "1 where the last evaluation failed.",
}


def exposition() -> str:
    now = timezone.now()
    jobs = [({"job": job["name"], "kind": job["kind"]}, _job(job, now)) for job in status.overview(now)["jobs"]]
    rules = [({"rule": rule.name}, _rule(rule, now)) for rule in EventRule.objects.all()]
    lines = [*_lines("osipi_ingestion", JOBS, jobs), *_lines("osipi_rule", RULES, rules)]
    return "".join(f"{line}\n" for line in lines)


def _job(job: Mapping[str, Any], now: datetime) -> dict[str, float | None]:
    quality = job["quality"] or {}
    fresh = quality.get("freshness_seconds")
    if fresh is not None:
        fresh += (now - datetime.fromisoformat(quality["at"])).total_seconds()
    return {
        "overdue": bool(job["problem"]),
        "failing": job["state"] == "failed",
        "enabled": job["enabled"],
        "streams": job["streams"],
        "rows": job["rows"],
        "kept_rows": job["kept"],
        "lag_seconds": job["lag_seconds"],
        "freshness_seconds": fresh,
        "read_rows": quality.get("read"),
        "written_rows": quality.get("written"),
        "rejected_rows": sum(quality["rejected"].values()) if quality else None,
        "duplicate_rows": quality.get("duplicates"),
        "late_rows": quality.get("late"),
        "null_rate": quality.get("null_rate"),
        "questionable_rate": quality.get("questionable_rate"),
        "volume_ratio": quality.get("volume"),
        "schema_drift": bool(quality["drift"]) if quality else None,
    }


def _rule(rule: EventRule, now: datetime) -> dict[str, float | None]:
    return {
        "enabled": rule.enabled,
        "seconds": rule.seconds,
        "elements": rule.elements,
        "lag_seconds": None if rule.until is None else (from_datetime(now) - rule.until) / TICKS_PER_SECOND,
        "failing": bool(rule.error),
    }


def _lines(
    prefix: str, texts: Mapping[str, str], rows: Iterable[tuple[Mapping[str, str], Mapping[str, float | None]]]
) -> Iterator[str]:
    rows = list(rows)
    for name, help in texts.items():
        told = [(labels, figures[name]) for labels, figures in rows if figures[name] is not None]
        if told:
            yield f"# HELP {prefix}_{name} {help}"
            yield f"# TYPE {prefix}_{name} gauge"
        for labels, figure in told:
            named = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            yield f"{prefix}_{name}{{{named}}} {figure:g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
