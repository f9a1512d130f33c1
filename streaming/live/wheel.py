"""When each subscription is served: twenty steps a second, so that a tick is not a burst.

A subscription of a rate is due at one phase of it. Phases fill in order: a few sockets are all served right
after the second, when simulated points have their new values, and only what does not fit into a step goes
into the next one. With a common tick for everybody 20,000 messages made others wait 500 ms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .hub import Subscription

STEPS = 20  # a second
STEP_MILLISECONDS = 1000 // STEPS
#: Lines that one step may serve before the next is used; some 25 ms of work.
ROOM = 8_000


def steps_of(milliseconds: int) -> int:
    return max(1, round(milliseconds / STEP_MILLISECONDS))


class Wheel:
    def __init__(self) -> None:
        self._slots: dict[tuple[int, int], dict[Subscription, None]] = {}
        self._periods: dict[int, int] = {}  # steps -> how many subscriptions
        self._loads = [0] * STEPS
        self._weights: dict[Subscription, int] = {}

    def add(self, subscription: Subscription) -> None:
        steps, weight = subscription.steps, subscription.weight
        phase = self._phase(steps, weight)
        subscription.phase = phase
        self._slots.setdefault((steps, phase), {})[subscription] = None
        self._periods[steps] = self._periods.get(steps, 0) + 1
        self._weights[subscription] = weight
        self._load(steps, phase, weight)

    def discard(self, subscription: Subscription) -> None:
        weight = self._weights.pop(subscription, None)
        if weight is None:
            return
        steps, phase = subscription.steps, subscription.phase
        del self._slots[steps, phase][subscription]
        self._periods[steps] -= 1
        if not self._periods[steps]:
            del self._periods[steps]
        self._load(steps, phase, -weight)

    def subscriptions(self) -> list[Subscription]:
        return list(self._weights)

    def due(self, step: int) -> Iterator[Subscription]:
        for steps in list(self._periods):
            yield from list(self._slots.get((steps, step % steps), ()))

    def _phase(self, steps: int, weight: int) -> int:
        """The first phase that has room, else the emptiest. Longer periods begin with any second in turn."""
        if steps <= STEPS:
            phases = range(steps)
        else:
            start = self._periods.get(steps, 0) * STEPS % steps // STEPS * STEPS
            phases = range(start, min(start + STEPS, steps))
        for phase in phases:
            if self._loads[phase % STEPS] + weight <= ROOM:
                return phase
        return min(phases, key=lambda phase: self._loads[phase % STEPS])

    def _load(self, steps: int, phase: int, weight: int) -> None:
        for step in range(phase % STEPS, STEPS, steps) if steps < STEPS else (phase % STEPS,):
            self._loads[step] += weight if steps <= STEPS else weight * STEPS // steps
