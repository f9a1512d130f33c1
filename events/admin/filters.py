"""Filters of the list of event frames."""

from __future__ import annotations

from django.db.models import Q

from events.models import SEVERITIES
from piwebapi.admin.filters import choice
from piwebapi.admin.writing import now
from piwebapi.core.times import TICKS_PER_DAY, TICKS_PER_HOUR

SPANS = {
    "the last hour": TICKS_PER_HOUR,
    "the last day": TICKS_PER_DAY,
    "the last 7 days": 7 * TICKS_PER_DAY,
    "the last 30 days": 30 * TICKS_PER_DAY,
}

StateFilter = choice("state", "state", {"Open": lambda: Q(end=None), "Closed": lambda: Q(end__isnull=False)})
AcknowledgedFilter = choice(
    "acknowledged",
    "acknowledged",
    {
        "Yes": lambda: Q(acknowledged_at__isnull=False),
        "Waiting": lambda: Q(acknowledged_at=None, can_be_acknowledged=True),
        "Not asked for": lambda: Q(acknowledged_at=None, can_be_acknowledged=False),
    },
)
SeverityFilter = choice(
    "severity", "severity", {name: (lambda rank=rank: Q(severity=rank)) for rank, name in enumerate(SEVERITIES)}
)
StartedFilter = choice(
    "start", "start", {name: (lambda span=span: Q(start__gte=now() - span)) for name, span in SPANS.items()}
)
