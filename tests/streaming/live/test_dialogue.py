"""Version 2 of the subscribe socket."""

from __future__ import annotations

from typing import Any

import pytest

from piwebapi.models import Counter, Element
from streaming.live import catchup
from streaming.models import ValueChange
from tests.streaming.endpoints.plant import Plant, hour

from .clients import Socket, values
from .test_channel import tell
from .test_subscribe import make

VERSION_2 = "streams/channel?version=2"


def subscribe(id: str, *resources: Any, **members: Any) -> dict[str, Any]:
    return {"Action": "Subscribe", "Id": id, "Resources": list(resources), **members}


async def begun(open_socket: Any) -> Socket:
    socket: Socket = await open_socket(VERSION_2)
    assert (await socket.hear())["Action"] == "Hello"
    return socket


async def test_the_hello_names_version_and_limits(plant: Plant, open_socket: Any) -> None:
    socket = await open_socket("streams/channel", subprotocols=["other", "osipi.subscribe.v2"])
    assert socket.subprotocol == "osipi.subscribe.v2"
    hello = await socket.hear()
    assert (hello["Version"], hello["Limits"]["FastestRate"], hello["Limits"]["SlowestRate"]) == (2, 100, 60_000)


async def test_an_older_client_sees_nothing_new(plant: Plant, open_socket: Any) -> None:
    socket = await open_socket("streams/channel")
    assert await socket.for_a_while(0.3) == []


@pytest.mark.parametrize(
    ("query", "subprotocols", "reason"),
    [
        ("?version=3", [], "The subscribe socket speaks version 1 and 2, not '3'."),
        ("?Version=2.0", [], "The subscribe socket speaks version 1 and 2, not '2.0'."),
        ("?version=2&version=x%22", [], "The subscribe socket speaks version 1 and 2, not 'x\"'."),
        ("?version=3", ["osipi.subscribe.v2"], "The subscribe socket speaks version 1 and 2, not '3'."),
        ("", ["osipi.subscribe.v3"], "The subscribe socket knows the subprotocol 'osipi.subscribe.v2', not 'osipi.sub"),
        ("?version=2", ["Osipi.Subscribe.V2"], "The subscribe socket knows the subprotocol 'osipi.subscribe.v2', not"),
        ("?version=1", ["osipi.subscribe.v2"], "The subscribe socket was asked for version 1 and 2 at once."),
    ],
)
async def test_a_version_that_is_not_spoken_is_refused(
    plant: Plant, open_socket: Any, query: str, subprotocols: list[str], reason: str
) -> None:
    socket = await open_socket("streams/channel" + query, subprotocols=subprotocols)
    assert (socket.status, list(socket.body)) == (400, ["Errors"])
    assert socket.body["Errors"][0].startswith(reason)


@pytest.mark.parametrize("query", ["", "?version=1", "?version="])
async def test_who_asks_for_version_1_or_for_none_gets_version_1(plant: Plant, open_socket: Any, query: str) -> None:
    socket = await open_socket("streams/channel" + query)
    await socket.say({"Action": "Ping"})
    assert (await socket.hear())["Status"] == "Error"  # version 2 would have begun with its hello, and knows Ping


async def test_the_version_is_chosen_from_what_is_offered(plant: Plant, open_socket: Any) -> None:
    newer = await open_socket("streams/channel", subprotocols=["osipi.subscribe.v3", "osipi.subscribe.v2"])
    assert (newer.subprotocol, (await newer.hear())["Action"]) == ("osipi.subscribe.v2", "Hello")
    foreign = await open_socket("streams/channel", subprotocols=["mqtt"])
    assert (foreign.status, foreign.subprotocol) == (101, None)


async def test_many_resources_are_answered_one_by_one(plant: Plant, open_socket: Any) -> None:
    tank = await make(plant.filled, "Tank", [(0, 1.0)])
    await make(plant.attribute, "Level", point=tank, unit=plant.metre)
    socket = await begun(open_socket)
    search = {"Search": "Name:Lev*", "Database": r"\\AF\Db"}
    resources = (tank.web_id(), r"\\AF\Db\Boiler|Level", r"\\PI\Nothing", "nonsense", 5, search, {"Search": 1})
    await socket.say(subscribe("a", *resources))
    answer = await socket.hear()
    assert (answer["Action"], answer["Id"], answer["Status"]) == ("Subscribed", "a", "Partial")
    told = answer["Resources"]
    assert [entry["Resource"] for entry in told] == list(resources)
    assert [entry["Status"] for entry in told] == ["Success", "Success", "Error", "Error", "Error", "Success", "Error"]
    assert [entry.get("Code") for entry in told][2:5] == ["NotFound", "BadResource", "BadResource"]
    assert [[stream["Path"] for stream in told[place]["Streams"]] for place in (0, 1, 5)] == [
        [r"\\PI\Tank"],
        [r"\\AF\Db\Boiler|Level"],
        [r"\\AF\Db\Boiler|Level"],
    ]
    data = await socket.until(Action="Data")
    assert values(data) == [1.0, 1.0]


