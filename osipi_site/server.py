"""One server process: `python -m osipi_site.server FD [GATE]`, where FD is the listening socket that `manage.py up`
opened, and GATE the reading end of a pipe that it closes when the database is prepared.

The socket is shared by all server processes and outlives each of them: connections made while one restarts
wait in the queue of the kernel instead of being refused. Imports take some two seconds, so a process does them
while the database is looked at, and waits at the gate.
"""

from __future__ import annotations

import ctypes
import gc
import os
import socket
import sys
from contextlib import suppress

import uvicorn

from osipi_site.heads import Server
from osipi_site.long_urls import HttpProtocol
from osipi_site.sockets import SocketProtocol

LONGEST_SOCKET_MESSAGE = 64 * 1024
MALLOC_TRIM_THRESHOLD, MALLOC_MMAP_THRESHOLD, MALLOC_ARENA_MAX = -1, -3, -8  # of malloc.h
#: Proxies cut a silent socket after a minute. A ping and its answer cost as much as three messages.
PING_SECONDS = 40.0


def config(proxies: str) -> uvicorn.Config:
    """uvicorn as measured fastest. No deflate on sockets: it costs more than the messages themselves."""
    return uvicorn.Config(
        "osipi_site.asgi:application",
        http=HttpProtocol,
        loop="uvloop",
        ws=SocketProtocol,
        ws_per_message_deflate=False,
        ws_max_size=LONGEST_SOCKET_MESSAGE,
        ws_ping_interval=PING_SECONDS,
        lifespan="on",
        access_log=False,
        server_header=False,
        log_config=None,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        timeout_keep_alive=65,  # longer than client pools keep an idle one
        timeout_graceful_shutdown=3,
    )


def settle_memory() -> None:
    """What is there now stays: the collector of cycles need not walk it again. With the usual threshold of 700 new
    objects it ran some twenty times for one second of 10,000 points, took 40 % of the time that 5,000 sockets cost,
    and stopped everything while it walked them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def keep_memory() -> None:
    """glibc gives columns of a few hundred kilobytes back to the kernel and asks for them anew, a page fault per 4 kB:
    a quarter of the time of a day's summary. Blocks below 64 MiB are kept for the next request instead."""
    with suppress(OSError, AttributeError):  # another C library
        library = ctypes.CDLL(None)
        library.mallopt(MALLOC_MMAP_THRESHOLD, 64 * 2**20)
        library.mallopt(MALLOC_TRIM_THRESHOLD, 128 * 2**20)
        library.mallopt(MALLOC_ARENA_MAX, 2)


def main(descriptor: int, gate: int | None = None) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osipi_site.settings")
    from django.conf import settings

    import osipi_site.asgi  # noqa: F401

    keep_memory()
    if gate is not None:
        with os.fdopen(gate, "rb") as closed_when_ready:
            closed_when_ready.read()
    settle_memory()
    listener = socket.socket(fileno=descriptor)
    Server(config(settings.OSIPI_PROXIES)).run(sockets=[listener])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
