"""A kind of resource that another app has registered, on the subscribe socket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from piwebapi.core.errors import BadRequest
from streaming.live import kinds
from streaming.live.kinds import Subscriber
from tests.streaming.endpoints.plant import Plant

from .test_dialogue import begun, subscribe


@dataclass
class Counting:
    """Emits the numbers behind its marker, when told to."""

    subscriber: Subscriber
    marker: str
    described: Mapping[str, Any] = field(default_factory=lambda: {"Counts": "numbers"})
    ended: bool = False

    def count(self, *numbers: int) -> bool:
        return self.subscriber.emit([b'{"Number":%d}' % number for number in numbers], str(numbers[-1]))

    def end(self) -> None:
        self.ended = True


class Numbers:
    def __init__(self) -> None:
        self.running: list[Counting] = []

    async def begin(
        self, resource: Mapping[str, Any], marker: str | None, initial: bool, subscriber: Subscriber
    ) -> Counting:
        if resource.get("Of") == "nothing":
            raise BadRequest("There are no numbers of nothing.")
        self.running.append(Counting(subscriber, marker or "0"))
        return self.running[-1]


@pytest.fixture
def numbers() -> Iterator[Numbers]:
    kind = Numbers()
    kinds.register("Numbers", kind)
    yield kind
    del kinds._kinds["Numbers"]


async def test_what_a_kind_emits_comes_as_numbered_events_with_its_markers(
    plant: Plant, numbers: Numbers, open_socket: Any
) -> None:
    socket = await begun(open_socket)
    await socket.say(subscribe("n", {"Kind": "Numbers"}, From="7"))
    answer = await socket.hear()
    assert answer["Resources"] == [{"Resource": {"Kind": "Numbers"}, "Status": "Success", "Counts": "numbers"}]
    assert answer["Marker"] == "7"
    [running] = numbers.running
    assert running.count(8, 9)
    assert running.count(10)
    messages = [await socket.hear() for _ in range(2)]
    assert [(one["Action"], one["Sequence"], one["Marker"], one["Items"]) for one in messages] == [
        ("Event", 1, "9", [{"Number": 8}, {"Number": 9}]),
        ("Event", 2, "10", [{"Number": 10}]),
    ]
    await socket.say({"Action": "Unsubscribe", "Id": "n"})
    assert await socket.hear() == {"Action": "Unsubscribed", "Id": "n", "Marker": "10"}
    assert running.ended


async def test_a_kind_may_refuse(plant: Plant, numbers: Numbers, open_socket: Any) -> None:
    socket = await begun(open_socket)
    await socket.say(subscribe("n", {"Kind": "Numbers", "Of": "nothing"}))
    answer = await socket.hear()
    assert (answer["Status"], answer["Resources"][0]["Reason"]) == ("Error", "There are no numbers of nothing.")
    await socket.say(subscribe("n", {"Kind": "Numbers"}, "F1DPsomething"))
    assert (await socket.hear())["Code"] == "BadResources"


async def test_a_kind_hears_of_the_end_of_the_socket(plant: Plant, numbers: Numbers, open_socket: Any) -> None:
    socket = await begun(open_socket)
    await socket.say(subscribe("n", {"Kind": "Numbers"}))
    await socket.hear()
    await socket.close()
    assert numbers.running[0].ended
