"""An ASGI application behind uvicorn with the protocols of this server, in the test's own loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from osipi_site.long_urls import HttpProtocol


@asynccontextmanager
async def served(application: Any, kind: type[uvicorn.Server] = uvicorn.Server, **options: Any) -> AsyncIterator[int]:
    """Gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            application, http=HttpProtocol, lifespan="off", log_config=None, loop="asyncio", **options
        )
        server = kind(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        yield listener.getsockname()[1]
        server.should_exit = True
        await task
