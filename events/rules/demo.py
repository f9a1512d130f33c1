"""Rules of the demo plant: alarms that its own signals raise, so that each agrees with the history that it points at.

They look at the five plants that the other event frames of the demo are about, and at the day before the first start.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from events.models.rules import EventRule
from events.rules import evaluation, services
from piwebapi.core.times import TICKS_PER_DAY, from_datetime
from piwebapi.demo.frames import PLANTS, SEVERITY
from piwebapi.demo.loader import loaded
from piwebapi.demo.templates import FRAME_TEMPLATES, UNIT

#: name -> condition, seconds, attribute, priority
RULES = {
    "High Temperature": ("'Temperature' > 95", 60, "Temperature", "High"),
    "High Level": ("'Level' > 99.5", 60, "Level", "Medium"),
    "High Power": ("'Power' > 4900", 30, "Power", "Low"),
}
PATTERN = "Alarm_{element}_{start}"


def load() -> None:
    """Rules that exist are left as they are. They begin with a backfill, which a worker carries out."""
    plant = loaded()
    if plant is None:
        return
    now = timezone.now()
    moment = from_datetime(now)
    scope = ",".join(f"{name}_Plant\\*" for name in plant.layout.plants[:PLANTS])
    for name, (text, seconds, attribute, priority) in RULES.items():
        if EventRule.objects.filter(database=plant.database, name=name).exists():
            continue
        values: dict[str, Any] = {
            "name": name,
            "description": f"{attribute} of a unit is too high",
            "element_template": UNIT.name,
            "frame_template": FRAME_TEMPLATES["Alarm"].name,
            "scope": scope,
            "start_condition": text,
            "true_for_seconds": seconds,
            "severity": SEVERITY[priority],
            "name_pattern": PATTERN,
            "captured": attribute,
            "constants": {"Priority": priority, "AlarmType": name},
            "enabled": True,
        }
        rule = services.create(plant.database, now=moment, **values)
        evaluation.request_backfill(rule, moment - TICKS_PER_DAY, moment, now + timedelta(seconds=rule.delay_seconds))
