"""The event frames of the demo plant as a plan: what begins when, and how it ends. Times in ticks.

The first 250 lie in as many equal slots of the 30 days before the hour of the first start, so they are
numbered along time and no two have the same minute; they go round the first five plants. Later ones: one in
each ten minutes. Everything follows from seed, size and slot.

Alarms are not made up: those of the first 250 are what the signals of the plant did in the slot, and later ones are
made by the rules of the plant, not here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from piwebapi.core.times import TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND, to_datetime

from . import draws
from .facts import Layout

COUNT = 250
PLANTS = 5
DAYS = 30
OPEN = 5  # of the first ones: the last of each plant is still in progress
SLOT_MINUTES = 10
SLOT = SLOT_MINUTES * TICKS_PER_MINUTE

KINDS = {"BatchRun": 3, "Alarm": 3, "Maintenance": 2, "Downtime": 2}
OTHERS = {kind: weight for kind, weight in KINDS.items() if kind != "Alarm"}
#: how long it takes, in minutes
DURATIONS = {"BatchRun": (120, 480), "Maintenance": (60, 360), "Downtime": (30, 240)}
#: rank of the severity
SEVERITY = {"High": 5, "Medium": 4, "Low": 2, "Maintenance": 1, "Downtime": 3}
ABOUT = {"BatchRun": "batch run", "Alarm": "alarm", "Maintenance": "maintenance", "Downtime": "downtime"}

PRODUCTS = ("ProductA", "ProductB", "ProductC")
OPERATORS = ("Operator1", "Operator2", "Operator3")
TECHNICIANS = ("Tech1", "Tech2", "Tech3")
MAINTENANCE = ("Preventive", "Corrective", "Inspection")
REASONS = ("Equipment failure", "No feed", "Power supply", "Cleaning", "Change of product")


@dataclass(frozen=True)
class PlannedFrame:
    """`due` is when it will end; `attributes` are those known at the start."""

    key: str
    kind: str
    plant: str
    unit: int
    start: int
    due: int
    attributes: dict[str, Any]
    reason: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}_{to_datetime(self.start):%Y%m%d_%H%M}"

    @property
    def description(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"Simulated {ABOUT[self.kind]} on {self.plant} unit {self.unit}{why}"

    @property
    def severity(self) -> int:
        """That of an alarm follows its priority."""
        return SEVERITY.get(self.attributes.get("Priority", self.kind), 0)


@dataclass(frozen=True)
class Exceeded:
    """What the signals of a unit did: a limit was exceeded from `start` to `end`."""

    plant: str
    unit: int
    start: int
    end: int
    attributes: dict[str, Any]
    reason: str


#: of a key, a plant and a window of time
Search = Callable[[str, str, int, int], Exceeded | None]


@dataclass(frozen=True)
class Ending:
    """What is known at the end only. `acknowledged`: by whom and when, for most alarms."""

    attributes: dict[str, Any]
    acknowledged: tuple[str, int] | None = None


def key_of(number: int) -> str:
    """The key of one of the first frames, counted from 0."""
    return f"{number:04d}"


def first_frames(seed: int, layout: Layout, hour: int, alarm: Search) -> list[PlannedFrame]:
    """`hour`: the full hour of the first start. Where the signals did nothing to be alarmed about, something else
    happened."""
    slot = DAYS * TICKS_PER_DAY // COUNT // TICKS_PER_MINUTE
    plants = layout.plants[:PLANTS]
    frames = []
    for number in range(COUNT):
        key = key_of(number)
        begin = hour - DAYS * TICKS_PER_DAY + number * DAYS * TICKS_PER_DAY // COUNT
        start = (begin // TICKS_PER_MINUTE + draws.whole(seed, f"{key} start", 1, slot - 1)) * TICKS_PER_MINUTE
        due = hour + draws.whole(seed, f"{key} due", 20, 300) * TICKS_PER_MINUTE
        plant = plants[number % len(plants)]
        is_open = number >= COUNT - OPEN
        if not is_open and draws.weighted(seed, f"{key} kind", KINDS) == "Alarm":
            found = alarm(key, plant, begin + TICKS_PER_MINUTE, begin + slot * TICKS_PER_MINUTE - 1)
            if found is not None:
                frames.append(_alarm(key, found))
                continue
        frames.append(_plan(seed, layout, key, number, plant, start, due if is_open else None))
    return frames


def later_frames(seed: int, layout: Layout, after: int, until: int) -> list[PlannedFrame]:
    """Those that start after the one time and not after the other."""
    frames = []
    for slot in range(after // SLOT, until // SLOT + 1):
        key = f"slot {slot}"
        start = slot * SLOT + draws.whole(seed, f"{key} start", 0, SLOT_MINUTES - 1) * TICKS_PER_MINUTE
        if after < start <= until:
            plant = draws.pick(seed, f"{key} plant", layout.plants[:PLANTS])
            frames.append(_plan(seed, layout, key, slot, plant, start, None))
    return frames


def _alarm(key: str, found: Exceeded) -> PlannedFrame:
    return PlannedFrame(key, "Alarm", found.plant, found.unit, found.start, found.end, found.attributes, found.reason)


def _plan(seed: int, layout: Layout, key: str, number: int, plant: str, start: int, due: int | None) -> PlannedFrame:
    kind = draws.weighted(seed, f"{key} other kind", OTHERS)
    if due is None:
        due = start + draws.whole(seed, f"{key} duration", *DURATIONS[kind]) * TICKS_PER_MINUTE
    unit = draws.whole(seed, f"{key} unit", 1, layout.units)
    return PlannedFrame(key, kind, plant, unit, start, due, _beginning(seed, key, kind, number))


def _beginning(seed: int, key: str, kind: str, number: int) -> dict[str, Any]:
    def pick(name: str, options: tuple[str, ...]) -> str:
        return draws.pick(seed, f"{key} {name}", options)

    if kind == "BatchRun":
        return {
            "Product": pick("Product", PRODUCTS),
            "BatchID": f"BATCH-{number:05d}",
            "Operator": pick("Operator", OPERATORS),
            "TargetQuantity": draws.whole(seed, f"{key} target", 100, 500) * 10,
        }
    if kind == "Maintenance":
        return {
            "MaintenanceType": pick("MaintenanceType", MAINTENANCE),
            "Technician": pick("Technician", TECHNICIANS),
            "WorkOrder": f"WO-{number:05d}",
        }
    return {"Reason": pick("Reason", REASONS)}


def ending(seed: int, frame: str, kind: str, start: int, end: int, attributes: dict[str, Any]) -> Ending:
    """`frame` is its id as text; start and attributes are as stored, somebody may have changed them."""
    if kind == "BatchRun":
        share = 90 + draws.draw(seed, f"{frame} share") * 13
        target = attributes.get("TargetQuantity")
        if not isinstance(target, int | float):
            return Ending({})
        return Ending({"ActualQuantity": round(target * share / 100)})
    if kind == "Alarm" and draws.draw(seed, f"{frame} acknowledged") < 0.7:
        who = draws.pick(seed, f"{frame} who", OPERATORS)
        at = start + int((end - start) * draws.draw(seed, f"{frame} when"))
        return Ending({"AcknowledgedBy": who}, (who, max(at // TICKS_PER_SECOND * TICKS_PER_SECOND, start)))
    if kind == "Downtime":
        rate = draws.whole(seed, f"{frame} rate", 50, 250)
        return Ending({"LostProduction": round(rate * (end - start) / TICKS_PER_HOUR, 1)})
    return Ending({})