async def test_all_of_several_quick_changes_are_told_or_only_the_latest(plant: Plant, open_socket: Any) -> None:
    tank = await make(plant.filled, "Tank", [(0, 1.0)])
    socket = await begun(open_socket)
    await socket.say(subscribe("all", tank.web_id(), Initial=False, Rate=500))
    await socket.say(subscribe("latest", tank.web_id(), Initial=False, Rate=500, Mode="latest"))
    await socket.for_a_while(0.7)
    await make(tell, plant, tank, (1, 2.0), (2, 3.0), (3, 4.0))
    heard = {message["Id"]: message for message in await socket.for_a_while(1.2)}
    assert values(heard["all"]) == [2.0, 3.0, 4.0]
    assert "Conflated" not in heard["all"]
    assert (values(heard["latest"]), heard["latest"]["Conflated"]) == ([4.0], 2)


async def test_messages_are_numbered_and_each_ends_in_a_marker(plant: Plant, open_socket: Any) -> None:
    temp = await make(plant.simulated, "Temp")
    socket = await begun(open_socket)
    await socket.say(subscribe("a", temp.web_id()))
    answer = await socket.hear()
    messages = [await socket.hear() for _ in range(3)]
    assert [message["Sequence"] for message in messages] == [1, 2, 3]
    markers = [answer["Marker"], *(message["Marker"] for message in messages)]
    assert markers == sorted(markers)


@pytest.mark.parametrize("signal", ["", "process"])
async def test_a_client_resumes_behind_its_marker(plant: Plant, open_socket: Any, signal: str) -> None:
    """Nothing twice, nothing left out; what came while it was away comes first."""
    point = await make(plant.simulated, "Temp") if signal else await make(plant.filled, "Temp", [(0, 1.0)])
    seen: list[str] = []
    marker = None
    for visit in range(3):
        socket = await begun(open_socket)
        await socket.say(subscribe("a", point.web_id(), From=marker) if marker else subscribe("a", point.web_id()))
        marker = (await socket.hear())["Marker"]
        if not signal:
            await make(tell, plant, point, (visit * 2 + 1, visit))
        for message in await socket.for_a_while(1.6):
            seen += [row["Timestamp"] for item in message["Items"] for row in item["Items"]]
            marker = message["Marker"]
        await socket.close()
        if not signal:
            await make(tell, plant, point, (visit * 2 + 2, visit))
    if signal:
        seconds = [int(text[17:19]) for text in seen]
        assert seconds == [(seconds[0] + place) % 60 for place in range(len(seen))]
        assert len(seen) >= 4
    else:
        assert seen == [hour(at) for at in range(6)]


async def test_history_that_is_gone_is_told_as_a_gap(plant: Plant, live: Any, open_socket: Any) -> None:
    tank = await make(plant.filled, "Tank", [(0, 1.0)])
    socket = await begun(open_socket)
    await socket.say(subscribe("a", tank.web_id()))
    marker = (await socket.hear())["Marker"]
    await socket.close()
    for _ in range(2):
        live.forget(live.hub.sweep())  # nor does the hub remember
    await make(tell, plant, tank, (1, 2.0), (2, 3.0))
    await make(prune, 2)
    await make(tell, plant, tank, (3, 4.0))
    socket = await begun(open_socket)
    await socket.say(subscribe("b", tank.web_id(), From=marker))
    gap = await socket.until(Action="Notice", Id="b")
    assert gap["Kind"] == "Gap"
    assert gap["From"].rstrip("Z") <= gap["To"].rstrip("Z")
    heard: list[float] = []
    while len(heard) < 2:
        heard += values(await socket.until(Action="Data", Id="b"))
    assert heard == [3.0, 4.0]


def prune(keep: int) -> None:
    """The log forgets all but so many less one of its last entries."""
    last = ValueChange.objects.order_by("-sequence")[keep - 1].sequence
    ValueChange.objects.filter(sequence__lte=last).delete()
    Counter.objects.update_or_create(name=catchup.PRUNED, defaults={"value": last})


