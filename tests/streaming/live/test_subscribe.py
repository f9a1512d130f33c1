"""The subscribe socket as clients of the older servers speak it."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async

from streaming.live.wheel import STEPS
from streaming.writing import write
from tests.streaming.endpoints.plant import Client, Plant

from .clients import values

CHANNEL = "streams/channel"


def subscribe(web_id: str, **parameters: Any) -> dict[str, Any]:
    return {"Action": "Subscribe", "Resource": f"streams/{web_id}/value", "Parameters": parameters}


async def make(work: Any, *args: Any, **more: Any) -> Any:
    return await sync_to_async(work)(*args, **more)


async def test_a_subscription_is_confirmed_and_values_follow_at_the_rate(
    plant: Plant, open_socket: Any, live: Any
) -> None:
    point = await make(plant.simulated, "Temp", engineering_units="degC")
    socket = await open_socket(CHANNEL)
    await socket.say(subscribe(point.web_id(), updateRate=500))
    resource = f"streams/{point.web_id()}/value"
    assert await socket.hear() == {"Action": "Subscribed", "Resource": resource, "Status": "Success"}
    assert [served.steps for served in live.hub.wheel.subscriptions()] == [STEPS // 2]
    messages = [await socket.hear() for _ in range(4)]
    assert {message["Resource"] for message in messages} == {resource}
    [item] = messages[-1]["Items"]
    assert item["UnitsAbbreviation"] == "degC"
    assert {"Value", "Timestamp", "Good", "Questionable", "Substituted"} <= set(item)


async def test_a_value_is_the_one_that_recorded_says(plant: Plant, open_socket: Any) -> None:
    point = await make(plant.simulated, "Temp")
    socket = await open_socket(CHANNEL)
    await socket.say(subscribe(point.web_id(), updateRate=1000))
    await socket.hear()
    messages = [await socket.hear() for _ in range(3)]
    for told in (message["Items"][0] for message in messages):
        path, time = f"streams/{point.web_id()}/recorded", told["Timestamp"]
        answer = await make(Client(now=2**60).get, path, startTime=time, endTime=time)
        assert [(row["Value"], row["Good"]) for row in answer.items] == [(told["Value"], told["Good"])]


async def test_a_written_value_is_told_until_a_newer_one_comes(plant: Plant, open_socket: Any) -> None:
    point = await make(plant.filled, "Tank", [(-2, 20.5)])
    socket = await open_socket(CHANNEL)
    await socket.say(subscribe(point.web_id(), updateRate=100))
    await socket.hear()
    assert [values(await socket.hear()) for _ in range(3)] == [[20.5]] * 3
    await make(write, [(point, [{"Timestamp": "2024-03-11T01:00:00Z", "Value": 21.5}])], "Replace", 2**60)
    message = await socket.hear()
    while values(message) == [20.5]:
        message = await socket.hear()
    assert values(message) == [21.5]


async def test_the_same_resource_twice_is_not_sent_twice(plant: Plant, open_socket: Any, live: Any) -> None:
    """How many messages come in some seconds says little: in 2.2 s there are up to three turns and the first value,
    which comes at once. So it is asked who is served: one subscription with one line, which ends as one."""
    point = await make(plant.simulated, "Temp")
    resource = f"streams/{point.web_id()}/value"
    socket = await open_socket(CHANNEL)
    for _ in range(2):
        await socket.say(subscribe(point.web_id(), updateRate=1000))
    for _ in range(2):
        assert (await socket.until(Action="Subscribed"))["Status"] == "Success"
    [served] = live.hub.wheel.subscriptions()
    assert list(served.items) == [resource]
    assert served.items[resource].tag.subscriptions == {served: 1}
    assert [message["Resource"] for message in (await socket.hear(), await socket.hear())] == [resource] * 2
    for _ in range(2):
        await socket.say({"Action": "Unsubscribe", "Resource": resource})
    assert (await socket.until(Action="Unsubscribed"))["Status"] == "Success"
    assert (await socket.hear())["Reason"].endswith("is not subscribed.")
    assert live.hub.wheel.subscriptions() == []


async def test_unsubscribe_is_confirmed_and_ends_the_values(plant: Plant, open_socket: Any) -> None:
    point = await make(plant.filled, "Tank", [(-2, 20.5)])
    socket = await open_socket(CHANNEL)
    await socket.say(subscribe(point.web_id(), updateRate=100))
    await socket.hear()
    await socket.say({"Action": "Unsubscribe", "Resource": f"streams/{point.web_id()}/value"})
    answer = await socket.until(Action="Unsubscribed")
    assert answer["Status"] == "Success"
    assert await socket.for_a_while(0.5) == []
    await socket.say({"Action": "Unsubscribe", "Resource": f"streams/{point.web_id()}/value"})
    assert (await socket.hear())["Reason"].endswith("is not subscribed.")


async def test_what_cannot_be_done_is_told_and_the_socket_stays_open(plant: Plant, open_socket: Any) -> None:
    point = await make(plant.simulated, "Temp")
    unknown = point.web_id("I").replace("I1DP", "F1DP")[:-2] + "zz"
    socket = await open_socket(CHANNEL)
    faults = {
        "no JSON": "The message is not JSON",
        '["list"]': "A message must be a JSON object",
        '{"Action":"Fly","Resource":"streams/x/value"}': "Action must be Subscribe or Unsubscribe",
        '{"Action":"Subscribe"}': "Resource must be streams/<WebId>/value, not null.",
        '{"Action":"Subscribe","Resource":"elements/x"}': "Resource must be streams/<WebId>/value",
        '{"Action":"Subscribe","Resource":"streams/nonsense/value"}': "Unknown or invalid WebID format",
        f'{{"Action":"Subscribe","Resource":"streams/{unknown}/value"}}': "",
    }
    for rate in ('"fast"', "true", "0", "99", "60001", "null", "1e400"):
        text = (
            f'{{"Action":"Subscribe","Resource":"streams/{point.web_id()}/value","Parameters":{{"updateRate":{rate}}}}}'
        )
        faults[text] = "The message is not JSON" if rate == "1e400" else "updateRate must be 100 to 60000 milliseconds"
    for text, reason in faults.items():
        await socket.say(text)
        answer = await socket.hear()
        assert answer["Status"] == "Error", text
        assert answer["Reason"].startswith(reason), text
    await socket.say(subscribe(point.web_id()))
    assert (await socket.hear())["Status"] == "Success"


async def test_another_rate_for_the_same_resource_takes_the_place_of_the_first(
    plant: Plant, open_socket: Any, live: Any
) -> None:
    """What is left is due once in ten seconds, which is `test_hub`'s to show; that turn may come in the next second."""
    point = await make(plant.filled, "Tank", [(-2, 20.5)])
    socket = await open_socket(CHANNEL)
    await socket.say(subscribe(point.web_id(), updateRate=100))
    await socket.say(subscribe(point.web_id(), updateRate=10_000))
    for _ in range(2):
        await socket.until(Action="Subscribed")
    assert [left.steps for left in live.hub.wheel.subscriptions()] == [10 * STEPS]
    assert values(await socket.hear()) == [20.5]  # at once
    assert len(await socket.for_a_while(1)) <= 1


async def test_more_streams_than_a_socket_may_have_are_refused(plant: Plant, open_socket: Any, settings: Any) -> None:
    settings.OSIPI_SOCKET_STREAMS = 2
    points = [await make(plant.point, f"P{number}") for number in range(3)]
    socket = await open_socket(CHANNEL)
    for point in points:
        await socket.say(subscribe(point.web_id()))
    answers = [answer for answer in await socket.for_a_while(0.6) if "Status" in answer]
    assert [answer["Status"] for answer in answers] == ["Success", "Success", "Error"]
    assert answers[2]["Reason"] == "A socket has at most 2 subscriptions; open another one."
