"""What the benchmark of the pages measures with: the plant at full size, a page of the browser with its counters."""

from __future__ import annotations

import gzip
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.pages.plant_server import ROOT, PlantServer

FILL = "import django; django.setup(); from tests.pages.more_frames import fill; fill({frames})"


class FullServer(PlantServer):
    def __init__(self, directory: Path, tags: int) -> None:
        super().__init__(directory)
        self.tags = tags

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"OSIPI_DEMO_TAGS": str(self.tags)}

    def fill(self, frames: int) -> None:
        command = [sys.executable, "-c", FILL.format(frames=frames)]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True)


class Page:
    """A page of the browser with its counters."""

    def __init__(self, context: Any, url: str) -> None:
        self.page = context.new_page()
        self.url = url
        self.cdp = context.new_cdp_session(self.page)
        self.cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.responses: list[Any] = []
        self.requests = 0
        self.page.on("response", self._keep)
        self.page.on("request", self._count)

    def _keep(self, response: Any) -> None:
        if response.status == 200 and response.request.resource_type in ("script", "stylesheet", "document"):
            self.responses.append(response)

    def _count(self, request: Any) -> None:
        self.requests += 1

    def number(self, name: str) -> float:
        metrics = self.cdp.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == name)

    def open(self, path: str, seen: str) -> float:
        self.responses.clear()
        begin = time.perf_counter()
        self.page.goto(self.url + path, wait_until="commit")
        self.page.locator(seen).first.wait_for(timeout=60_000)
        return (time.perf_counter() - begin) * 1000

    def timed(self, act: Callable[[], None], seen: str, state: Any = "visible") -> tuple[float, float]:
        """Wall and main-thread milliseconds from the act until the thing is there."""
        busy, begin = self.number("TaskDuration"), time.perf_counter()
        act()
        self.page.locator(seen).first.wait_for(timeout=60_000, state=state)
        return (time.perf_counter() - begin) * 1000, (self.number("TaskDuration") - busy) * 1000

    def sizes(self) -> tuple[int, int]:
        """Of the document, and of scripts and style sheets as gzip packs them."""
        bodies = [(one.request.resource_type == "document", one.body()) for one in self.responses]
        packed = sum(len(gzip.compress(body)) for is_page, body in bodies if not is_page)
        return sum(len(body) for is_page, body in bodies if is_page), packed

    def nodes(self) -> int:
        return int(self.page.evaluate("document.getElementsByTagName('*').length"))


def say(what: str, value: float, unit: str, budget: float | None = None) -> None:
    told = "" if budget is None else f"   budget {budget:,.0f}{'' if value <= budget else '   OVER'}"
    print(f"  {what:<52} {value:>12,.1f} {unit:<5}{told}", flush=True)
