"""A demo plant of the smallest size behind the real server process, on a port of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

PASSWORD = "pw-of-the-tests"
ROOT = Path(__file__).resolve().parents[2]
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")


class PlantServer:
    """`stop` and `start` keep port and data, so that a page can be watched losing its server."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "server.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return kept | {
            "OSIPI_ENV_FILE": "none",
            "OSIPI_DATA_DIR": str(self.directory / "var"),
            "OSIPI_DEMO_TAGS": "128",
            "OSIPI_TIME_ZONE": "UTC",
            "OSIPI_LOG_LEVEL": "warning",
            "OSIPI_ADMIN_PASSWORD": PASSWORD,
            "DJANGO_SETTINGS_MODULE": "osipi_site.settings",
            "PORT": str(self.port),
        }

    def prepare(self) -> None:
        code = "from osipi_site.first_start import *; migrate(print); load_plant(); make_administrator()"
        code += "; from osipi_site import static_files; static_files.collect(print)"
        self._run(f"import django; django.setup(); {code}")

    def copy(self, prepared: PlantServer) -> None:
        """The plant that another one has prepared, while nobody serves it."""
        shutil.copytree(prepared.directory / "var", self.directory / "var")

    def _run(self, code: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        with socket.socket() as listener, self.log.open("ab") as log:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self.port))
            listener.listen(128)
            command = [sys.executable, "-m", "osipi_site.server", str(listener.fileno())]
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, pass_fds=(listener.fileno(),), stdout=log, stderr=log
            )
        self._wait()

    def _wait(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{self.url}/health", timeout=5)
                return
            except httpx.TransportError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None
