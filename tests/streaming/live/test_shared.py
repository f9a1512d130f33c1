"""What server processes tell each other through the cache, while that hangs or fails."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.utils import timezone

from piwebapi.core.errors import Unavailable
from piwebapi.models import ApiToken
from streaming.live import instances
from tests.streaming.endpoints.plant import Plant

from .test_rights import bearer, user
from .test_subscribe import CHANNEL, make


async def test_rights_are_looked_at_while_the_cache_hangs(
    plant: Plant, open_socket: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OSIPI_WORKERS = 2
    guest = await make(user)
    row, token = await make(ApiToken.issue, user=guest, name="t")
    socket = await open_socket(CHANNEL, headers=bearer(token))
    hung, goes_on = Event(), Event()

    def hang(self: LocMemCache, *args: Any, **more: Any) -> bool:
        hung.set()
        return not goes_on.wait(30)

    monkeypatch.setattr(LocMemCache, "add", hang)
    assert await make(hung.wait, 5)
    row.expires = timezone.now()
    await make(row.save)
    try:
        assert (await socket.hear(10))["Closed"] == 4401
    finally:
        goes_on.set()


async def test_a_cache_that_fails_is_told_and_ends_nothing(
    plant: Plant, open_socket: Any, live: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, client: Any
) -> None:
    """Prometheus is told of the process that it has reached; a list of sockets that is not whole would be wrong."""
    settings.OSIPI_WORKERS = 2
    await open_socket(CHANNEL)
    monkeypatch.setattr(LocMemCache, "get_many", lambda self, keys: 1 / 0)
    monkeypatch.setattr(LocMemCache, "add", lambda self, *args: 1 / 0)
    for _ in range(2):
        await make(live.shared.publish, live)
    with pytest.raises(Unavailable):
        await make(instances.everywhere)
    told = (await make(client.get, "/metrics")).content.decode()
    assert f'osipi_live_sockets{{process="{live.shared.process}"}} 1\n' in told
