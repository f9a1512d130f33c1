"""`manage.py up`: the whole product as one supervised group of processes."""

from __future__ import annotations

import fcntl
import http.client
import os
import socket
import sys
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from osipi_site import first_start, static_files
from osipi_site.supervisor import Child, Supervisor

# Celery warns that it runs as root, which in a container it does.
CELERY = (sys.executable, "-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "-A", "osipi_site")
QUIET = ("--loglevel", "warning")


class Command(BaseCommand):
    help = "Prepares the database, then runs server, Celery worker and beat until Ctrl-C or SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        lock = sole_user(settings.OSIPI_DATA_DIR)
        listener = listen(settings.OSIPI_HOST, settings.OSIPI_PORT)
        supervisor = Supervisor(self.say)
        supervisor.catch_signals()
        gate, key = os.pipe()
        server, tasks = children(listener.fileno(), gate)
        try:
            for child in server:
                supervisor.start(child)  # they import while the database is prepared
            password = self.prepare()
            os.close(key)
            if supervisor.watch(until=answers):
                self.announce(password)
                for child in tasks:
                    supervisor.start(child)
                supervisor.watch()
        finally:
            self.say("Stopping ...")
            listener.close()  # who connects from now on is refused, and does not wait for an answer that never comes
            supervisor.stop()
            lock.close()
        self.say("Stopped.")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def prepare(self) -> str:
        first_start.reach_services()
        static_files.collect(self.say)
        first_start.migrate(self.say)
        first_start.load_plant()
        password = first_start.make_administrator()
        connections.close_all()
        return password

    def announce(self, password: str) -> None:
        host = "localhost" if settings.OSIPI_HOST in ("0.0.0.0", "::") else settings.OSIPI_HOST
        address = f"{bracketed(host)}:{settings.OSIPI_PORT}"
        user = settings.OSIPI_ADMIN_USER
        sign_in = (
            f"user {user}, password {password} (shown only now)"
            if password
            else f"user {user}; a lost password: manage.py changepassword {user}"
        )
        self.say(
            f"Ready.\n"
            f"  pages    http://{address}/\n"
            f"  REST     http://{address}/piwebapi\n"
            f"  sockets  ws://{address}/piwebapi/streams/channel\n"
            f"  admin    http://{address}/admin/\n"
            f"  sign in  {sign_in}\n"
            f"  data     {settings.OSIPI_DATA_DIR}\n"
            f"Ctrl-C stops everything."
        )


def sole_user(directory: Path) -> TextIO:
    """Holds the data directory: two groups on it would run every schedule twice. The kernel lets go when we end."""
    lock = (directory / "up.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CommandError(
            f"Another `manage.py up` runs on {directory}. Stop it, or set OSIPI_DATA_DIR and PORT to others."
        ) from None
    return lock


def listen(host: str, port: int) -> socket.socket:
    """The listening socket, opened before anything slow, so that a taken port is said at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as fault:
        raise CommandError(
            f"Cannot listen on OSIPI_HOST {host!r}, PORT {port}: {os.strerror(fault.errno or 0).lower()}."
        ) from None
    listener.listen(2048)
    return listener


def children(descriptor: int, gate: int) -> tuple[list[Child], list[Child]]:
    """The server processes, and what may start once they answer: a worker and beat."""
    command = (sys.executable, "-m", "osipi_site.server", str(descriptor), str(gate))
    several = settings.OSIPI_WORKERS > 1
    names = [f"server {n}" for n in range(1, settings.OSIPI_WORKERS + 1)] if several else ["server"]
    worker = (*CELERY, "worker", "--pool", "threads", "--concurrency", "4", *QUIET)
    alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return (
        [Child(name, command, keep_fds=(descriptor, gate)) for name in names],
        [Child("worker", (*worker, *alone)), Child("beat", (*CELERY, "beat", "--pidfile=", *QUIET))],
    )


def answers() -> bool:
    """Whether a server process answers on the port: any HTTP answer counts, an open port alone does not."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.OSIPI_HOST, settings.OSIPI_HOST)
    probe = http.client.HTTPConnection(host, settings.OSIPI_PORT, timeout=0.5)
    try:
        probe.request("HEAD", "/piwebapi")
        probe.getresponse()
        return True
    except (OSError, http.client.HTTPException):
        return False
    finally:
        probe.close()


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
