"""Which sockets want which tags, and what each is owed. No event loop, no socket, no JSON, no clock.

A **tag** is a stream that somebody wants. A **line** is how a tag looks in the messages of some sockets: its
timed values between a head and a tail, joined once for all of them. A **subscription** is the lines that one
socket gets together, at one rate. Nothing is queued per socket: a subscription remembers per line how many
events it has told (`Item.seen`) and takes what is new when the socket can write. A slow socket therefore
costs no memory; what it could not be told in time is counted in `conflated`.

Costs: publishing 0.3 us a tag, taking 0.1 us a line that has nothing new, 0.3 us one that has.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Any, Literal

from .wheel import Wheel

Clock = Literal["log", "sampled", "computed", "still"]

#: So many events of a tag are kept, at least: written ones come in bursts, the others one a second.
KEPT: dict[Clock, int] = {"log": 256, "sampled": 10, "computed": 10, "still": 1}
NEVER = -(2**63)


class Tag:
    """`count` events have been published; the last of them are `recent`. `latest` is the newest by time.

    Events are numbered by the `clock` of the tag (see `Hub.now`): those of the log as they were written, the
    others by their time. `numbers` stand beside `recent`; events up to `missed` are not among them.
    """

    __slots__ = (
        *("clock", "count", "detail", "idle", "key", "latest", "lines", "missed", "numbers", "recent"),
        *("subscriptions", "time"),
    )

    def __init__(self, key: Hashable, detail: Any = None, clock: Clock = "sampled") -> None:
        self.key = key
        self.detail = detail
        self.clock: Clock = clock
        self.numbers: list[int] = []
        self.missed = -1
        self.count = 0
        self.idle = 0
        self.recent: list[bytes] = []
        self.latest: bytes | None = None
        self.time = NEVER
        self.lines: dict[Hashable, Line] = {}
        self.subscriptions: dict[Subscription, int] = {}  # -> with how many lines


class Line:
    """`frame` is for who sends the line alone: the whole message as it goes over the wire, with the value `framed`."""

    __slots__ = ("frame", "framed", "head", "made", "tag", "tail", "text")

    def __init__(self, tag: Tag, head: bytes, tail: bytes) -> None:
        self.tag = tag
        self.head = head
        self.tail = tail
        self.text = b""
        self.made: bytes | None = None
        self.frame = b""
        self.framed: bytes | None = None

    def newest(self) -> bytes:
        """The line with the current value; made once, whoever asks."""
        latest = self.tag.latest
        if self.made is not latest:
            self.made = latest
            self.text = self.head + (latest or b"") + self.tail
        return self.text

    def with_values(self, values: list[bytes]) -> bytes:
        if len(values) == 1 and values[0] is self.tag.latest:
            return self.newest()
        return self.head + b",".join(values) + self.tail


class Item:
    """One line of one subscription. `seen`: how many events of the tag it knows; -1: it awaits a first value."""

    __slots__ = ("gone", "line", "seen", "tag", "told")

    def __init__(self, line: Line, initial: bool) -> None:
        self.gone = False
        self.told: bytes | None = None  # the first value, which may come once more as an event
        self.line = line
        self.tag = line.tag
        self.seen = -1 if initial else line.tag.count


class Subscription:
    """Lines that go out together, every `steps` of the wheel.

    `sampled`: the current value each time, changed or not; else what has come since, all of it or (`latest`)
    the last of it. `owner` is whatever the protocol hangs on it. `pause`: so many steps are kept between two
    messages, where the client has asked for that; `told` is then the step of the last one.
    """

    __slots__ = (
        *("_left", "conflated", "counted", "items", "latest", "owner", "pause", "phase", "sampled", "served", "steps"),
        *("told", "__weakref__"),
    )

    def __init__(self, owner: Any, steps: int, *, sampled: bool = False, latest: bool = False, pause: int = 0) -> None:
        self.owner = owner
        self.steps = steps
        self.pause = pause
        self.told = -(2**62)
        self.sampled = sampled
        self.latest = latest
        self.items: dict[Hashable, Item] = {}
        self.phase = 0
        self.conflated = 0
        self.counted = 0  # of these in the metrics
        self.served = -(2**62)  # the step when it was last due
        self._left: list[Item] = []

    def release(self) -> None:
        """It is over, and forgets its owner, who knows it, too."""
        self.owner = None

    @property
    def weight(self) -> int:
        """What serving it costs, in lines: writing to a socket costs as much as ten."""
        return 10 + len(self.items)

    def begin(self, regular: bool = True) -> bool:
        """Look for what is owed now. Whether there is anything; what is left from before counts as conflated.

        Out of turn (not `regular`) a sampled subscription only gives first values.
        """
        if self._left:
            if self.sampled and regular:
                self.conflated += len(self._left)
            return True
        items = self.items.values()
        if not self.sampled:
            self._left = [item for item in items if item.seen != item.tag.count]
        elif regular:
            self._left = list(items)
        else:
            self._left = [item for item in items if item.seen < 0]
        self._left.reverse()  # taken from the end
        return bool(self._left)

    @property
    def more(self) -> bool:
        """Whether to ask for more after having taken something."""
        return bool(self._left)

    def take(self, most: int) -> list[bytes]:
        """Texts of lines, about `most` bytes together; an empty list: nothing (more) is owed."""
        texts: list[bytes] = []
        size = 0
        left = self._left
        while left and size < most:
            text = self._text(left.pop())
            if text is not None:
                texts.append(text)
                size += len(text)
        return texts

    def _text(self, item: Item) -> bytes | None:
        tag = item.tag
        if tag.latest is None or item.gone:
            return None
        if item.seen < 0:
            item.told = tag.latest if tag.clock == "log" else None
            item.seen = tag.count
            return item.line.newest()
        new = tag.count - item.seen
        item.seen = tag.count
        if self.sampled:
            return item.line.newest()
        if self.latest:
            self.conflated += max(new - 1, 0)
            return item.line.newest()
        self.conflated += max(new - len(tag.recent), 0)
        values = tag.recent[-new:] if new > 0 else []
        if item.told in values:
            values.remove(item.told)
            item.told = None
        return item.line.with_values(values) if values else None


class Hub:
    """`urgent` subscriptions have news that should not wait for their turn on the wheel.

    `now` tells how far each clock has come: everything up to there has been published. The log counts its
    numbers, simulated and computed values go by time, and static ones stand still.
    """

    def __init__(self) -> None:
        self.now: dict[Clock, int] = {"log": 0, "sampled": NEVER, "computed": NEVER, "still": 0}
        self.tags: dict[Hashable, Tag] = {}
        self.wheel = Wheel()
        self.urgent: dict[Subscription, None] = {}

    def tag(self, key: Hashable, detail: Any = None, clock: Clock = "sampled") -> Tag:
        found = self.tags.get(key)
        if found is None:
            found = self.tags[key] = Tag(key, detail, clock)
            found.missed = self.now[clock]
        return found

    def line(self, tag: Tag, name: Hashable, head: bytes, tail: bytes) -> Line:
        found = tag.lines.get(name)
        if found is None:
            found = tag.lines[name] = Line(tag, head, tail)
        return found

    def add(self, subscription: Subscription, lines: Iterable[tuple[Hashable, Line]], initial: bool = True) -> None:
        """Lines by their names in the subscription; a name that is there already is left as it is."""
        self.wheel.discard(subscription)
        for name, line in lines:
            if name not in subscription.items:
                subscription.items[name] = Item(line, initial)
                line.tag.subscriptions[subscription] = line.tag.subscriptions.get(subscription, 0) + 1
        if subscription.items:
            self.wheel.add(subscription)
            self.urgent[subscription] = None

    def remove(self, subscription: Subscription, names: Iterable[Hashable] | None = None) -> None:
        """Some lines, or all: then the subscription is over."""
        self.wheel.discard(subscription)
        for name in list(subscription.items) if names is None else names:
            item = subscription.items.pop(name, None)
            if item is None:
                continue
            item.gone = True
            item.tag.subscriptions[subscription] -= 1
            if not item.tag.subscriptions[subscription]:
                del item.tag.subscriptions[subscription]
        if subscription.items:
            self.wheel.add(subscription)
        else:
            self.urgent.pop(subscription, None)

    def current(self, tag: Tag, time: int, value: bytes) -> None:
        """The value that a tag has had before anything was published; a newer one wins."""
        if time >= tag.time:
            tag.time, tag.latest = time, value
        for subscription in tag.subscriptions:
            self.urgent[subscription] = None

    def publish(self, tag: Tag, time: int, value: bytes, number: int = 0) -> None:
        """An event: `latest` only moves forward in time. `number`: that of the log, the others go by the time."""
        tag.count += 1
        tag.recent.append(value)
        tag.numbers.append(number or time)
        kept = KEPT[tag.clock]
        if len(tag.recent) > 2 * kept:
            tag.missed = tag.numbers[-kept - 1]
            del tag.recent[:-kept], tag.numbers[:-kept]
        if tag.clock == "log":
            for subscription in tag.subscriptions:
                if not subscription.sampled:
                    self.urgent[subscription] = None
        if time >= tag.time:
            tag.time, tag.latest = time, value

    def pressing(self) -> list[Subscription]:
        """Those that are to be told every event and would miss some of a burst before their turn comes."""
        return [one for one in self.urgent if type(one) is Subscription and not (one.sampled or one.latest)]

    def due(self, step: int) -> Iterator[tuple[Subscription, bool]]:
        """The subscriptions whose turn it is (True), and the urgent ones that have waited for their rate."""
        for subscription in self.wheel.due(step):
            if step - subscription.told < subscription.pause:
                continue
            subscription.served = step
            self.urgent.pop(subscription, None)
            yield subscription, True
        ready = [
            one
            for one in self.urgent
            if step - one.told >= one.pause and (one.pause or step - one.served >= min(one.steps, PROMPT))
        ]
        for subscription in ready:
            subscription.served = step
            del self.urgent[subscription]
            yield subscription, False

    def sweep(self) -> list[Tag]:
        """Forget the tags that nobody has wanted for two sweeps: who reconnects finds them again."""
        for tag in self.tags.values():
            tag.idle = 0 if tag.subscriptions else tag.idle + 1
        gone = [tag for tag in self.tags.values() if tag.idle > 1]
        for tag in gone:
            del self.tags[tag.key]
        return gone


#: An urgent subscription that keeps no pause waits at most so many steps after it was served.
PROMPT = 2
