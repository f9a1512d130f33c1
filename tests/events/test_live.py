"""Event frames on the subscribe socket, over the ASGI application itself."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from events.live import Feed, Page
from events.markers import FORGOTTEN, Position
from events.models import EventFrame
from piwebapi.models import AssetDatabase, Counter, Element, ElementTemplate
from tests.streaming.live.clients import Socket
from tests.streaming.live.conftest import live, nobody_is_remembered, open_socket  # noqa: F401

from .plant import Plant, ticks

Open = Callable[..., Awaitable[Socket]]
PATH = "streams/channel?version=2"


@pytest.fixture
def committed(transactional_db: None) -> Plant:
    """Committed, because live delivery reads in threads of its own."""
    return Plant()


def told(message: dict[str, Any]) -> list[tuple[str, bool]]:
    assert message["Action"] == "Event", message
    return [(item["Name"], item["Deleted"]) for item in message["Items"]]


async def subscribed(open_socket: Open, resource: dict[str, Any] | None = None, **more: Any) -> tuple[Socket, Any]:  # noqa: F811
    socket = await open_socket(PATH)
    assert "EventFrames" in (await socket.hear())["Kinds"]
    await socket.say(
        {"Action": "Subscribe", "Id": "e", "Resources": [{"Kind": "EventFrames", **(resource or {})}], **more}
    )
    return socket, await socket.hear()


async def test_a_change_is_told_once_it_is_committed(committed: Plant, open_socket: Open) -> None:  # noqa: F811
    socket, answer = await subscribed(open_socket)
    assert answer["Status"] == "Success"
    frame = await sync_to_async(committed.frame)("F1", end=None)
    event = await socket.hear()
    assert told(event) == [("F1", False)]
    assert event["Items"][0]["EventFrame"]["EndTime"] == "9999-12-31T23:59:59Z"
    assert event["Items"][0]["EventFrame"]["Links"]["Self"].endswith(f"/piwebapi/eventframes/{frame.web_id()}")
    await sync_to_async(committed.update)(frame, end=ticks(2026, 3, 2, 7))
    event = await socket.hear()
    assert event["Items"][0]["EventFrame"]["EndTime"] == "2026-03-02T07:00:00Z"
    await sync_to_async(committed.delete)(frame)
    assert told(await socket.hear()) == [("F1", True)]


async def test_frames_in_progress_come_first(committed: Plant, open_socket: Open) -> None:  # noqa: F811
    await sync_to_async(committed.frame)("over")
    await sync_to_async(committed.frame)("going on", end=None)
    socket, answer = await subscribed(open_socket)
    event = await socket.hear()
    assert told(event) == [("going on", False)]
    assert event["Marker"] == answer["Marker"]


async def test_who_comes_back_with_a_marker_has_missed_nothing(committed: Plant, open_socket: Open) -> None:  # noqa: F811
    frames = [await sync_to_async(committed.frame)(f"F{number}") for number in range(3)]
    marker = str(frames[0].changed)
    await sync_to_async(committed.delete)(frames[1])
    socket, _ = await subscribed(open_socket, From=marker)
    event = await socket.hear()
    assert told(event) == [("F2", False), ("F1", True)]
    socket, _ = await subscribed(open_socket, From=event["Marker"])
    await sync_to_async(committed.frame)("F9")
    assert told(await socket.hear()) == [("F9", False)]


async def test_a_marker_whose_history_is_gone_is_refused(committed: Plant, open_socket: Open) -> None:  # noqa: F811
    def forgotten() -> str:
        frame = committed.frame("F1")
        committed.delete(frame)
        Counter.objects.create(name=FORGOTTEN, value=Counter.last("eventframes"))
        return str(frame.changed)

    marker = await sync_to_async(forgotten)()
    _, answer = await subscribed(open_socket, From=marker)
    assert answer["Status"] == "Error"
    assert "history up to this Marker is gone" in answer["Resources"][0]["Reason"]
    socket, answer = await subscribed(open_socket, From="0")
    assert answer["Status"] == "Success"


async def test_many_changes_come_in_pages_in_their_order(committed: Plant, open_socket: Open) -> None:  # noqa: F811
    def many() -> None:
        for number in range(450):
            EventFrame.objects.create(
                database=committed.database, name=f"F{number:03}", start=ticks(2026, 3, 1, 8), changed=number + 1
            )
        committed.frame("F450", end=None)

    await sync_to_async(many)()
    await sync_to_async(lambda: EventFrame.objects.filter(name="F450").update(changed=451))()
    await sync_to_async(lambda: committed.counter(451))()
    socket, _ = await subscribed(open_socket, From="0")
    names: list[str] = []
    while len(names) < 451:
        names += [name for name, _ in told(await socket.hear())]
    assert names == [f"F{number:03}" for number in range(451)]


async def test_a_subscription_may_be_for_one_database(committed: Plant, open_socket: Open) -> None:  # noqa: F811
    def another() -> AssetDatabase:
        return AssetDatabase.objects.create(server=committed.database.server, name="Other")

    other = await sync_to_async(another)()
    socket, answer = await subscribed(open_socket, {"Database": committed.database.web_id()})
    assert answer["Status"] == "Success"
    await sync_to_async(lambda: committed.frame("elsewhere", home=other))()
    await sync_to_async(committed.frame)("here")
    assert told(await socket.hear()) == [("here", False)]


async def test_a_change_that_comes_while_others_are_read_is_told_next() -> None:
    asked: list[int] = []

    class Reading:
        last = 5

        async def beyond(self, mark: int) -> None:
            if self.last <= mark:
                await asyncio.sleep(60)

        async def page(self, _: Any, since: int) -> Page | None:
            asked.append(since)
            if len(asked) > 1:
                return Page([b"here"], 7)
            self.last = 7  # comes after the look at the table, which found nothing for this subscription
            return None

    heard: asyncio.Queue[Any] = asyncio.Queue()
    feed = Feed.__new__(Feed)
    feed.first, feed.mark, feed.asked = (), 3, None  # type: ignore[assignment]
    feed.watch, feed.position = Reading(), Position(3)  # type: ignore[assignment]
    feed.subscriber = SimpleNamespace(emit=lambda items, marker: heard.put_nowait(items) or True)  # type: ignore[assignment]
    feed.start()
    try:
        assert await asyncio.wait_for(heard.get(), 2) == [b"here"]
    finally:
        feed.end()
    assert asked == [3, 5]


@pytest.mark.parametrize("by", ["Template", "Element", "Severity"])
async def test_a_subscription_may_be_for_a_template_an_element_or_a_severity(
    committed: Plant,
    open_socket: Open,  # noqa: F811
    by: str,
) -> None:
    def chosen() -> Any:
        below = Element.objects.create(
            database=committed.database, name="Pump", path="Unit_1\\Pump", parent=committed.unit
        )
        twin = Element.objects.create(database=committed.database, name="Unit_10", path="Unit_10")
        base = ElementTemplate.objects.get(name="DowntimeTemplate")
        ElementTemplate.objects.create(database=committed.database, name="Stop", instance_type="EventFrame", base=base)
        names = {"Template": base.web_id(), "Element": committed.unit.web_id(), "Severity": ["Major", "Critical"]}
        return below, twin, {by: names[by]}

    below, twin, resource = await sync_to_async(chosen)()
    socket, answer = await subscribed(open_socket, resource)
    assert answer["Status"] == "Success"
    fitting = {"Template": {"template": "Stop"}, "Element": {"elements": [below]}, "Severity": {"severity": 4}}[by]
    other = {"Template": {}, "Element": {"elements": [twin]}, "Severity": {"severity": 3}}[by]
    await sync_to_async(committed.frame)("another", **other)
    await sync_to_async(committed.frame)("fitting", **fitting)
    assert told(await socket.hear()) == [("fitting", False)]


@pytest.mark.parametrize(
    ("resource", "more", "reason"),
    [
        ({"Colour": "red"}, {}, "no members Colour"),
        ({"Database": "F1RDnothing"}, {}, "WebID"),
        ({"Element": 7}, {}, "must be the WebId of one Element"),
        ({"Severity": "Loud"}, {}, "must be one of None, Information"),
        ({"Severity": []}, {}, "must be one of None, Information"),
        ({}, {"From": "nonsense"}, "no Marker of this server"),
    ],
)
async def test_what_cannot_be_is_refused_with_a_sentence(
    committed: Plant,
    open_socket: Open,  # noqa: F811
    resource: dict[str, Any],
    more: dict[str, Any],
    reason: str,
) -> None:
    _, answer = await subscribed(open_socket, resource, **more)
    assert answer["Status"] == "Error"
    assert reason in answer["Resources"][0]["Reason"]
