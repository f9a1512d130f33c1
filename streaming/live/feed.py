"""A subscription that is told every event once, in order, however slow its socket is. Pure, as the hub.

It knows how far it has come on each clock of the hub (`at`), and that is its marker: who subscribes again from
there gets what came after, nothing twice. Written values go out in the order of the log. The hub keeps
their last few; a subscription that needs older ones is `behind`, and whoever owns it reads them where they are
stored (`streaming.live.catchup`) and hands them in by `hand_in`. So what waits for a slow client is the log.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Any

from .hub import Clock, Hub, Item, Subscription

#: Bytes of written values that go out before the marker moves on: one message.
AT_ONCE = 200_000
#: What stands around the values of a stream.
ROUND_IT = 80
#: The number of a tag whose log has not been read yet.
UNKNOWN = 2**63

Position = dict[Clock, int]
Told = tuple[Item, bytes]


class Feed(Subscription):
    """`fell_behind` is called when events have to be read; `emptied` when all that was handed in is told."""

    def __init__(self, owner: Any, steps: int, hub: Hub, at: Position, fell_behind: Callable[[Feed], None]) -> None:
        super().__init__(owner, steps)
        self.hub = hub
        self.at: Position = dict(at)
        self.behind = False
        self.fell_behind = fell_behind
        self.emptied: Callable[[], None] = lambda: None
        self._events: list[Told] = []
        self._log_waits = False
        self._next_at: Position = dict(at)

    def begin(self, regular: bool = True) -> bool:
        if self._events or self.behind:
            return bool(self._events)
        now = dict(self.hub.now)
        if any(self._has_missed(item) for item in self.items.values()):
            if not any(item.tag.missed == UNKNOWN for item in self.items.values()):
                self.behind = True
                self.fell_behind(self)
            return False
        logged, upto = self._logged(now["log"])
        timed = self._timed("sampled", now) + self._timed("computed", now)
        at = {**self.at, "sampled": max(now["sampled"], self.at["sampled"])}
        at["computed"] = max(now["computed"], self.at["computed"])
        if logged and timed:  # in turn, so that each message of written values has a marker of its own
            self._log_waits = not self._log_waits
            self.hub.urgent[self] = None
        if timed and (self._log_waits or not logged):
            self._events, self._next_at = timed[::-1], at if logged else {**at, "log": upto}
        else:
            self._events, self._next_at = logged[::-1], {**(self.at if timed else at), "log": upto}
        if not self._events:
            self.at = self._next_at
        return bool(self._events)

    def _has_missed(self, item: Item) -> bool:
        return item.tag.clock != "still" and item.tag.missed > self.at[item.tag.clock]

    def _logged(self, upto: int) -> tuple[list[Told], int]:
        """The events past our number in the order of the log, and how far they reach."""
        found = self._since("log", upto)
        found.sort(key=lambda row: row[0])
        size = 0
        for row, (number, _, text) in enumerate(found):
            size += len(text) + ROUND_IT
            if size > AT_ONCE and row and found[row - 1][0] < number:
                return [entry[1:] for entry in found[:row]], found[row - 1][0]
        return [entry[1:] for entry in found], max(upto, self.at["log"])

    def _timed(self, clock: Clock, now: Position) -> list[Told]:
        return [entry[1:] for entry in self._since(clock, now[clock])]

    def _since(self, clock: Clock, upto: int) -> list[tuple[int, Item, bytes]]:
        """Number, stream and text of the events of a clock past our position, stream by stream."""
        since = self.at[clock]
        found: list[tuple[int, Item, bytes]] = []
        for item in self.items.values():
            tag = item.tag
            if tag.clock == clock and tag.numbers and tag.numbers[-1] > since:
                start = bisect_right(tag.numbers, since)
                for number, text in zip(tag.numbers[start:], tag.recent[start:], strict=True):
                    if number <= upto:
                        found.append((number, item, text))
        return found

    def hand_in(self, events: Iterable[Told], at: Position) -> bool:
        """Events that were read, and how far they reach. Whether there were any."""
        self._events = list(events)[::-1]
        self._next_at = at
        if not self._events:
            self.at = at
        return bool(self._events)

    def caught_up(self) -> None:
        """From here on the hub's events follow; should they not reach back so far, it is behind again."""
        self.behind = False
        self.hub.urgent[self] = None

    @property
    def done(self) -> bool:
        """Whether everything up to `at` has been taken: a message that ends here may carry the marker."""
        return not self._events

    def take(self, most: int) -> list[bytes]:
        """As in `Subscription`; the events of one stream stand together. `at` moves on with the last of them."""
        grouped: dict[Item, list[bytes]] = {}
        size = 0
        most = max(most, 2 * AT_ONCE)
        while self._events and size < most:
            item, text = self._events.pop()
            if not item.gone:
                grouped.setdefault(item, []).append(text)
                size += len(text) + ROUND_IT
        if not self._events:
            self.at = self._next_at
            if not grouped:
                self.emptied()
        return [item.line.with_values(values) for item, values in grouped.items()]
