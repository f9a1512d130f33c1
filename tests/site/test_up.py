"""`manage.py up`, as a person starts, disturbs and stops it."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "given-by-a-test"
pytestmark = pytest.mark.timeout(180)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Up:
    """One run; `lines` is what it has printed so far."""

    directory: Path
    port: int
    variables: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        ours = {
            "OSIPI_ENV_FILE": "none",
            "OSIPI_DATA_DIR": str(self.directory),
            "PORT": str(self.port),
            "OSIPI_ADMIN_PASSWORD": PASSWORD,
            "OSIPI_DEMO_TAGS": "128",
            "DJANGO_SETTINGS_MODULE": "osipi_site.settings",
        }
        return {**os.environ, **ours, **self.variables}

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = Thread(target=self.read, daemon=True)
        self.reader.start()
        self.wait_for("Ctrl-C stops everything.")

    def read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as printed:
            for line in printed:
                self.lines.append(line.rstrip())

    def wait_for(self, text: str, seconds: float = 120) -> str:
        last = time.monotonic() + seconds
        while time.monotonic() < last:
            for line in self.lines:
                if text in line:
                    return line
            time.sleep(0.05)
        raise AssertionError(f"{text!r} was not said: {self.lines}")

    def children(self) -> dict[int, str]:
        found = subprocess.run(
            ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        rows = (line.split(maxsplit=1) for line in found.stdout.splitlines())
        return {int(pid): command for pid, command in rows}

    def get(self, path: str, password: str = "") -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/piwebapi/{path}")
        if password:
            credentials = base64.b64encode(f"admin:{password}".encode()).decode()
            request.add_header("Authorization", f"Basic {credentials}")
        with urllib.request.urlopen(request, timeout=20) as reply:
            return json.load(reply)

    def page(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=20) as reply:
            return str(reply.read().decode())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.reader.join()
        return code


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    run = Up(tmp_path_factory.mktemp("up") / "data", free_port())
    run.start()
    yield run
    if run.process.poll() is None:
        run.stop()


def refused(run: Up) -> str:
    command = [sys.executable, "manage.py", "up"]
    done = subprocess.run(command, cwd=ROOT, env=run.environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    return done.stderr.strip()


def test_the_first_start_loads_the_plant_and_serves_it(up: Up) -> None:
    assert "Demo plant ProductionDB: 128 sensors and 10 further points, 84 elements" in up.wait_for("ProductionDB")
    assert up.get("dataservers")["Items"][0]["Name"] == "PIDEMO"
    point = up.get(r"points?path=%5C%5CPIDEMO%5CSINUSOID")
    assert up.get(f"streams/{point['WebId']}/value")["Good"] is True


def test_pages_name_their_files_by_hashes_of_what_is_in_them(up: Up) -> None:
    (script,) = re.findall(r'src="(/static/site/site\.[0-9a-f]{12}\.js)"', up.page())
    with urllib.request.urlopen(f"http://127.0.0.1:{up.port}{script}", timeout=20) as reply:
        assert "immutable" in reply.headers["Cache-Control"]


def test_the_administrator_signs_in_with_the_given_password(up: Up) -> None:
    assert up.get("system/userinfo", PASSWORD)["Name"] == "admin"
    with pytest.raises(urllib.error.HTTPError, match="401"):
        up.get("system/userinfo", "another")
    assert not any(PASSWORD in line for line in up.lines)


def test_a_second_start_on_the_same_data_is_refused(up: Up) -> None:
    sentence = refused(Up(up.directory, free_port()))
    assert sentence.startswith("CommandError: Another `manage.py up` runs on")


def test_a_taken_port_is_said_at_once(up: Up, tmp_path: Path) -> None:
    sentence = refused(Up(tmp_path / "other", up.port))
    expected = f"Cannot listen on OSIPI_HOST '127.0.0.1', PORT {up.port}: address already in use."
    assert sentence == f"CommandError: {expected}"
    assert not (tmp_path / "other" / "osipi.sqlite3").exists()


def test_a_killed_server_is_started_again_and_said(up: Up) -> None:
    (server,) = (pid for pid, command in up.children().items() if "osipi_site.server" in command)
    os.kill(server, signal.SIGKILL)
    up.wait_for("The server ended (killed by SIGKILL); it starts again in 1 s.")
    last = time.monotonic() + 60
    while True:
        try:
            assert up.get("assetservers")["Items"][0]["Name"] == "AFDEMO"
            break
        except OSError:
            assert time.monotonic() < last
            time.sleep(0.1)


def test_sigterm_stops_every_child_and_the_next_start_finds_the_data(up: Up) -> None:
    last = time.monotonic() + 60
    while not any("celery" in command and " beat" in command for command in up.children().values()):
        assert time.monotonic() < last
        time.sleep(0.1)
    children = up.children()
    assert up.stop() == 0
    up.wait_for("Stopped.")
    assert not any("is killed" in line for line in up.lines)
    for pid in children:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    shutil.rmtree(up.directory / "static")
    (up.directory / "static").write_text("no directory")
    again = Up(up.directory, up.port)
    again.start()
    try:
        again.wait_for("they cannot be collected into")
        assert 'src="/static/site/site.js"' in again.page()
        assert not any("Demo plant" in line or "Preparing" in line for line in again.lines)
        assert again.get("assetdatabases")["Items"][0]["Name"] == "ProductionDB"
    finally:
        assert again.stop() == 0
