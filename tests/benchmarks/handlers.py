"""What a request costs before any of our code runs: Django's own handlers beside ours, in CPU time.

Each way answers `GET /piwebapi` (the landing page of the service) in this process, without a socket, so that
the HTTP server's own part (30 to 70 us with uvicorn) is left out of all rows alike. The least of five rounds
counts. Run by `make bench`.
"""

from __future__ import annotations

import asyncio
import io
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.own_plant import own_plant  # noqa: E402

own_plant()

import django  # noqa: E402

django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402
from django.core.handlers.asgi import ASGIHandler  # noqa: E402
from django.core.handlers.base import BaseHandler  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402

from osipi_site import lean  # noqa: E402
from osipi_site.direct import DirectHandler  # noqa: E402
from osipi_site.threaded import ThreadedHandler  # noqa: E402
from osipi_site.workers import Workers  # noqa: E402

ROUNDS, REQUESTS = 5, 400
PATH = "/piwebapi"
HEADERS = [(b"host", b"localhost"), (b"accept", b"application/json")]
App = Callable[[Any, Any, Any], Awaitable[None]]
Once = Callable[[], Awaitable[int]]


def scope() -> dict[str, Any]:
    fixed = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "method": "GET"}
    here = {"path": PATH, "raw_path": PATH.encode(), "query_string": b"", "root_path": "", "headers": HEADERS}
    return {**fixed, **here, "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8010)}


def over_asgi(app: App) -> Once:
    async def once() -> int:
        status = 0
        asked = False
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if asked:
                await gone.wait()  # the client stays connected until the answer is there
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)

        await app(scope(), receive, send)
        return status

    return once


def over_wsgi(handler: WSGIHandler) -> Once:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": PATH, "SERVER_NAME": "localhost", "SERVER_PORT": "8010"}
    environ |= {"SERVER_PROTOCOL": "HTTP/1.1", "HTTP_ACCEPT": "application/json", "wsgi.url_scheme": "http"}

    async def once() -> int:
        found: list[str] = []
        answer = handler({**environ, "wsgi.input": io.BytesIO()}, lambda status, headers: found.append(status))
        b"".join(answer)
        answer.close()
        return int(found[0][:3])

    return once


class Inline(ThreadedHandler):
    """Our handler without its pool: the event loop itself runs the view, and waits for every query."""

    async def in_thread(self, scope: Any, body: bytes) -> Any:
        return self.work(scope, body)


def stock(handler: type[BaseHandler], middleware: list[str]) -> Any:
    settings.MIDDLEWARE = middleware
    made = handler()
    made.load_middleware(is_async=handler is ASGIHandler)
    return made


async def cost(once: Once) -> float:
    """Microseconds of CPU, of all threads, per request."""
    for _ in range(50):
        assert await once() == 200
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(REQUESTS):
            await once()
        best = min(best, (time.process_time() - began) / REQUESTS)
    return best * 1e6


async def main() -> None:
    usual = settings.MIDDLEWARE
    limits = Workers(1, "bench"), 2**20
    chain = lean.ApiChain()
    ways = {
        "Django's ASGI handler, the middleware of the pages": over_asgi(stock(ASGIHandler, usual)),
        "Django's ASGI handler, no middleware": over_asgi(stock(ASGIHandler, [])),
        "Django's WSGI handler, the middleware of the pages": over_wsgi(stock(WSGIHandler, usual)),
        "Django's WSGI handler, no middleware": over_wsgi(stock(WSGIHandler, [])),
        "ours, the direct way": over_asgi(DirectHandler(chain, lean.refuse, *limits)),
        "ours (one hop to a pool thread)": over_asgi(ThreadedHandler(chain, lean.refuse, *limits)),
        "ours, in the event loop": over_asgi(Inline(chain, lean.refuse, *limits)),
    }
    costs = {name: await cost(once) for name, once in ways.items()}
    ours = costs["ours (one hop to a pool thread)"]
    print("| GET /piwebapi, no HTTP server | CPU us per request | to ours |\n|---|---|---|")
    for name, spent in costs.items():
        print(f"| {name} | {spent:.0f} | {spent / ours:.1f} |")


asyncio.run(main())