async def test_a_marker_of_another_database_is_told_as_a_gap_and_current_values_follow(
    plant: Plant, open_socket: Any
) -> None:
    tank = await make(plant.filled, "Tank", [(0, 1.0)])
    socket = await begun(open_socket)
    await socket.say(subscribe("a", tank.web_id(), From="ffffffff_5_17000000000000000_17000000000000000"))
    assert (await socket.hear())["Status"] == "Success"
    assert (await socket.hear())["Kind"] == "Gap"
    assert values(await socket.hear()) == [1.0]


async def test_an_element_that_appears_later_joins_with_a_notice(plant: Plant, open_socket: Any) -> None:
    tank = await make(plant.filled, "Tank", [(0, 1.0)])
    await make(plant.attribute, "Level", point=tank)
    socket = await begun(open_socket)
    await socket.say(subscribe("a", {"Search": "Name:Level", "Database": plant.db.web_id()}, Initial=False))
    assert [len(entry["Streams"]) for entry in (await socket.hear())["Resources"]] == [1]
    new = await make(Element.objects.create, database=plant.db, name="Second", path="Second")
    other = await make(plant.filled, "Other", [(0, 7.0)])
    level = await make(plant.attribute, "Level", owner=new, point=other)
    joined = await socket.until(8, Action="Notice", Kind="Joined")
    assert [stream["Path"] for stream in joined["Streams"]] == [r"\\AF\Db\Second|Level"]
    assert joined["Streams"][0]["Value"]["Value"] == 7.0
    await make(tell, plant, other, (1, 8.0))
    assert values(await socket.until(Action="Data")) == [8.0]
    await make(level.delete)
    left = await socket.until(12, Action="Notice", Kind="Left")
    assert [stream["Name"] for stream in left["Streams"]] == ["Level"]


async def test_requests_that_make_no_sense_are_answered_with_a_code(plant: Plant, open_socket: Any) -> None:
    tank = await make(plant.filled, "Tank", [(0, 1.0)])
    socket = await begun(open_socket)
    web_id = tank.web_id()
    faults = {
        "no JSON": "BadMessage",
        "[]": "BadMessage",
        '{"Action":"Fly"}': "BadAction",
        '{"Action":"Subscribe","Resources":["x"]}': "BadId",
        '{"Action":"Subscribe","Id":"a"}': "BadResources",
        '{"Action":"Subscribe","Id":"a","Resources":[]}': "BadResources",
        f'{{"Action":"Subscribe","Id":"a","Resources":["{web_id}"],"Rate":50}}': "BadRate",
        f'{{"Action":"Subscribe","Id":"a","Resources":["{web_id}"],"Mode":"some"}}': "BadMode",
        f'{{"Action":"Subscribe","Id":"a","Resources":["{web_id}"],"From":"yesterday"}}': "BadMarker",
        f'{{"Action":"Subscribe","Id":"a","Resources":["{web_id}"],"Initial":1}}': "BadMessage",
        f'{{"Action":"Subscribe","Id":"a","Resources":["{web_id}"],"Speed":1}}': "BadMessage",
        '{"Action":"Subscribe","Id":"a","Resources":[{"Kind":"Moon"}]}': "UnknownKind",
        '{"Action":"Unsubscribe","Id":"a"}': "UnknownId",
    }
    for text, code in faults.items():
        await socket.say(text)
        answer = await socket.hear()
        assert (text, answer["Action"], answer["Status"], answer["Code"]) == (text, "Error", "Error", code)
        assert answer["Reason"].endswith(".")
    await socket.say(subscribe("a", web_id))
    await socket.until(Action="Subscribed", Status="Success")
    await socket.say(subscribe("a", web_id))
    assert (await socket.until(Action="Error"))["Code"] == "IdInUse"


async def test_unsubscribe_gives_the_last_marker_and_ping_is_answered(plant: Plant, open_socket: Any) -> None:
    temp = await make(plant.simulated, "Temp")
    socket = await begun(open_socket)
    await socket.say(subscribe("a", temp.web_id()))
    data = await socket.until(Action="Data")
    await socket.say({"Action": "Unsubscribe", "Id": "a"})
    ended = await socket.until(Action="Unsubscribed", Id="a")
    assert ended["Marker"] >= data["Marker"]
    await socket.say({"Action": "Ping", "Id": "p"})
    assert await socket.hear() == {"Action": "Pong", "Id": "p"}
    assert await socket.for_a_while(1.2) == []
