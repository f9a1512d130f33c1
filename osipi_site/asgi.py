"""The one ASGI application: sockets to Channels, /piwebapi to the lean chain, the rest to Django's own.

Both kinds of HTTP run as synchronous code in the same bounded pool (`threaded.py`), so one number,
OSIPI_THREADS, bounds the work and the database connections of a process.
"""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osipi_site.settings")
django.setup(set_prefix=False)

from channels.routing import URLRouter  # noqa: E402  (models must be loaded first)
from django.conf import settings  # noqa: E402
from django.core.handlers.base import BaseHandler  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.http.request import split_domain_port, validate_host  # noqa: E402
from django.urls import re_path  # noqa: E402

from osipi_site import lean, lifespan  # noqa: E402
from osipi_site.direct import DirectHandler  # noqa: E402
from osipi_site.lifespan import Receive, Scope, Send  # noqa: E402
from osipi_site.threaded import ThreadedHandler  # noqa: E402
from osipi_site.workers import Workers  # noqa: E402
from piwebapi.core.errors import BadRequest  # noqa: E402
from streaming.live import handshake, runtime  # noqa: E402
from streaming.live.routing import websocket_urlpatterns  # noqa: E402


async def load_pages() -> None:
    """Not before the gate opens (`server.py`): the middleware of static files looks at what was collected."""
    if pages._middleware_chain is None:
        pages.load_middleware()


lifespan.on_start.append(load_pages)
lifespan.on_start.append(runtime.start)
lifespan.on_stop.append(runtime.stop)


def refuse_page(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


async def no_such_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuses the handshake (the client sees 403); without it the router would raise and fill the log."""
    await send({"type": "websocket.close", "code": 4404})


def is_ours(scope: Scope) -> bool:
    """Whether the client calls this server by a name of ALLOWED_HOSTS. A page elsewhere may have rebound its own name
    to this machine: then it is of the same origin as the socket, and the host tells whose name it is."""
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    return all(validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS) for host in hosts)


async def refuse_socket(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await handshake.refuse(scope, send, BadRequest("The name of the host is none of ALLOWED_HOSTS."))


pages = BaseHandler()
limits = (Workers(settings.OSIPI_THREADS, "http"), settings.OSIPI_MAX_BODY)
http_api = DirectHandler(lean.ApiChain(), lean.refuse, *limits)
http_pages = ThreadedHandler(pages.get_response, refuse_page, *limits)
sockets = URLRouter([*websocket_urlpatterns, re_path("", no_such_socket)])


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        return await lifespan.lifespan(scope, receive, send)
    await lifespan.ensure_started()
    if lean.is_api(scope["path"]):
        scope = lean.normalised(scope)
        if scope["type"] == "http":
            return await http_api(scope, receive, send)
    if scope["type"] == "websocket":
        if not is_ours(scope):
            return await refuse_socket(scope, receive, send)
        return await sockets(scope, receive, send)
    return await http_pages(scope, receive, send)
