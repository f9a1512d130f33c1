"""The vendor's channels."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from streaming.live.hub import KEPT, NEVER
from streaming.writing import write
from tests.streaming.endpoints.plant import Client, Plant, hour

from .clients import Socket, values
from .test_subscribe import make


def tell(plant: Plant, point: Any, *events: tuple[float, Any], option: str = "Replace") -> None:
    write([(point, [{"Timestamp": hour(at), "Value": value} for at, value in events])], option, 2**60)


async def test_a_channel_tells_what_is_written_and_nothing_else(plant: Plant, open_socket: Any) -> None:
    point = await make(plant.filled, "Tank", [(-2, 1.0)])
    socket = await open_socket(f"streams/{point.web_id()}/channel")
    assert await socket.for_a_while(1.5) == []
    await make(tell, plant, point, (1, 2.5), (2, 3.5))
    message = await socket.hear()
    [stream] = message["Items"]
    assert {name: stream[name] for name in ("WebId", "Name", "Path", "UnitsAbbreviation")} == {
        "WebId": point.web_id(),
        "Name": "Tank",
        "Path": r"\\PI\Tank",
        "UnitsAbbreviation": "",
    }
    assert stream["Links"] == {"Source": f"http://plant.example/piwebapi/points/{point.web_id()}"}
    assert [(row["Timestamp"], row["Value"]) for row in stream["Items"]] == [(hour(1), 2.5), (hour(2), 3.5)]
    assert message["Links"] == {}


async def test_a_changed_and_a_removed_event_are_told_too(plant: Plant, open_socket: Any) -> None:
    point = await make(plant.filled, "Tank", [(0, 1.0), (1, 2.0)])
    socket = await open_socket(f"streams/{point.web_id()}/channel")
    await make(tell, plant, point, (1, 5.0))
    [row] = (await socket.hear())["Items"][0]["Items"]
    assert (row["Value"], row["Substituted"]) == (5.0, True)
    await make(tell, plant, point, (1, 0), option="Remove")
    [row] = (await socket.hear())["Items"][0]["Items"]
    assert (row["Timestamp"], row["Good"], row["Value"]["Name"]) == (hour(1), False, "No Data")


async def test_initial_values_hold_every_stream(plant: Plant, open_socket: Any) -> None:
    tank, new = await make(plant.filled, "Tank", [(0, 1.0)]), await make(plant.point, "New")
    temp = await make(plant.simulated, "Temp")
    query = urlencode({"webId": [tank.web_id(), new.web_id(), temp.web_id()], "includeInitialValues": True}, doseq=True)
    socket = await open_socket(f"streamsets/channel?{query}")
    message = await socket.hear()
    assert [item["Name"] for item in message["Items"]] == ["Tank", "New", "Temp"]
    first, second, third = values(message)
    assert first == 1.0
    assert second["Name"] == "Pt Created"
    assert isinstance(third, float)


async def test_a_channel_of_an_element_follows_its_attributes(plant: Plant, open_socket: Any) -> None:
    point = await make(plant.filled, "Tank", [(0, 1.0)])
    await make(plant.attribute, "Level", point=point, unit=plant.metre)
    await make(plant.attribute, "Serial", type="String", value="A-17")
    query = "includeInitialValues=true&webIdType=IDOnly"
    socket = await open_socket(f"streamsets/{plant.boiler.web_id()}/channel?{query}")
    message = await socket.hear()
    assert {item["Name"]: values({"Items": [item]}) for item in message["Items"]} == {
        "Level": [1.0],
        "Serial": ["A-17"],
    }
    assert {item["WebId"][:4] for item in message["Items"]} == {"I1Ab"}
    await make(tell, plant, point, (1, 2.5))
    [item] = (await socket.hear())["Items"]
    assert (item["Name"], item["UnitsAbbreviation"], values({"Items": [item]})) == ("Level", "m", [2.5])


async def test_a_heartbeat_comes_after_so_many_empty_polls(plant: Plant, open_socket: Any) -> None:
    point = await make(plant.filled, "Tank", [(0, 1.0)])
    beating = await open_socket(f"streams/{point.web_id()}/channel?heartbeatRate=2")
    silent = await open_socket(f"streams/{point.web_id()}/channel?heartbeatRate=-1")
    messages = await beating.for_a_while(4.5)
    assert messages == [{"Links": {}, "Items": []}] * 2
    assert await silent.for_a_while(0.1) == []


async def test_what_the_client_says_is_ignored(plant: Plant, open_socket: Any) -> None:
    point = await make(plant.filled, "Tank", [(0, 1.0)])
    socket = await open_socket(f"streams/{point.web_id()}/channel")
    await socket.say("hello")
    await socket.say({"Action": "Subscribe"})
    await make(tell, plant, point, (1, 2.5))
    assert values(await socket.hear()) == [2.5]


async def test_a_channel_that_cannot_be_is_refused_before_the_upgrade(plant: Plant, open_socket: Any) -> None:
    point = await make(plant.filled, "Tank", [(0, 1.0)])
    static = await make(plant.attribute, "Serial", type="String", value="A-17")
    element, missing = plant.boiler.web_id(), point.web_id()
    await make(point.delete)
    refused = {
        "streams/nonsense/channel": 400,
        f"streams/{missing}/channel": 404,
        f"streams/{static.web_id()}/channel": 409,
        f"streams/{element}/channel": 400,
        f"streamsets/{plant.db.web_id()}/channel": 409,
        f"streamsets/channel?webId={missing}": 404,
        "streamsets/channel": 400,
        f"streams/{static.web_id()}/channel?heartbeatRate=often": 400,
        "streams/value": 404,
        "system": 404,
    }
    for path, status in refused.items():
        socket: Socket = await open_socket(path)
        assert (path, socket.status) == (path, status)
        assert socket.body.get("Errors") or socket.body.get("Message")


def test_an_ordinary_request_for_a_channel_is_told_what_it_is(plant: Plant) -> None:
    point = plant.point("Tank")
    for path in (f"streams/{point.web_id()}/channel", "streamsets/channel", "streams/channel"):
        answer = Client().get(path, webId=point.web_id())
        assert answer.status == 400
        assert answer.body["Errors"] == ["This is the address of a channel: open it as a WebSocket (ws:// or wss://)."]


async def test_open_channels_are_listed_and_closed_ones_are_not(plant: Plant, open_socket: Any) -> None:
    point = await make(plant.filled, "Tank", [(0, 1.0)])
    socket = await open_socket(f"streams/{point.web_id()}/channel?includeInitialValues=true")
    await socket.hear()
    [instance] = (await make(Client().get, "channels/instances")).items
    assert set(instance) == {"Id", "StartTime", "LastMessageSentTime", "SentMessageCount"}
    assert instance["SentMessageCount"] == 1
    assert instance["LastMessageSentTime"] >= instance["StartTime"]
    await socket.close()
    assert (await make(Client().get, "channels/instances")).items == []


async def test_values_that_are_left_out_end_the_channel(plant: Plant, open_socket: Any, live: Any) -> None:
    """Its messages have no member that could tell."""
    point = await make(plant.filled, "Tank", [(0, 1.0)])
    socket = await open_socket(f"streams/{point.web_id()}/channel")
    [connection] = live.connections.values()
    [tag] = live.hub.tags.values()
    connection.session.subscription.latest = True  # so nothing is told between, as to a client that does not read
    for number in range(2 * KEPT["log"] + 1):
        live.hub.publish(tag, number, b'{"Value":%d}' % number, number)
    connection.session.subscription.latest = False
    assert values(await socket.hear())[-1] == 2 * KEPT["log"]
    assert (await socket.hear())["Closed"] == 4408


async def test_who_wants_an_initial_value_has_it_although_the_first_wanted_none(
    plant: Plant, open_socket: Any, live: Any
) -> None:
    temp = await make(plant.simulated, "Temp")
    silent = await open_socket(f"streams/{temp.web_id()}/channel")
    [tag] = live.hub.tags.values()
    tag.latest, tag.time = None, NEVER  # as before the first full second
    _, unfilled = live.wanted([tag.detail])
    assert unfilled == [tag]
    await live.fill(unfilled)
    assert tag.latest is not None
    assert live.wanted([tag.detail])[1] == []
    assert isinstance(values(await silent.hear())[0], float)


async def test_a_formula_follows_its_inputs(plant: Plant, open_socket: Any) -> None:
    tank = await make(plant.filled, "Tank", [(0, 1.5)])
    await make(plant.attribute, "Level", type="Double", point=tank)
    formula = {"type": "Double", "data_reference": "Formula", "config_string": "A=Level;[A*2]"}
    double = await make(plant.attribute, "Double", **formula)
    socket = await open_socket(f"streams/{double.web_id()}/channel?includeInitialValues=true")
    assert values(await socket.hear()) == [3.0]
    await make(tell, plant, tank, (1, 2.5))
    message = await socket.hear()
    assert [(row["Timestamp"], row["Value"]) for row in message["Items"][0]["Items"]] == [(hour(1), 5.0)]
