"""The frame of the pages in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.pages.conftest import Watched


@pytest.fixture
def other_origin() -> Iterator[str]:
    """A server of somebody else, on another port of this machine."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><link rel=icon href=data:,><title>other</title>")

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("kind", ["file", "other port"])
def test_a_page_of_any_origin_may_read_the_api(visit: Watched, tmp_path: Path, other_origin: str, kind: str) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><title>file</title>")
    page = visit.context.new_page()
    page.goto((tmp_path / "page.html").as_uri() if kind == "file" else other_origin)
    script = """async (base) => {
        const answer = await fetch(base + "/piwebapi/system", {headers: {"X-Requested-With": "x"}});
        return [answer.status, (await answer.json()).ProductTitle.length > 0];
    }"""
    assert page.evaluate(script, visit.url) == [200, True]


def test_the_theme_is_chosen_once_and_stays(visit: Watched) -> None:
    page = visit.open("/")
    shown = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(shown)
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    dark = page.evaluate(shown)
    assert dark != light
    page.goto(visit.url + "/piwebapi")
    assert page.evaluate(shown) == dark
    assert page.get_attribute("html", "data-theme") == "dark"


@pytest.mark.parametrize("visit", [{"color_scheme": "dark", "reduced_motion": "reduce"}], indirect=True)
def test_the_theme_follows_the_system_and_nothing_moves_if_so_wished(visit: Watched) -> None:
    page = visit.open("/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 23, 29)"
    assert page.evaluate("document.getAnimations().length") == 0


def test_the_keyboard_reaches_the_content_first_and_then_the_menu(visit: Watched) -> None:
    page = visit.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Home"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize("visit", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
def test_on_a_phone_the_menu_opens_and_escape_closes_it(visit: Watched) -> None:
    page = visit.open("/")
    menu = page.get_by_role("button", name="Menu")
    menu.click()
    assert page.get_by_role("link", name="Explorer", exact=True).is_visible()
    page.keyboard.press("Escape")
    assert menu.get_attribute("aria-expanded") == "false"


def test_the_parameter_form_sends_only_what_was_filled_in(visit: Watched) -> None:
    page = visit.open("/piwebapi/dataservers")
    page.get_by_label("selectedFields").fill("Items.Name")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/piwebapi/dataservers?selectedFields=Items.Name")
    assert page.locator(".json").inner_text().count('"Name": "PIDEMO"') == 1
