"""The server and the browser of the page tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.pages.plant_server import PASSWORD, PlantServer

CHROMIUM = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test of a run waits for the plant, too, which takes a while on a busy machine."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(240))


@pytest.fixture(scope="session")
def plant_server(tmp_path_factory: pytest.TempPathFactory, prepared_plant: PlantServer) -> Iterator[PlantServer]:
    server = PlantServer(tmp_path_factory.mktemp("plant"))
    server.copy(prepared_plant)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def client_of_plant(plant_server: PlantServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=plant_server.url, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """One browser per module: while it runs, no other event loop can."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        yield found
        found.close()


@dataclass
class Watched:
    """A browser context whose pages must behave: no error, no failed request, nothing from another host."""

    context: Any
    url: str
    faults: list[str] = field(default_factory=list)
    #: parts of messages that the test expects
    allowed: list[str] = field(default_factory=list)

    def open(self, path: str) -> Any:
        page = self.context.new_page()
        page.on("console", lambda message: self.note(message.type, message.text))
        page.on("pageerror", lambda error: self.note("error", str(error)))
        page.on("requestfailed", lambda request: self.note("failed", f"{request.url} {request.failure}"))
        page.on("request", lambda request: self.look_at(request.url))
        page.goto(self.url + path)
        return page

    def note(self, kind: str, text: str) -> None:
        if kind in ("error", "failed") and "ERR_ABORTED" not in text:
            self.faults.append(f"{kind}: {text}")

    def look_at(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "file:", "blob:")):
            self.faults.append(f"off host: {url}")

    def sign_in(self) -> None:
        page = self.open("/sign-in/")
        page.get_by_label("User name").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        page.close()

    def settle(self) -> None:
        left = [fault for fault in self.faults if not any(part in fault for part in self.allowed)]
        assert not left, "\n".join(left)


def until(page: Any, expression: str, timeout: float = 25.0) -> None:
    """Waits for a JavaScript expression to be true. (`wait_for_function` evaluates a string in the page, which the
    content security policy forbids.)"""
    deadline = time.monotonic() + timeout
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never true: {expression}"
        page.wait_for_timeout(50)


@pytest.fixture
def visit(browser: Any, plant_server: PlantServer, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """Opens pages; `@pytest.mark.parametrize("visit", [{...}], indirect=True)` sets options of the context."""
    options = {"viewport": {"width": 1440, "height": 900}, "timezone_id": "UTC", **getattr(request, "param", {})}
    context = browser.new_context(**options)
    context.set_default_timeout(25_000)
    watched = Watched(context, plant_server.url)
    yield watched
    context.close()
    watched.settle()
