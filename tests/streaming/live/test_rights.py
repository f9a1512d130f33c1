"""Who may open a socket, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from piwebapi.models import ApiToken
from streaming.live import limits
from streaming.live.keeper import Keeper
from tests.api.signin import basic, bearer, deactivate, rename_password, session_of
from tests.streaming.endpoints.plant import Client, Plant

from .clients import Socket
from .test_subscribe import make, subscribe

CHANNEL = "streams/channel"


def user(name: str = "guest") -> User:
    return User.objects.create_user(name, password="hello")


def cookies(session: dict[str, str]) -> dict[str, str]:
    return {"cookie": "; ".join(f"{name}={value}" for name, value in session.items())}


async def test_without_credentials_the_socket_is_refused_where_anonymous_callers_may_not_read(
    plant: Plant, open_socket: Any, settings: Any
) -> None:
    settings.OSIPI_ANONYMOUS = "none"
    point = await make(plant.point, "P")
    for path in (CHANNEL, CHANNEL + "?version=2", f"streams/{point.web_id()}/channel"):
        socket: Socket = await open_socket(path)
        assert socket.status == 401
        assert socket.body == {"Message": "Authorization has been denied for this request."}


async def test_all_ways_in_lead_to_the_socket(plant: Plant, open_socket: Any, settings: Any) -> None:
    settings.OSIPI_ANONYMOUS = "none"
    guest = await make(user)
    _, token = await make(ApiToken.issue, user=guest, name="t")
    session = cookies(await make(session_of, guest))
    ways: list[tuple[str, dict[str, str]]] = [
        (CHANNEL, basic("guest", "hello")),
        (CHANNEL, bearer(token)),
        (f"{CHANNEL}?access_token={token}", {}),
        (CHANNEL, session),
        (CHANNEL, {**session, "origin": "http://plant.example"}),
    ]
    for path, headers in ways:
        assert (await open_socket(path, headers=headers)).status == 101
    wrong: list[tuple[str, dict[str, str]]] = [
        (CHANNEL, basic("guest", "wrong")),
        (CHANNEL, bearer(token + "x")),
        (f"{CHANNEL}?access_token=x", {}),
        (CHANNEL, {**session, "origin": "http://elsewhere.example"}),
    ]
    for path, headers in wrong:
        assert (await open_socket(path, headers=headers)).status == 401


async def test_a_token_or_ticket_may_be_named_in_percent(plant: Plant, open_socket: Any, settings: Any) -> None:
    settings.OSIPI_ANONYMOUS = "none"
    _, token = await make(ApiToken.issue, user=await make(user), name="t")
    assert (await open_socket(f"{CHANNEL}?access%5Ftoken={token}")).status == 101
    assert (await open_socket(f"{CHANNEL}?%74icket=invented")).status == 401


async def test_a_ticket_opens_one_socket(plant: Plant, open_socket: Any, settings: Any) -> None:
    settings.OSIPI_ANONYMOUS = "none"
    guest = await make(user)
    client = Client()
    client.caller = client.caller.__class__("guest", guest, "basic", True, False, False)
    answer = await make(client.post, "channels/tickets", {})
    ticket = answer.body["Ticket"]
    assert guest.password not in ticket
    assert (await open_socket(f"{CHANNEL}?ticket={ticket}")).status == 101
    assert (await open_socket(f"{CHANNEL}?ticket={ticket}")).status == 401
    assert (await open_socket(f"{CHANNEL}?ticket=invented")).status == 401


async def test_a_ticket_is_worth_nothing_when_its_user_may_not_sign_in_any_more(
    plant: Plant, open_socket: Any, settings: Any
) -> None:
    guest = await make(user)
    client = Client()
    client.caller = client.caller.__class__("guest", guest, "basic", True, False, False)
    ticket = (await make(client.post, "channels/tickets", {})).body["Ticket"]
    await make(deactivate, guest)
    assert (await open_socket(f"{CHANNEL}?ticket={ticket}")).status == 401


def end_session(_: User) -> None:
    Session.objects.all().delete()


def expire_token(guest: User) -> None:
    guest.api_tokens.update(expires=timezone.now() - timedelta(seconds=1))


def delete_token(guest: User) -> None:
    guest.api_tokens.all().delete()


def delete_user(guest: User) -> None:
    guest.delete()


@pytest.mark.parametrize(
    ("scheme", "loss"),
    [
        ("basic", deactivate),
        ("basic", rename_password),
        ("basic", delete_user),
        ("bearer", expire_token),
        ("bearer", delete_token),
        ("session", end_session),
    ],
)
async def test_who_loses_the_right_to_sign_in_is_signed_out_within_ten_seconds(
    plant: Plant, open_socket: Any, scheme: str, loss: Any
) -> None:
    guest = await make(user)
    _, token = await make(ApiToken.issue, user=guest, name="t", expires=timezone.now() + timedelta(days=1))
    session = cookies(await make(session_of, guest))
    headers = {"basic": basic("guest", "hello"), "bearer": bearer(token), "session": session}[scheme]
    mine = await open_socket(CHANNEL, headers=headers)
    other = await open_socket(CHANNEL)
    await make(loss, guest)
    closed = await mine.hear(10)
    assert closed == {"Closed": 4401, "Reason": "The sign-in of this socket is no longer good."}
    assert await other.for_a_while(0.1) == []


async def test_a_point_that_is_deleted_ends_its_subscription(plant: Plant, open_socket: Any, live: Any) -> None:
    """With the next look at the rights; docs/subscribe-socket.md promises ten seconds."""
    assert limits.RECHECK_SECONDS < 10
    gone, kept = await make(plant.point, "Gone"), await make(plant.point, "Kept")
    resource = f"streams/{gone.web_id()}/value"
    first, channel = await open_socket(CHANNEL), await open_socket(f"streams/{gone.web_id()}/channel")
    await first.say(subscribe(gone.web_id()))
    await first.say(subscribe(kept.web_id()))
    await first.until(Action="Subscribed", Resource=f"streams/{kept.web_id()}/value")
    await make(gone.delete)
    await Keeper(live).recheck()
    answer = await first.until(Action="Unsubscribed")
    assert (answer["Resource"], answer["Status"]) == (resource, "Error")
    assert (await channel.hear())["Closed"] == 4404
    assert {message["Resource"] for message in await first.for_a_while(1.5)} == {f"streams/{kept.web_id()}/value"}


async def test_a_user_may_have_only_so_many_sockets(plant: Plant, open_socket: Any, settings: Any) -> None:
    settings.OSIPI_SOCKETS_PER_USER = 2
    guest = basic((await make(user)).username, "hello")
    assert [(await open_socket(CHANNEL, headers=guest)).status for _ in range(3)] == [101, 101, 429]
    assert (await open_socket(CHANNEL)).status == 101
