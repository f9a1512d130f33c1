"""A real server process on a data directory of its own, for tests and benchmarks of sockets.

The listening socket belongs to whoever makes the server, so that a killed process can be started again on the same
port and connections made meanwhile wait. Anonymous callers may write.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.own_plant import without_settings

ROOT = Path(__file__).resolve().parents[3]
SEED = """
import django, json, sys
django.setup()
from django.core.management import call_command
from piwebapi.models import DataServer, Point
call_command("migrate", verbosity=0)
written, simulated = map(int, sys.argv[1:])
server, _ = DataServer.objects.get_or_create(name="PI")
born = 17_900_000_000_000_000
for number in range(written):
    Point.objects.create(server=server, name=f"W{number}", point_type="Float64", created_ticks=born)
rows = [
    Point(server=server, name=f"S{number}", name_key=f"s{number}", point_type="Float32", signal="process", noise=2.0,
          zero=20.0, span=80.0, created_ticks=born)
    for number in range(simulated)
]
Point.objects.bulk_create(rows, batch_size=500)
points = Point.objects.select_related("server").order_by("pk")
print(json.dumps([[point.name, point.web_id(), point.web_id("I")] for point in points]))
"""


class Server:
    """`points`: name to Full WebId; `short`: name to IDOnly WebId."""

    def __init__(self, directory: Path, written: int = 1, simulated: int = 0, **variables: str) -> None:
        self.environment = {
            **without_settings(os.environ),
            "DJANGO_SETTINGS_MODULE": "osipi_site.settings",
            "OSIPI_ENV_FILE": "none",
            "OSIPI_DATA_DIR": str(directory),
            "OSIPI_ANONYMOUS": "write",
            "OSIPI_LOG_LEVEL": "warning",
            "PYTHONPATH": str(ROOT),
            **variables,
        }
        seeded = self._python(["-c", SEED, str(written), str(simulated)])
        found = json.loads(seeded.splitlines()[-1])
        self.points = {name: web_id for name, web_id, _ in found}
        self.short = {name: web_id for name, _, web_id in found}
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = self.listener.getsockname()[1]
        self.processes: list[subprocess.Popen[bytes]] = []

    def _python(self, command: Sequence[str]) -> str:
        done = subprocess.run(
            [sys.executable, *command], env=self.environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    @property
    def sockets(self) -> str:
        return f"ws://127.0.0.1:{self.port}/piwebapi/streams/channel"

    def start(self) -> subprocess.Popen[bytes]:
        descriptor = self.listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", "osipi_site.server", str(descriptor)],
            env=self.environment,
            cwd=ROOT,
            pass_fds=(descriptor,),
        )
        self.processes.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()
        self.processes.remove(process)

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(timeout=20)
        self.processes.clear()
        self.listener.close()

    def ask(self, method: str, path: str, body: Any = None, timeout: float = 20) -> tuple[int, Any]:
        """Status and JSON; OSError when the server dies meanwhile."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers: Mapping[str, str] = {"Content-Type": "application/json", "X-Requested-With": "test"}
        try:
            link.request(method, "/piwebapi" + path, json.dumps(body) if body is not None else None, headers)
            answer = link.getresponse()
            raw = answer.read()
            return answer.status, json.loads(raw) if raw.startswith((b"{", b"[")) else raw.decode()
        except http.client.HTTPException as fault:
            raise OSError(str(fault)) from None
        finally:
            link.close()

    def until_it_answers(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                self.ask("GET", "/system/status")
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def memory(self, process: subprocess.Popen[bytes]) -> int:
        """Bytes of resident memory."""
        pages = int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
