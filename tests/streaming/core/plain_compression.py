"""Compression once more, as the Data Archive's administration guide tells it: every event since the last archived one
is looked at again, against a line of fractions. Slow; the oracle of the swinging door."""

from __future__ import annotations

from fractions import Fraction

Event = tuple[int, float]


def plainly_compressed(
    events: list[Event], deviation: float, least: int, greatest: int, step: bool = False
) -> list[Event]:
    """The archived events and, at the end, the snapshot."""
    kept = events[:1]
    since: list[Event] = []  # those after the last archived one; the last of them is the snapshot
    for event in events[1:]:
        if since:
            held = since[-1]
            if event[0] - kept[-1][0] > greatest:
                needed = True
            elif held[0] - kept[-1][0] < least:
                needed = False
            elif step:
                needed = abs(Fraction(held[1]) - Fraction(kept[-1][1])) > Fraction(deviation)
            else:
                needed = any(_distance(kept[-1], event, other) > Fraction(deviation) for other in since)
            if needed:
                kept.append(held)
                since = []
        since.append(event)
    return kept + since[-1:]


def _distance(start: Event, end: Event, event: Event) -> Fraction:
    """Of an event between, from the line."""
    share = Fraction(event[0] - start[0], end[0] - start[0])
    return abs(Fraction(start[1]) + (Fraction(end[1]) - Fraction(start[1])) * share - Fraction(event[1]))
