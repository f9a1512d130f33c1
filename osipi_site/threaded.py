"""HTTP over ASGI, answered by synchronous Django code in a bounded pool of threads.

Django's own ASGI handler starts a thread for every request and crosses between loop and threads at each
synchronous middleware, signal receiver and view. Here a request crosses once: the event loop collects the
body, one pool thread does everything else and the loop sends the answer in one message. Measured on a
trivial DRF view: 150-230 us of CPU against 1,000 (Django's handler, no middleware) and 2,350 (with the
usual middleware); see the README's operations part.

Pool threads live as long as the process, so each keeps its own persistent database connection; the
request_started and request_finished signals, sent in the thread, retire broken and expired ones as they do
under WSGI.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Callable
from contextlib import nullcontext

from django.core import signals
from django.core.handlers.asgi import ASGIRequest, get_script_prefix
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix
from django.utils.cache import patch_vary_headers
from isal import igzip

from osipi_site.lifespan import Receive, Scope, Send
from osipi_site.workers import Workers

log = logging.getLogger(__name__)

LEAST_COMPRESSED = 1024
COMPRESSED_TYPES = ("application/json", "text/", "application/javascript", "image/svg+xml")
WAITING_PER_THREAD = 64
#: a client that announced a body and sends none of it for so long keeps memory and a connection for nothing
SILENT_SECONDS = 60.0
NO_LIMIT = nullcontext()

Headers = list[tuple[bytes, bytes]]
Answer = tuple[int, Headers, bytes]


class ThreadedHandler:
    """`respond` answers a request and may block; `refuse` makes an answer of a status and a sentence."""

    request_class = ASGIRequest

    def __init__(
        self,
        respond: Callable[[HttpRequest], HttpResponseBase],
        refuse: Callable[[int, str], HttpResponse],
        workers: Workers,
        max_body: int,
    ) -> None:
        self.respond = respond
        self.refuse = refuse
        self.workers = workers
        self.most_waiting = workers.most * WAITING_PER_THREAD
        self.max_body = max_body
        self.waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await self.body(scope, receive)
        if body is None:
            return
        if isinstance(body, HttpResponse):
            answer = flat(body, scope)
        elif self.waiting >= self.most_waiting:
            busy = self.refuse(503, "The server is busy: too many requests are waiting. Try again in a second.")
            busy["Retry-After"] = "1"
            answer = flat(busy, scope)
        else:
            answer = await self.in_thread(scope, body)
        status, headers, content = answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def body(self, scope: Scope, receive: Receive) -> bytes | HttpResponse | None:
        """The whole body; an answer that refuses it when it is too long or does not come; None when the client has
        gone."""
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if announced.isdigit() and int(announced) > self.max_body:
            return self.too_long()
        comes = announced != b"0" or any(name == b"transfer-encoding" for name, _ in scope["headers"])
        chunks: list[bytes] = []
        size = 0
        while True:
            try:
                async with asyncio.timeout(SILENT_SECONDS) if comes else NO_LIMIT:
                    message = await receive()
            except TimeoutError:
                return self.silent()
            if message["type"] == "http.disconnect":
                return None
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self.max_body:
                return self.too_long()
            chunks.append(chunk)
            if not message.get("more_body"):
                return b"".join(chunks)

    def too_long(self) -> HttpResponse:
        refusal = self.refuse(413, f"The body of the request is longer than {self.max_body} bytes.")
        refusal["Connection"] = "close"  # the rest of the body is still on its way
        return refusal

    def silent(self) -> HttpResponse:
        refusal = self.refuse(408, f"No more of the body came for {SILENT_SECONDS:g} seconds.")
        refusal["Connection"] = "close"
        return refusal

    async def in_thread(self, scope: Scope, body: bytes) -> Answer:
        self.waiting += 1
        try:
            return await self.workers.run(self.work, scope, body)
        finally:
            self.waiting -= 1

    def work(self, scope: Scope, body: bytes) -> Answer:
        """Runs in a pool thread. Whatever happens, the client is answered and the connection looked after."""
        response: HttpResponseBase | None = None
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        try:
            response = self.respond(self.request_class(scope, io.BytesIO(body)))
            return flat(response, scope)
        except Exception:
            log.exception("%s %s could not be answered", scope["method"], scope["path"])
            return flat(self.refuse(500, "The server failed to answer this request; the reason is in its log."), scope)
        finally:
            if response is None:
                signals.request_finished.send(sender=self.__class__)
            else:
                response.close()  # sends request_finished


def flat(response: HttpResponseBase, scope: Scope) -> Answer:
    """The answer as status, header pairs and one body, compressed where worth it and accepted.

    isa-l's level 1 costs 0.3 us per kilobyte, a fifth of zlib's. HEAD keeps the length and drops the body.
    """
    content = b"".join(response) if response.streaming else response.content
    if (
        len(content) >= LEAST_COMPRESSED
        and not response.has_header("Content-Encoding")
        and response.get("Content-Type", "").startswith(COMPRESSED_TYPES)
    ):
        patch_vary_headers(response, ("Accept-Encoding",))
        if accepts_gzip(scope):
            content = igzip.compress(content, 1, mtime=0)
            response["Content-Encoding"] = "gzip"
            response["Content-Length"] = str(len(content))
    if response.status_code not in (204, 304) and not response.has_header("Content-Length"):
        response["Content-Length"] = str(len(content))
    headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    headers += [(b"set-cookie", morsel.OutputString().encode("ascii")) for morsel in response.cookies.values()]
    return response.status_code, headers, b"" if scope["method"] == "HEAD" else content


def accepts_gzip(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            for coding in value.lower().split(b","):
                token, _, weight = coding.replace(b" ", b"").partition(b";")
                if token in (b"gzip", b"*"):
                    return weight not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False
