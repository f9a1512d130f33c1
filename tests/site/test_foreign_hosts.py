"""A page elsewhere that has rebound its own name to this machine opens no socket, as it reads nothing over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from osipi_site import asgi, lifespan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def served(settings: Any) -> AsyncIterator[None]:
    settings.ALLOWED_HOSTS = ["plant.example", ".works.example", "[::1]"]
    yield
    await lifespan.stop()


async def handshake(*hosts: str) -> list[dict[str, Any]]:
    """What the server sends to one who opens a socket under these names and goes away."""
    coming = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/piwebapi/streams/channel", "query_string": b"", "subprotocols": []}
    scope |= {"extensions": {"websocket.http.response": {}}, "client": ("192.0.2.7", 5)}
    scope["headers"] = [(b"host", host.encode("latin-1")) for host in hosts]
    await asgi.application(scope, receive, send)
    return sent


@pytest.mark.parametrize("host", ["plant.example", "PLANT.example:8010", "a.works.example", "[::1]:8010"])
async def test_a_name_of_ours_opens_a_socket(host: str) -> None:
    assert (await handshake(host))[0]["type"] == "websocket.accept"


async def test_a_client_that_names_no_host_is_no_page() -> None:
    assert (await handshake())[0]["type"] == "websocket.accept"


@pytest.mark.parametrize(
    "hosts",
    [("evil.example",), ("evil.example:8010",), ("plant.example", "evil.example"), ("plant.example@evil",), ("\xe9",)],
)
async def test_another_name_is_refused_with_the_reason(hosts: tuple[str, ...]) -> None:
    start, body = await handshake(*hosts)
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 400)
    assert "ALLOWED_HOSTS" in json.loads(body["body"])["Errors"][0]
