"""Who changes event frames while the synchronisation is disturbed: a client over REST, a writer in the table."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from events.lakehouse.gateway import Gateway, GatewayError
from events.lakehouse.rows import FrameRow


class Client:
    """Creates, changes and deletes, and remembers what was confirmed: `made` are names of frames that must be there,
    `gone` of those that must not."""

    def __init__(self, port: int, database: str, seed: int) -> None:
        self.port = port
        self.database = database
        self.chance = random.Random(seed)
        self.made: set[str] = set()
        self.gone: set[str] = set()
        self.frames: dict[str, str] = {}
        self.confirmed = self.unknown = self.number = 0
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.25):
            with suppress(OSError, http.client.HTTPException):
                self.step()

    def step(self) -> None:
        what = self.chance.random()
        if len(self.frames) < 50 or what < 0.2:
            self.create()
        elif what < 0.25:
            self.delete(self.chance.choice(list(self.frames)))
        else:
            name = self.chance.choice(list(self.frames))
            self.ask("PATCH", f"/eventframes/{self.frames[name]}", self.changes())

    def changes(self) -> dict[str, str]:
        """A start on another day moves the row to another partition."""
        changed = {"Description": f"{self.chance.random()}"}
        if self.chance.random() < 0.2:
            changed["StartTime"] = (
                f"{datetime.now(UTC) - timedelta(days=self.chance.randrange(1, 20)):%Y-%m-%dT%H:%M:%SZ}"
            )
        return changed

    def create(self) -> None:
        self.number += 1
        name = f"C{self.number}"
        status, place = self.ask(
            "POST", f"/assetdatabases/{self.database}/eventframes", {"Name": name, "StartTime": "*-1d", "EndTime": "*"}
        )
        assert status == 201, place
        self.made.add(name)
        self.frames[name] = place.rpartition("/")[2]

    def delete(self, name: str) -> None:
        web_id = self.frames.pop(name)
        self.made.discard(name)  # without an answer nobody knows
        status, told = self.ask("DELETE", f"/eventframes/{web_id}", None)
        assert status in (204, 404), told
        self.gone.add(name)

    def ask(self, method: str, path: str, body: Any) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": "application/json", "X-Requested-With": "XMLHttpRequest"}
        try:
            connection.request(method, f"/piwebapi{path}", json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException):
            self.unknown += 1
            raise
        finally:
            connection.close()
        self.confirmed += 1
        return answer.status, answer.headers.get("Location") or text

    def answers(self) -> bool:
        try:
            self.ask("GET", "", None)
        except (OSError, http.client.HTTPException):
            return False
        return True


class Meddler:
    """Adds a row, changes some of the frames that the plant began with, and now and then deletes a row of its own."""

    def __init__(self, open_gateway: Callable[[], Gateway], seed: int) -> None:
        self.open_gateway = open_gateway
        self.chance = random.Random(-seed)
        self.own: dict[str, FrameRow] = {}
        self.written = self.failed = 0
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(1.0):
            gateway = self.open_gateway()
            try:
                self.step(gateway)
            except GatewayError:
                self.failed += 1
            finally:
                gateway.close()

    def step(self, gateway: Gateway) -> None:
        there = [one for one in gateway.recent(500) if one.row.name.startswith("F")]
        chosen = self.chance.sample(there, min(3, len(there)))
        rows = [replace(one.row, description=f"theirs {self.chance.random()}") for one in chosen]
        start = datetime(2026, 2, 1 + self.chance.randrange(28), tzinfo=UTC)
        key = f"their-{self.chance.random()}"
        fresh = FrameRow(key, "Theirs", "TheirTemplate", start, None, attributes={"By": "them"})
        known = {one.row.webid: one.partition or one.row.start.date() for one in chosen}
        self.own[key] = fresh
        self.written += gateway.upsert([*rows, fresh], ingested=gateway.clock(), known=known).rows
        if len(self.own) > 20 and self.chance.random() < 0.5:
            key = self.chance.choice(list(self.own))
            self.written += gateway.delete({key: self.own.pop(key).start.date()})
