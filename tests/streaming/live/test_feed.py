"""Every event once, in order, whatever happens: a feed against a plain list of all events.

The world of these tests has a log of numbered events and a clock whose tags have an event every second; a client
takes messages when it likes, goes away, and comes back with the last marker that it has seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.live import feed as feed_module
from streaming.live import markers
from streaming.live.feed import Feed, Position
from streaming.live.hub import KEPT, Hub

LOGGED, TIMED = ("p", "q"), ("s", "t")
SECOND = 10_000_000


@dataclass
class World:
    hub: Hub = field(default_factory=Hub)
    log: list[tuple[int, str, bytes]] = field(default_factory=list)
    second: int = 0

    def __post_init__(self) -> None:
        self.hub.now.update(sampled=0, computed=0)
        for name in (*LOGGED, *TIMED):
            tag = self.hub.tag(name, clock="log" if name in LOGGED else "sampled")
            tag.time, tag.missed = 0, 0

    def write(self, name: str) -> None:
        number = len(self.log) + 1
        self.log.append((number, name, b"%b%d" % (name.encode(), number)))

    def follow(self) -> None:
        """The hub reads the log, as the follower does."""
        for number, name, text in self.log[self.hub.now["log"] :]:
            self.hub.publish(self.hub.tags[name], number, text, number)
        self.hub.now["log"] = len(self.log)

    def tick(self, skip: bool = False) -> None:
        """A second; when one is skipped its events have been seen by nobody."""
        self.second += 2 if skip else 1
        now = self.second * SECOND
        for name in TIMED:
            if skip:
                self.hub.tags[name].missed = now - 1
            self.hub.publish(self.hub.tags[name], now, self.text(name, self.second))
        self.hub.now["sampled"] = self.hub.now["computed"] = now

    @staticmethod
    def text(name: str, second: int) -> bytes:
        return b"%b@%d" % (name.encode(), second)

    def feed(self, at: Position) -> Feed:
        made = Feed("client", 20, self.hub, at, lambda feed: None)
        names = (*LOGGED, *TIMED)
        lines = [(name, self.hub.line(self.hub.tags[name], "", b"", b"")) for name in names]
        self.hub.add(made, lines, initial=False)
        return made

    def read_for(self, feed: Feed) -> None:
        """What the catch-up does, from the plain lists."""
        items = feed.items
        logged = [row for row in self.log if row[0] > feed.at["log"]][:50]
        if logged:
            feed.hand_in([(items[name], text) for _, name, text in logged], {**feed.at, "log": logged[-1][0]})
            return
        first, last = feed.at["sampled"] // SECOND + 1, min(self.second, feed.at["sampled"] // SECOND + 30)
        timed = [(items[name], self.text(name, second)) for second in range(first, last + 1) for name in TIMED]
        feed.hand_in(timed, {**feed.at, "sampled": last * SECOND, "computed": last * SECOND})
        if not timed:
            feed.caught_up()


class Client:
    """Keeps what it has got together with the marker of the message; parts wait for the last of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.marker = markers.written("00000000", world.hub.now)
        self.got: list[bytes] = []
        self.parts: list[bytes] = []
        self.come()

    def come(self) -> None:
        known = markers.read(self.marker)
        assert known is not None
        self.parts = []
        self.feed = self.world.feed(known[1])

    def leave(self) -> None:
        self.world.hub.remove(self.feed)

    def message(self, most: int) -> bool:
        feed = self.feed
        if feed.behind and feed.done:
            self.world.read_for(feed)
        if not feed.begin():
            return False
        texts = feed.take(most)
        self.parts += [event for text in texts for event in text.split(b",")]
        if feed.done:
            self.got += self.parts
            self.parts = []
            self.marker = markers.written("00000000", feed.at)
        return True


MOVES = st.lists(
    st.sampled_from(["write p", "write q", "burst", "follow", "tick", "ticks", "skip", "take", "leave"]), max_size=60
)


@settings(max_examples=300, deadline=None)
@given(MOVES)
def test_every_event_is_told_once_and_in_order_across_reconnects(moves: list[str]) -> None:
    with patch.object(feed_module, "AT_ONCE", 500):  # so that messages come in parts
        go_through(moves)


def go_through(moves: list[str]) -> None:
    world = World()
    client = Client(world)
    for move in moves:
        if move.startswith("write"):
            world.write(move[-1])
        elif move == "burst":
            for _ in range(2 * KEPT["log"] + 10):
                world.write("p")
        elif move == "follow":
            world.follow()
        elif move == "ticks":
            for _ in range(2 * KEPT["sampled"] + 2):
                world.tick()
        elif move in ("tick", "skip"):
            world.tick(skip=move == "skip")
        elif move == "take":
            client.message(10)
        else:
            client.leave()
            client.come()
    world.follow()
    world.tick()
    while client.message(10_000) or client.feed.behind:
        pass
    expected = {name: [text for _, known, text in world.log if known == name] for name in LOGGED}
    expected |= {name: [world.text(name, second) for second in range(1, world.second + 1)] for name in TIMED}
    for name, texts in expected.items():
        assert [text for text in client.got if text.startswith(name.encode())] == texts


def test_written_values_of_several_streams_keep_the_order_of_the_log() -> None:
    world = World()
    feed = world.feed(dict(world.hub.now))
    for name in "pqqp":
        world.write(name)
    world.follow()
    assert feed.begin()
    assert feed.take(10_000) == [b"p1,p4", b"q2,q3"]
    assert feed.at["log"] == 4


def test_what_is_due_at_once_goes_out_at_once_in_several_messages() -> None:
    """Two of written values, for one does not hold them, and one of simulated ones; each moves the marker on."""
    world = World()
    feed = world.feed(dict(world.hub.now))
    for name in "pqp":
        world.write(name)
    world.follow()
    world.tick()
    with patch.object(feed_module, "AT_ONCE", 2 * feed_module.ROUND_IT + 10):
        assert feed.begin()
        told = [(feed.take(10_000), feed.at["log"], feed.at["sampled"]) for _ in range(4)]
    assert sorted(told[:3], key=lambda one: one[1:]) == told[:3]
    assert [text for texts, *_ in told for text in texts if text[:1] in b"pq"] == [b"p1", b"q2", b"p3"]
    assert [text for texts, *_ in told for text in texts if text[:1] in b"st"] == [b"s@1", b"t@1"]
    assert told[-1] == ([], 3, SECOND)


def test_a_tag_whose_log_is_still_being_read_is_waited_for() -> None:
    from streaming.live.feed import UNKNOWN

    world = World()
    world.hub.tags["p"].missed = UNKNOWN
    feed = world.feed(dict(world.hub.now))
    world.write("q")
    world.follow()
    assert not feed.begin()
    assert not feed.behind
    world.hub.tags["p"].missed = 1
    assert not feed.begin()
    assert feed.behind


def test_a_marker_is_read_back_and_nothing_else_is_one() -> None:
    at: Position = {"log": 12, "sampled": 17_956_905_450_000_000, "computed": 3, "still": 0}
    assert markers.read(markers.written("0a1b2c3d", at)) == ("0a1b2c3d", at)
    for text in (None, 5, "", "0a1b2c3d_1_2", "0a1b2c3d_1_2_3_4", "0A1B2C3D_1_2_3", "0a1b2c3d_-1_2_3", "x" * 500):
        assert markers.read(text) is None
