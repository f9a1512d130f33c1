from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from piwebapi.api import auth
from tests.streaming.endpoints.plant import Plant

from .clients import Socket


@pytest.fixture(autouse=True)
def nobody_is_remembered() -> Iterator[None]:
    auth.forget()
    auth.failures.clear()
    yield
    auth.forget()


@pytest.fixture
def plant(transactional_db: None) -> Plant:
    """Committed, because live delivery reads in threads of its own."""
    return Plant()


@pytest.fixture
async def live(transactional_db: None) -> AsyncIterator[object]:
    """Live delivery as the server runs it, over the ASGI application itself."""
    from osipi_site import asgi, lifespan  # noqa: F401  appends what starts
    from streaming.live import runtime

    await lifespan.ensure_started()
    yield runtime.current()
    await lifespan.stop()


@pytest.fixture
async def open_socket(live: object) -> AsyncIterator[Callable[..., Awaitable[Socket]]]:
    opened: list[Socket] = []

    async def open_one(path: str, **more: object) -> Socket:
        opened.append(Socket(path, **more))
        await opened[-1].open()
        return opened[-1]

    yield open_one
    for socket in opened:
        await socket.close()
