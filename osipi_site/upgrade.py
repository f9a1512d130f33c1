"""The usual handshake of a WebSocket (RFC 6455, section 4.2), answered from what the HTTP parser has read already.

uvicorn writes the request out again, and the library parses it anew and makes its answer of objects: twice the work.
Whatever is unusual is left to them, faults above all, so that they are refused in the library's words.
"""

from __future__ import annotations

from base64 import b64encode
from binascii import Error, a2b_base64
from collections.abc import Sequence
from hashlib import sha1

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
VERSION = b"13"
#: A body, and subprotocols, which are several in one line or in many.
UNUSUAL = frozenset((b"content-length", b"transfer-encoding", b"sec-websocket-protocol"))

Headers = Sequence[tuple[bytes, bytes]]


def usual_answer(url: bytes, headers: Headers) -> bytes | None:
    """Sec-WebSocket-Accept for a GET that asks for an upgrade to WebSocket. None: let the library look at it. Names of
    headers are in lower case."""
    once = dict(headers)
    if len(once) < len(headers) or not UNUSUAL.isdisjoint(once) or once.get(b"sec-websocket-version") != VERSION:
        return None
    if not url.isascii():
        return None
    key = once.get(b"sec-websocket-key", b"")
    try:
        if len(key) != 24 or len(a2b_base64(key, strict_mode=True)) != 16:
            return None
    except Error:
        return None
    return b64encode(sha1(key + GUID).digest())
