"""What the pages of runs share: a page of rows with the way to its neighbours, the same rows as a file, figures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase

from piwebapi.pages.export import table

from .frames import number_of

PAGE = 100


def paged(request: HttpRequest, found: QuerySet[Any]) -> dict[str, Any]:
    """The rows from `startIndex` on, under `runs`; an index behind the end means the last page."""
    total = found.count()
    start = min(number_of(request, "startIndex"), max(0, total - 1) // PAGE * PAGE)
    query = request.GET.copy()
    query.pop("startIndex", None)
    return {
        "runs": found[start : start + PAGE],
        "total": total,
        "first": start + 1,
        "last": min(total, start + PAGE),
        "next": start + PAGE if start + PAGE < total else None,
        "before": max(0, start - PAGE) if start else None,
        "query": query.urlencode(),
        "asked": request.GET,
    }


def bars(runs: QuerySet[Any]) -> list[tuple[Any, int]]:
    """The newest twenty, oldest first, each with its length in percent of the longest."""
    shown = list(runs[:20])[::-1]
    longest = max((run.seconds for run in shown), default=0) or 1
    return [(run, round(100 * run.seconds / longest)) for run in shown]


def success_rate(runs: Iterable[Any]) -> float | None:
    """In percent; a row that stands for several runs counts as so many."""
    counts = [(run.repeats + 1, run.state == "done") for run in runs]
    total = sum(weight for weight, _ in counts)
    return 100 * sum(weight for weight, good in counts if good) / total if total else None


def mean_seconds(runs: Iterable[Any]) -> float | None:
    """Of those that went well."""
    seconds = [run.seconds for run in runs if run.state == "done"]
    return sum(seconds) / len(seconds) if seconds else None


def as_file(name: str, columns: Iterable[str], found: QuerySet[Any]) -> HttpResponseBase:
    """All rows, one attribute of theirs per column."""
    names = list(columns)
    return table(name, names, ([_plain(getattr(row, column)) for column in names] for row in found.iterator()))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
