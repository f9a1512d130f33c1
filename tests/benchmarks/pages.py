"""The pages in a browser at full size, against their budgets.

    pages.py [--tags 10000] [--frames 100000] [--minutes 1] [--data DIRECTORY]

Starts the real server on a demo plant with so many event frames over the last year, and Chromium without a window.
`ms` is wall time on loopback, from the click or the request until the thing is in the document, which other work on the
machine makes longer; times of the main thread are processor time, by the browser's own counter.
With --data the plant is made once and used again. Without Chromium the program says so and does nothing.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402  (the checkout is on the path only now)
from playwright.sync_api import sync_playwright  # noqa: E402

from tests.pages.conftest import CHROMIUM  # noqa: E402
from tests.pages.measured_page import FullServer, Page, say  # noqa: E402
from tests.pages.plant_server import PASSWORD  # noqa: E402
from tests.pages.true_numbers import compare  # noqa: E402

WATCHED = 200
YEAR = "start=*-366d"


def every_page(context: Any, url: str, unit: str, points: str, frame: str) -> None:
    pages = {
        "/": "[data-count=points]",
        f"/elements/?webid={unit}": "table.attributes tbody tr",
        "/points/": "table.points tbody tr",
        f"/streams/?{points}": "table.streams .value",
        f"/trend/?{points}": '#chart[data-state="ready"]',
        f"/events/?{YEAR}&id={frame}": ".grid .space .chip",
        "/events/": '#list[data-state="ready"]',
        "/ingestion/": '[data-panel="tiles"]',
        "/search/?q=unit": ".search-found a",
        "/piwebapi/assetservers": ".json",
    }
    for path, seen in pages.items():
        page = Page(context, url)
        ms = page.open(path, seen)
        page.page.wait_for_load_state("networkidle")
        print(path[:70])
        say("usable first page", ms, "ms", 1500)
        say("main thread until it rests", page.number("TaskDuration") * 1000, "ms")
        html, packed = page.sizes()
        say("HTML", html / 1000, "kB", 100)
        say("script and css, packed", packed / 1000, "kB", 80)
        say("elements in the document", page.nodes(), "", 3000)
        page.page.close()


def scrolled(page: Page, place: str, steps: int, by: int) -> tuple[float, float]:
    """Main-thread milliseconds of a step in the middle and at worst, drawing included."""
    script = f"""async () => {{
        const place = document.querySelector("{place}"), spent = [];
        for (let step = 0; step < {steps}; step += 1) {{
            const begin = performance.now();
            place.scrollTop += {by};
            place.dispatchEvent(new Event("scroll"));
            await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
            spent.push(performance.now() - begin);
        }}
        return spent.sort((a, b) => a - b);
    }}"""
    busy = page.number("TaskDuration")
    spent = page.page.evaluate(script)
    return (page.number("TaskDuration") - busy) * 1000 / steps, spent[-1]


def explorer(context: Any, url: str) -> None:
    print("explorer, all elements")
    page = Page(context, url)
    page.open("/elements/", "#tree-tools button")
    arrow = page.page.locator('[role="treeitem"]', has_text="Eraring_Plant").locator("i")
    ms, task = page.timed(arrow.click, '[role="treeitem"]:has-text("Unit_10")')
    say("a branch of 50 opens", ms, "ms", 300)
    say("  main thread", task, "ms")
    for level in (2, 3):
        button = page.page.get_by_role("button", name="Open one level")
        ms, _ = page.timed(button.click, f'[aria-level="{level}"]')
        page.page.wait_for_load_state("networkidle")
        say(f"level {level} opens everywhere", ms, "ms")
    each, worst = scrolled(page, "#tree", 60, 2800)
    say("a step of scrolling, main thread", each, "ms", 50)
    say("  the longest step, wall", worst, "ms", 200)
    say("elements in the document", page.nodes(), "", 3000)
    page.page.close()


def events(context: Any, url: str, frames: int) -> None:
    print(f"events, {frames:,} in a year")
    page = Page(context, url)
    shown = '#list[data-state="ready"] .grid .space .chip'
    say("first rows", page.open(f"/events/?{YEAR}", shown), "ms", 1500)
    total = int(page.page.locator("#headline b").inner_text().replace(",", ""))
    assert total >= frames, total
    loaded = "document.querySelector('.grid .skeleton') === null"
    for name, share in (("end", 1.0), ("middle", 0.5)):
        begin = time.perf_counter()
        page.page.evaluate(
            f"g => {{ const box = document.querySelector('.grid'); box.scrollTop = box.scrollHeight * {share}; }}"
        )
        page.page.locator(".grid .skeleton").first.wait_for(state="attached", timeout=5000)
        while not page.page.evaluate(loaded):
            page.page.wait_for_timeout(10)
        say(f"rows at the {name} after a jump", (time.perf_counter() - begin) * 1000, "ms", 1000)
    each, worst = scrolled(page, ".grid", 60, 900)
    say("a step of scrolling, main thread", each, "ms", 50)
    say("  the longest step, wall", worst, "ms", 200)
    page.page.evaluate("document.querySelector('.grid').scrollTop = 0")
    for name, act in (
        ("filter by template", lambda: page.page.get_by_label("AlarmTemplate").check()),
        ("and by severity", lambda: page.page.get_by_label("Major").check()),
        ("and by name", lambda: page.page.get_by_label("Name", exact=True).fill("*7*")),
    ):
        begin = time.perf_counter()
        with page.page.expect_response(lambda answer: "/events/rows" in answer.url):
            act()
        while not page.page.evaluate(f"{loaded} && document.querySelector('#list').dataset.state === 'ready'"):
            page.page.wait_for_timeout(10)
        say(name, (time.perf_counter() - begin) * 1000, "ms")
    say("elements in the document", page.nodes(), "", 3000)
    page.page.close()


def monitor(context: Any, url: str, web_ids: list[str], minutes: float) -> None:
    print(f"stream monitor, {len(web_ids)} streams, {minutes:g} min")
    page = Page(context, url)
    page.open("/streams/", ".pick")
    page.page.get_by_label("Search points").fill("*_Temperature_PV")
    ms, _ = page.timed(
        page.page.get_by_role("button", name=f"Add the first {WATCHED}").click,
        f"table.streams tbody tr:nth-child({len(web_ids)})",
    )
    say("all rows there", ms, "ms")
    page.page.wait_for_timeout(15_000)
    heaps = [_heap(page)]
    nodes, busy, begin = page.nodes(), page.number("TaskDuration"), time.perf_counter()
    before = page.requests
    while time.perf_counter() - begin < minutes * 60:
        page.page.wait_for_timeout(15_000)
        heaps.append(_heap(page))
    wall = time.perf_counter() - begin
    say("main thread, of one core", (page.number("TaskDuration") - busy) / wall * 100, "%", 20)
    say("messages a second", float(page.page.locator("#t-persecond").inner_text()), "")
    say("heap after collecting, at first", heaps[0], "MB")
    say("  grown at the end", heaps[-1] - heaps[0], "MB", 10)
    say("elements in the document", page.nodes(), "", 3000)
    say("  grown", page.nodes() - nodes, "")
    say("requests in 10 s", (page.requests - before) / wall * 10, "", 1)
    page.page.close()


def _heap(page: Page) -> float:
    page.cdp.send("HeapProfiler.collectGarbage")
    return page.number("JSHeapUsedSize") / 1e6


def idle(context: Any, url: str) -> None:
    print("at rest, 30 s")
    opened = [(path, Page(context, url)) for path in ("/", "/events/", "/ingestion/", "/points/")]
    for path, page in opened:
        page.open(path, "h1")
        page.page.wait_for_load_state("networkidle")
        page.requests = 0
    opened[0][1].page.wait_for_timeout(30_000)
    for path, page in opened:
        say(f"requests in 10 s, {path}", page.requests / 3, "", 1)
        page.page.close()


def admin(context: Any, url: str) -> None:
    print("admin")
    page = Page(context, url)
    page.open("/sign-in/", "form")
    page.page.get_by_label("User name").fill("admin")
    page.page.get_by_label("Password").fill(PASSWORD)
    page.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.page.wait_for_url(f"{url}/")
    for name, path in (
        ("list of event frames", "/admin/events/eventframe/"),
        ("  a name", "/admin/events/eventframe/?q=Alarm_0000007"),
        ("  a severity", "/admin/events/eventframe/?severity=5"),
        ("list of points", "/admin/piwebapi/point/"),
        ("list of elements", "/admin/piwebapi/element/"),
    ):
        say(name, page.open(path, "#changelist"), "ms", 3000)
    page.page.close()


def measure(server: FullServer, frames: int, minutes: float) -> None:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        root = client.get("/elements/level", params={"webid": _database(client)}).json()["Items"][0]["WebId"]
        unit = client.get("/elements/level", params={"webid": root}).json()["Items"][0]["WebId"]
        found = client.get("/streams/found", params={"q": "*_Temperature_PV", "maxCount": WATCHED}).json()["Items"]
        frame = client.get(f"/events/rows?{YEAR}&maxCount=1").json()["Items"][0]["WebId"]
        true = compare(client)
        print(
            "home page and a walk through the API agree:",
            ", ".join(f"{count:,} {name}" for name, count in true.items()),
        )
    web_ids = [point["WebId"] for point in found]
    points = "&".join(f"webid={web_id}" for web_id in web_ids[:8])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM))
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        every_page(context, server.url, unit, points, frame)
        explorer(context, server.url)
        events(context, server.url, frames)
        idle(context, server.url)
        monitor(context, server.url, web_ids, minutes)
        admin(context, server.url)
        browser.close()


def _database(client: httpx.Client) -> str:
    return client.get("/piwebapi/assetdatabases").json()["Items"][0]["WebId"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tags", type=int, default=10_000)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    if shutil.which("chromium") is None:
        print("There is no Chromium here; nothing is measured.")
        return
    with tempfile.TemporaryDirectory() as directory:
        server = FullServer(asked.data or Path(directory), asked.tags)
        if not (server.directory / "filled").exists():
            server.directory.mkdir(parents=True, exist_ok=True)
            server.prepare()
            server.fill(asked.frames)
            (server.directory / "filled").touch()
        server.start()
        try:
            measure(server, asked.frames, asked.minutes)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
