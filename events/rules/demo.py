"""Rules of the demo plant: alarms that its own signals raise, so that each agrees with the history that it points at.

They look at the five plants that the other event frames of the demo are about. The alarms among its first event frames
are what these rules find in the past (`Search`); the day before the first start is evaluated whole, by a worker.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from events.models import EventFrame, EventFrameAttribute
from events.models.rules import EventRule, RuleFrame
from events.rules import evaluation, services
from events.rules.episodes import Episode
from events.rules.following import step_of, true_for, truths
from events.rules.scope import Scope, scope_of
from piwebapi.core.times import TICKS_PER_DAY, TICKS_PER_MINUTE, from_datetime
from piwebapi.demo import draws, facts
from piwebapi.demo.frames import COUNT, PLANTS, SEVERITY, Exceeded, key_of
from piwebapi.demo.loader import loaded
from piwebapi.demo.templates import FRAME_TEMPLATES, UNIT
from piwebapi.models import AssetDatabase, ElementTemplate

#: name -> condition, seconds, attribute, priority
RULES = {
    "High Temperature": ("'Temperature' > 95", 60, "Temperature", "High"),
    "High Level": ("'Level' > 99.5", 60, "Level", "Medium"),
    "High Power": ("'Power' > 4900", 30, "Power", "Low"),
    "Low Pressure": ("'Pressure' < 1.1", 60, "Pressure", "High"),
    "Low Level": ("'Level' < 0.5", 70, "Level", "Low"),
}
#: what a sensor of the demo plant does wrong is over sooner
WIDE = 3 * TICKS_PER_MINUTE
TRIES = 4
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
            "description": f"{attribute} of a unit is too {name.partition(' ')[0].lower()}",
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
        _own_first_alarms(rule, facts.Ids(plant.seed))
        evaluation.request_backfill(rule, moment - TICKS_PER_DAY, moment, now + timedelta(seconds=rule.delay_seconds))


def _own_first_alarms(rule: EventRule, ids: facts.Ids) -> None:
    """The alarms that `Search` has found are those of the rule, so that no backfill makes them again."""
    mine = EventFrameAttribute.objects.filter(name="AlarmType", value=rule.name)
    first = EventFrame.objects.filter(pk__in=[ids.frame(key_of(number)) for number in range(COUNT)])
    RuleFrame.objects.bulk_create(
        RuleFrame(frame_id=frame.pk, rule=rule, element_id=frame.primary_element_id, start=frame.start, end=frame.end)
        for frame in first.filter(attributes__in=mine)
    )


class Search:
    """What the rules find in a stretch of history of a plant: one of the episodes, the same at every load.

    The signals are looked at as often as the shortest episode needs, then closely around a hit: 1 ms a rule.
    """

    def __init__(self, database: AssetDatabase, seed: int, layout: facts.Layout, now: int) -> None:
        self.database, self.seed, self.layout, self.now = database, seed, layout, now
        self.units = {
            facts.unit_path(plant, unit): (plant, unit)
            for plant in layout.plants[:PLANTS]
            for unit in range(1, layout.units + 1)
        }
        templates = ElementTemplate.objects.filter(database=database, name=UNIT.name, instance_type="Element")
        self.template = templates.first()

    def __call__(self, key: str, plant: str, start: int, end: int) -> Exceeded | None:
        if self.template is None:
            return None
        for name in sorted(RULES, key=lambda name: draws.draw(self.seed, f"{key} {name}")):
            rule, scope = self._rules[name]
            found = self._found(rule, scope, plant, start, end)
            if found is not None:
                place, unit = self.units[scope.elements[found.row].path]
                attributes = {"Priority": RULES[name][3], "AlarmType": name}
                reason = f"{rule.start_condition} for {rule.true_for_seconds:g} s"
                return Exceeded(place, unit, found.start, found.end or found.start, attributes, reason)
        return None

    @cached_property
    def _rules(self) -> dict[str, tuple[EventRule, Scope]]:
        scope = ",".join(f"{name}_Plant\\*" for name in self.layout.plants[:PLANTS])
        made = {
            name: EventRule(
                database=self.database,
                element_template=self.template,
                scope=scope,
                start_condition=text,
                true_for_seconds=seconds,
            )
            for name, (text, seconds, *_) in RULES.items()
        }
        return {name: (rule, scope_of(rule)) for name, rule in made.items()}

    def _found(self, rule: EventRule, scope: Scope, plant: str, start: int, end: int) -> Episode | None:
        rows = self._rows(scope, plant)
        length = true_for(rule)
        times = np.arange(start + length, end - length, length, dtype=np.int64)
        holds, _ = truths(scope, rows, times, self.now)
        for row, place in np.argwhere(holds == 1)[:TRIES].tolist():
            episode = self._around(rule, scope, rows[row : row + 1], int(times[place]))
            if episode is not None and start < episode.start and (episode.end or end) < end:
                return episode
        return None

    def _around(self, rule: EventRule, scope: Scope, row: NDArray[np.intp], moment: int) -> Episode | None:
        """The episode that goes on at a time at which the condition holds, if it is long enough to be one."""
        grid = np.arange(moment - WIDE, moment + WIDE, step_of(rule), dtype=np.int64)
        holds, _ = truths(scope, row, grid, self.now)
        over = np.flatnonzero(holds[0] != 1)
        place = int(np.searchsorted(over, np.searchsorted(grid, moment)))
        if not 0 < place < len(over):
            return None
        first, last = over[place - 1] + 1, over[place] - 1
        is_one = grid[last] - grid[first] >= true_for(rule)
        return Episode(int(row[0]), int(grid[first]), int(grid[last + 1])) if is_one else None

    def _rows(self, scope: Scope, plant: str) -> NDArray[np.intp]:
        """The units of the plant. In the smallest size they are few: then those of all plants."""
        small = len(self.layout.plants) < PLANTS
        there = [row for row, one in enumerate(scope.elements) if small or self.units[one.path][0] == plant]
        return np.array(there, np.intp)
