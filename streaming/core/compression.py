"""The swinging door: of a signal only the events that lines between them cannot stand for.

Between the last archived event and the newest one every event that was left out lies within the deviation of
the line that joins its neighbours in the archive; of a signal that goes by steps, of the value before it. Source:
Bristol, "Swinging door trending" (1990); PI Server, Data Archive administration: CompDev, CompMax and CompMin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Event = tuple[int, float]  # ticks, value


@dataclass(frozen=True, slots=True)
class Limits:
    """`deviation` in the unit of the signal, the least and the greatest distance of archived events in ticks.

    `step`: the signal keeps a value until the next one, so no line stands for what is between.
    """

    deviation: float
    least: int
    greatest: int
    step: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """`low` and `high`: the slopes from the last archived event between which a line passes by every event since."""

    ticks: int
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, archived: Event, event: Event, deviation: float) -> Door:
        return cls(*archived, float("-inf"), float("inf")).narrowed(event, deviation)

    def narrowed(self, event: Event, deviation: float) -> Door:
        length = event[0] - self.ticks
        low, high = (event[1] - deviation - self.value) / length, (event[1] + deviation - self.value) / length
        return Door(self.ticks, self.value, max(self.low, low), min(self.high, high))

    def makes_needless(self, held: Event, event: Event, limits: Limits) -> bool:
        """Whether the newest event so far can go when this one follows it: where it is too far from the last archived
        one, there would be none in time; where `held` is too near, it is noise."""
        length = event[0] - self.ticks
        if length > limits.greatest:
            return False
        if held[0] - self.ticks < limits.least:
            return True
        if limits.step:
            return abs(held[1] - self.value) <= limits.deviation
        return self.low <= (event[1] - self.value) / length <= self.high


def compress(door: Door | None, newest: Event | None, events: Sequence[Event], limits: Limits) -> Outcome:
    """What becomes of events that follow each other and the newest one in time.

    The newest event of all is always kept, so that the current value is told; it is left out when the next one
    comes and the line goes by it.
    """
    kept: list[Event] = []
    drops = False
    held = newest
    for event in events:
        if held is not None and (door is None or door.ticks >= held[0]):
            door = Door.of(held, event, limits.deviation)
        elif held is not None and door is not None and door.makes_needless(held, event, limits):
            if kept:
                kept.pop()
            else:
                drops = True
            door = door.narrowed(event, limits.deviation)
        elif held is not None:
            door = Door.of(held, event, limits.deviation)
        kept.append(event)
        held = event
    return Outcome(door, kept, drops)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The events to add, and whether the one that was the newest before is needless now."""

    door: Door | None
    kept: list[Event]
    drops_newest: bool
