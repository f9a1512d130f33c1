"""uvicorn's WebSocket protocol with additions for live delivery.

- The ASGI extension ``osipi.texts``: ``{"type": "websocket.send", "texts": [bytes, ...]}`` sends several text
  messages in one write. A message each costs 13 us of CPU; a thousand in one write 0.5 us apiece. Its `write`
  does the same at once, without a task that waits, when the client takes it; else it answers False. What many
  clients are told is framed once, by `frame`, and `write_frame` writes it.
- The kernel holds less than the megabytes that it would take for a client that does not read.
- Closing does not wait for a client that reads nothing: uvicorn's own close waits for the very buffer that
  is full, and the dead connection would hold its memory until TCP gives up, a quarter of an hour later.
- What is left of a closed connection refers to itself nowhere, so its memory is free at once. The collector of cycles
  took seconds for some thousands that had gone, and everybody waited for it.
- The usual handshake is not parsed a second time (`upgrade.py`): `take_over`, called by the HTTP protocol.
- A client that pings without reading is not answered until it reads, and one that cuts a message into thousands of
  pieces is refused: both would be kept in memory without an end.
- A handshake that was refused with a status and a body is complete. uvicorn forgets that, and writes an error into
  the log for each.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets import http11
from websockets.frames import CloseCode
from websockets.protocol import OPEN, Protocol

LAST_WORDS_SECONDS = 2.0
#: Enough for 10,000 streams a second over a line of a tenth of a second; Linux doubles it.
KERNEL_BYTES = 256 * 1024
#: Pieces of one message.
MOST_FRAGMENTS = 1_000


#: bytes; the HTTP parser has no limit, and copies a value anew for each piece of it that comes
LONGEST_HEAD = 2**20 + 2**19
#: A channel over a thousand streams names them all in its address, 100 kB; the library takes 8 and then never answers.
http11.MAX_LINE_LENGTH = LONGEST_HEAD


ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


class SocketProtocol(WebSocketsSansIOProtocol):
    _answer: bytes | None = None  # to the usual handshake, until it is given

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        limit_kernel(transport)

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["extensions"]["osipi.texts"] = self._texts()

    def handle_ping(self) -> None:
        """Source: RFC 6455, section 5.5.3: of several pings only the last needs an answer."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_cont(self, event: Any) -> None:
        if self.close_sent:
            return
        super().handle_cont(event)
        if len(self.frames) > MOST_FRAGMENTS:
            self.frames.clear()
            self.conn.fail(CloseCode.MESSAGE_TOO_BIG, f"more than {MOST_FRAGMENTS} fragments")
            self.handle_parser_exception()

    def send_receive_event_to_app(self) -> None:
        """Bytes that are no text are a fault of the client: told to it, and nothing for the log."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.conn.fail(CloseCode.INVALID_DATA, "no UTF-8")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def take_over(self, http: HttpToolsProtocol, answer: bytes) -> None:
        """The connection of a handshake that `http` has read; `answer`: its Sec-WebSocket-Accept."""
        self.connections.add(self)
        self.transport, self.server, self.client = http.transport, http.server, http.client
        self.scheme = "wss" if http.scheme == "https" else "ws"
        limit_kernel(http.transport)
        self.conn.parser.close()
        self.conn.parser = Protocol.parse(self.conn)  # of frames: the request is not to come again
        next(self.conn.parser)
        self._answer = answer
        self.handshake_initiated = True
        path, _, query = http.url.partition(b"?")
        self.scope = {
            "type": "websocket",
            "asgi": {"version": self.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": self.scheme,
            "server": self.server,
            "client": self.client,
            "root_path": self.root_path,
            "path": self.root_path + unquote(path.decode("ascii")),
            "raw_path": self.root_path.encode("ascii") + path,
            "query_string": query,
            "headers": http.headers,
            "subprotocols": [],
            "state": self.app_state.copy(),
            "extensions": {"websocket.http.response": {}, "osipi.texts": self._texts()},
        }
        self.queue.put_nowait({"type": "websocket.connect"})
        task = self.loop.create_task(self.run_asgi())
        task.add_done_callback(self.on_task_complete)
        self.tasks.add(task)

    def _texts(self) -> Any:
        return {"write": self.write, "write_frame": self.write_frame, "frame": frame}

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.conn.parser.close()
        if hasattr(self, "scope"):
            self.scope["extensions"].pop("osipi.texts", None)

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close" and self.handshake_complete and not self.writable.is_set():
            self.loop.call_later(LAST_WORDS_SECONDS, self.transport.abort)
            self.writable.set()
        texts = message.get("texts")
        if self._answer is not None:
            answer, self._answer = self._answer, None
            if message["type"] == "websocket.accept" and not self.disconnected:
                self._accept(message, answer)
                return
        if texts is None:
            await super().send(message)
            if message["type"] == "websocket.http.response.body" and self.close_sent:
                self.handshake_complete = True
            return
        await self.writable.wait()
        if self.disconnected or self.close_sent:
            raise ClientDisconnected()
        self.transport.write(framed(texts))

    def _accept(self, message: Any, answer: bytes) -> None:
        headers = [(b"Sec-WebSocket-Accept", answer), *self.default_headers, *message.get("headers", ())]
        if message.get("subprotocol"):
            headers.append((b"Sec-WebSocket-Protocol", message["subprotocol"].encode("ascii")))
        if not self.transport.is_closing():
            self.handshake_complete = True
            self.conn.state = OPEN
            self.transport.write(ACCEPTED + b"".join(b"%b: %b\r\n" % header for header in headers) + b"\r\n")
            self.start_keepalive()

    def write(self, texts: Sequence[bytes]) -> bool:
        return self.write_frame(framed(texts))

    def write_frame(self, message: bytes) -> bool:
        if self.disconnected or self.close_sent or not self.writable.is_set():
            return False
        self.transport.write(message)
        return True

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.loop.call_later(LAST_WORDS_SECONDS, self.transport.abort)


def limit_kernel(transport: Any) -> None:
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)


def frame(text: bytes) -> bytes:
    """An unmasked, unfragmented text frame."""
    return _head(text) + text


def framed(texts: Sequence[bytes]) -> bytes:
    """Text frames, one after the other (RFC 6455, section 5.2)."""
    if len(texts) == 1:
        return frame(texts[0])
    parts: list[bytes] = []
    for text in texts:
        parts += (_head(text), text)
    return b"".join(parts)


def _head(text: bytes) -> bytes:
    size = len(text)
    if size < 126:
        return bytes((0x81, size))
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big")
    return b"\x81\x7f" + size.to_bytes(8, "big")
