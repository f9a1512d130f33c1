"""What one client may take, and when a socket is given up. Close codes are those of the docs page."""

from __future__ import annotations

from django.conf import settings

#: Bytes of a message from a client; the server closes with 1009 above it.
MESSAGE_BYTES = 64 * 1024
#: Milliseconds between two messages of a subscription.
FASTEST, SLOWEST, USUAL = 100, 60_000, 1_000
#: Subscriptions of version 2 on one socket.
SUBSCRIPTIONS = 1_000
#: Seconds after which rights are asked for again.
RECHECK_SECONDS = 5

SIGNED_OUT = 4401
GONE = 4404
TOO_SLOW = 4408
TOO_MANY_REPLIES = 4413


def streams() -> int:
    """Streams on one socket."""
    return int(getattr(settings, "OSIPI_SOCKET_STREAMS", 20_000))


def sockets() -> int:
    """Sockets of one user, in all server processes together."""
    return int(getattr(settings, "OSIPI_SOCKETS_PER_USER", 10_000))


def stall_seconds() -> float:
    """So long a client may take nothing of what waits for it."""
    return float(getattr(settings, "OSIPI_SOCKET_STALL", 30))
