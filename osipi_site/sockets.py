"""uvicorn's WebSocket protocol with two additions for live delivery.

- The ASGI extension ``osipi.texts``: ``{"type": "websocket.send", "texts": [bytes, ...]}`` sends several text
  messages in one write. A message each costs 13 us of CPU; a thousand in one write 0.5 us apiece. Its `write`
  does the same at once, without a task that waits, when the client takes it; else it answers False. What many
  clients are told is framed once, by `frame`, and `write_frame` writes it.
- The kernel holds less than the megabytes that it would take for a client that does not read.
- Closing does not wait for a client that reads nothing: uvicorn's own close waits for the very buffer that
  is full, and the dead connection would hold its memory until TCP gives up, a quarter of an hour later.
- What is left of a closed connection refers to itself nowhere, so its memory is free at once. The collector of cycles
  took seconds for some thousands that had gone, and everybody waited for it.
- A handshake that was refused with a status and a body is complete. uvicorn forgets that, and writes an error into
  the log for each.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets import http11

LAST_WORDS_SECONDS = 2.0
#: Enough for 10,000 streams a second over a line of a tenth of a second; Linux doubles it.
KERNEL_BYTES = 256 * 1024


#: A channel over a thousand streams names them all in its address; the library takes 8 KiB and then never answers.
http11.MAX_LINE_LENGTH = 64 * 1024


class SocketProtocol(WebSocketsSansIOProtocol):
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            together: Any = {"write": self.write, "write_frame": self.write_frame, "frame": framed}
            self.scope["extensions"]["osipi.texts"] = together

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
        if texts is None:
            await super().send(message)
            if message["type"] == "websocket.http.response.body" and self.close_sent:
                self.handshake_complete = True
            return
        await self.writable.wait()
        if self.disconnected or self.close_sent:
            raise ClientDisconnected()
        self.transport.write(framed(texts))

    def write(self, texts: Sequence[bytes]) -> bool:
        return self.write_frame(framed(texts))

    def write_frame(self, frame: bytes) -> bool:
        if self.disconnected or self.close_sent or not self.writable.is_set():
            return False
        self.transport.write(frame)
        return True

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.loop.call_later(LAST_WORDS_SECONDS, self.transport.abort)


def framed(texts: Sequence[bytes]) -> bytes:
    """Unmasked, unfragmented text frames, one after the other (RFC 6455, section 5.2)."""
    if len(texts) == 1:
        return _head(texts[0]) + texts[0]
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
