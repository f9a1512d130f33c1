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
News = tuple[int, Item, bytes]


def _nobody(_: Feed) -> None:
    """Would read what an ended feed has missed."""


class Feed(Subscription):
    """`fell_behind` is called when events have to be read; `emptied` when all that was handed in is told."""

    __slots__ = ("_events", "_goes_on", "_log_waits", "_next_at", "at", "behind", "emptied", "fell_behind", "hub")

    def __init__(self, owner: Any, steps: int, hub: Hub, at: Position, fell_behind: Callable[[Feed], None]) -> None:
        super().__init__(owner, steps, pause=steps)
        self.hub = hub
        self.at: Position = dict(at)
        self.behind = False
        self.fell_behind = fell_behind
        self.emptied: Callable[[], None] = lambda: None
        self._events: list[Told] = []
        self._goes_on = False  # what is due now does not fit into one message
        self._log_waits = False
        self._next_at: Position = dict(at)

    def release(self) -> None:
        super().release()
        self.fell_behind = _nobody

    def begin(self, regular: bool = True) -> bool:
        if self._events or self.behind:
            return bool(self._events)
        now = self.hub.now
        news = self._news(now)
        if news is None:
            return False
        written = sorted(news["log"], key=lambda row: row[0])
        logged, upto = self._portion(written, now["log"])
        timed = [row[1:] for row in news["sampled"] + news["computed"]]
        at = {clock: max(now[clock], known) for clock, known in self.at.items()}
        self._goes_on = bool(logged and timed) or len(logged) < len(written)
        if logged and timed:  # in turn, so that each message of written values has a marker of its own
            self._log_waits = not self._log_waits
        if timed and (self._log_waits or not logged):
            self._events, self._next_at = timed[::-1], {**at, "log": self.at["log"] if logged else upto}
        else:
            self._events, self._next_at = logged[::-1], {**(self.at if timed else at), "log": upto}
        if not self._events:
            self.at = self._next_at
        return bool(self._events)

    def _news(self, now: Position) -> dict[Clock, list[News]] | None:
        """The events past our position, stream by stream; None when some of them have to be read elsewhere."""
        found: dict[Clock, list[News]] = {"log": [], "sampled": [], "computed": [], "still": []}
        missed = -1
        for item in self.items.values():
            tag = item.tag
            clock = tag.clock
            since, numbers = self.at[clock], tag.numbers
            if tag.missed > since and clock != "still":
                missed = max(missed, tag.missed)
            if not numbers or numbers[-1] <= since:
                continue
            if len(numbers) == 1 or numbers[-2] <= since:
                found[clock].append((numbers[-1], item, tag.recent[-1]))
                continue
            start = bisect_right(numbers, since)
            found[clock] += [
                (number, item, text) for number, text in zip(numbers[start:], tag.recent[start:], strict=True)
            ]
        if missed < 0:
            return {clock: [row for row in rows if row[0] <= now[clock]] for clock, rows in found.items()}
        if missed < UNKNOWN:
            self.behind = True
            self.fell_behind(self)
        return None

    def _portion(self, logged: list[News], upto: int) -> tuple[list[Told], int]:
        """What fits into one message, and the number up to which that reaches."""
        size = 0
        for row, (number, _, text) in enumerate(logged):
            size += len(text) + ROUND_IT
            if size > AT_ONCE and row and logged[row - 1][0] < number:
                return [entry[1:] for entry in logged[:row]], logged[row - 1][0]
        return [entry[1:] for entry in logged], max(upto, self.at["log"])

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
    def more(self) -> bool:
        """The last one, who finds nothing, says `emptied`."""
        return True

    @property
    def done(self) -> bool:
        """Whether everything up to `at` has been taken: a message that ends here may carry the marker."""
        return not self._events

    def take(self, most: int) -> list[bytes]:
        """As in `Subscription`; the events of one stream stand together. `at` moves on with the last of them."""
        if self._goes_on and not self._events:
            self.begin()
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
