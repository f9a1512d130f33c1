"""The hub without loop, socket or JSON: texts stand for timed values, a socket is whoever calls `take`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from streaming.live.hub import Hub, Subscription

PERIOD = 20


def subscribed(hub: Hub, *names: str, initial: bool = True, clock: Any = "sampled", **kind: bool) -> Subscription:
    subscription = Subscription("somebody", PERIOD, **kind)
    lines = [(name, hub.line(hub.tag(name, clock=clock), "form", f"{name}[".encode(), b"]")) for name in names]
    hub.add(subscription, lines, initial=initial)
    return subscription


def taken(subscription: Subscription, regular: bool = True, most: int = 10_000) -> list[bytes]:
    return subscription.take(most) if subscription.begin(regular) else []


def test_changes_are_told_once() -> None:
    hub = Hub()
    reader = subscribed(hub, "a", "b", initial=False)
    hub.publish(hub.tags["a"], 1, b"1")
    assert taken(reader) == [b"a[1]"]
    assert taken(reader) == []
    hub.publish(hub.tags["b"], 2, b"2")
    assert taken(reader) == [b"b[2]"]


def test_the_current_value_comes_first_when_it_is_wanted() -> None:
    hub = Hub()
    wanting, other = subscribed(hub, "a"), subscribed(hub, "a", initial=False)
    assert taken(wanting) == []
    hub.current(hub.tags["a"], 5, b"5")
    assert taken(wanting) == [b"a[5]"]
    assert taken(other) == []


def test_a_first_value_that_is_published_as_well_is_told_once() -> None:
    """It was read from the archive while the log had not been read up to it."""
    hub = Hub()
    reader = subscribed(hub, "a", clock="log")
    tag = hub.tags["a"]
    hub.current(tag, 5, b"5")
    assert taken(reader) == [b"a[5]"]
    hub.publish(tag, 4, b"4", 1)
    hub.publish(tag, 5, b"5", 2)
    hub.publish(tag, 6, b"6", 3)
    assert taken(reader) == [b"a[4,6]"]


def test_several_events_of_a_written_tag_come_together() -> None:
    hub = Hub()
    reader = subscribed(hub, "a", initial=False, clock="log")
    for number in range(1, 4):
        hub.publish(hub.tags["a"], number, b"%d" % number, number)
    assert taken(reader) == [b"a[1,2,3]"]
    assert reader.conflated == 0


def test_what_cannot_be_told_in_time_is_counted() -> None:
    hub = Hub()
    everything, latest = subscribed(hub, "a", initial=False), subscribed(hub, "a", initial=False, latest=True)
    for number in range(1, 22):
        hub.publish(hub.tags["a"], number, b"%d" % number)
    assert (taken(everything), everything.conflated) == ([b"a[12,13,14,15,16,17,18,19,20,21]"], 11)
    assert (taken(latest), latest.conflated) == ([b"a[21]"], 20)


def test_a_late_value_is_told_but_is_not_the_current_one() -> None:
    hub = Hub()
    changes = subscribed(hub, "a", initial=False, clock="log")
    sampled = subscribed(hub, "a", sampled=True)
    hub.publish(hub.tags["a"], 10, b"10", 1)
    hub.publish(hub.tags["a"], 3, b"3", 2)
    assert taken(changes) == [b"a[10,3]"]
    assert taken(sampled) == [b"a[10]"]


def test_a_sampled_value_comes_each_time_whether_it_has_changed_or_not() -> None:
    hub = Hub()
    reader = subscribed(hub, "a", sampled=True)
    hub.publish(hub.tags["a"], 1, b"1")
    assert taken(reader) == taken(reader) == [b"a[1]"]


def test_out_of_turn_only_first_values_are_sampled() -> None:
    hub = Hub()
    reader = subscribed(hub, "a", sampled=True)
    hub.publish(hub.tags["a"], 1, b"1")
    assert taken(reader, regular=False) == [b"a[1]"]
    assert taken(reader, regular=False) == []


@pytest.mark.parametrize("steps", [2, PERIOD, 10 * PERIOD])
def test_a_sampled_value_comes_at_once_and_then_once_a_period(steps: int) -> None:
    for start in range(1_000, 1_000 + steps, 7):
        hub = Hub()
        for _ in range(3):  # others who came before
            hub.add(Subscription("other", steps), [("a", hub.line(hub.tag("a"), "form", b"[", b"]"))])
        reader = Subscription("somebody", steps, sampled=True)
        hub.publish(hub.tags["a"], 1, b"1")
        hub.add(reader, [("a", hub.line(hub.tags["a"], "form", b"[", b"]"))])
        told = [
            (step, regular)
            for step in range(start, start + 4 * steps)
            for one, regular in hub.due(step)
            if one is reader and taken(one, regular)
        ]
        turns = [step for step, regular in told if regular]
        assert told[0][0] == start
        assert len(told) - len(turns) <= 1
        assert [later - sooner for sooner, later in pairwise(turns)] == [steps] * 3


def test_a_slow_socket_gets_the_newest_value_and_no_more_bytes_than_it_asks_for() -> None:
    hub = Hub()
    names = [f"t{number:02}" for number in range(10)]
    reader = subscribed(hub, *names, sampled=True)
    for name in names:
        hub.publish(hub.tags[name], 1, b"old")
    assert reader.begin()
    first = reader.take(20)
    assert [len(first), sum(map(len, first))] == [3, 24]
    for name in names:
        hub.publish(hub.tags[name], 2, b"new")
    assert reader.begin()
    assert reader.conflated == 7
    assert reader.take(10_000) == [f"{name}[new]".encode() for name in names[3:]]


def test_lines_are_made_once_for_all_who_share_them() -> None:
    hub = Hub()
    first, second = subscribed(hub, "a", initial=False), subscribed(hub, "a", initial=False)
    hub.publish(hub.tags["a"], 1, b"1")
    assert taken(first)[0] is taken(second)[0]


def test_an_unsubscribed_line_is_silent_even_when_it_was_owed_already() -> None:
    hub = Hub()
    reader = subscribed(hub, "a", "b", initial=False)
    hub.publish(hub.tags["a"], 1, b"1")
    hub.publish(hub.tags["b"], 1, b"1")
    reader.begin()
    hub.remove(reader, ["a"])
    assert reader.take(10_000) == [b"b[1]"]
    hub.publish(hub.tags["a"], 2, b"2")
    assert taken(reader) == []


def test_a_name_that_is_subscribed_twice_is_told_once() -> None:
    hub = Hub()
    reader = subscribed(hub, "a", initial=False)
    hub.add(reader, [("a", hub.line(hub.tags["a"], "form", b"other", b""))])
    hub.publish(hub.tags["a"], 1, b"1")
    assert taken(reader) == [b"a[1]"]


def test_news_of_the_log_do_not_wait_for_their_turn_but_for_the_rate() -> None:
    hub = Hub()
    reader = subscribed(hub, "a", clock="log", initial=False)
    served = [step for step in range(20) if list(hub.due(step))]
    assert served == [0]
    hub.publish(hub.tags["a"], 1, b"1", 1)
    assert [(one, regular) for one, regular in hub.due(21)] == [(reader, False)]
    hub.publish(hub.tags["a"], 2, b"2", 2)
    assert list(hub.due(22)) == []
    assert [one for one, _ in hub.due(23)] == [reader]


def test_who_asks_for_a_rate_is_told_at_once_after_a_silence_and_then_not_sooner_than_that() -> None:
    """Written values at every step but those of a silence, a turn of the wheel at each twentieth step."""
    hub = Hub()
    reader = Subscription("somebody", PERIOD, pause=PERIOD)
    tag = hub.tag("a", clock="log")
    hub.add(reader, [("a", hub.line(tag, "form", b"", b""))], initial=False)
    told = []
    for step in range(1, 200):
        if not 50 < step < 111:
            hub.publish(tag, step, b"%d" % step, step)
        for one, regular in hub.due(step):
            if one.begin(regular):
                one.told = step
                told.append((step, one.take(10_000)))
    steps = [step for step, _ in told]
    assert steps[:4] == [1, 21, 41, 61]
    assert 111 in steps
    assert {after - before for before, after in pairwise(steps) if before >= 111} == {20}
    texts = [text for _, some in told for text in b",".join(some).split(b",")]
    assert texts == [b"%d" % step for step in range(1, steps[-1] + 1) if not 50 < step < 111]


def test_a_tag_that_nobody_wants_is_forgotten_at_the_second_sweep() -> None:
    hub = Hub()
    reader = subscribed(hub, "a", "b")
    hub.remove(reader, ["a"])
    assert hub.sweep() == []
    assert [tag.key for tag in hub.sweep()] == ["a"]
    assert list(hub.tags) == ["b"]


def test_a_removed_event_does_not_become_the_current_value() -> None:
    from streaming.live.hub import NEVER

    hub = Hub()
    reader = subscribed(hub, "a", clock="log", initial=False)
    hub.publish(hub.tags["a"], 7, b"7", 1)
    hub.publish(hub.tags["a"], NEVER, b"gone", 2)
    assert taken(reader) == [b"a[7,gone]"]
    assert hub.tags["a"].latest == b"7"
