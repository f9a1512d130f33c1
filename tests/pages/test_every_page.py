"""What holds of every page: nothing from elsewhere, no error, no violation of its policy, readable by everybody, as
wide as its window, usable by the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import httpx
import pytest

from tests.pages.conftest import Watched, until

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async (only) => (await axe.run(document, {runOnly: only, resultTypes: ["violations"]})).violations.flatMap(
    (one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)}`))"""
COLLECT = """window.refused = [];
    document.addEventListener("securitypolicyviolation",
        (event) => refused.push(`${event.violatedDirective} ${event.blockedURI}`));"""

# Address (with the WebIds of the plant) and what is there when the page is complete.
PAGES = {
    "/": "[data-count=points]",
    "/elements/?webid={unit}": "table.attributes tbody tr",
    "/elements/?webid={unit}&tab=children": "table.compare tbody tr",
    "/elements/?webid={unit}&tab=trend": "[data-chart] canvas",
    "/points/?q=*Unit001_T*": "table.points tbody tr",
    "/points/{point}/": '#chart[data-state="ready"] canvas',
    "/streams/?webid={point}": "table.streams .chip",
    "/streams/?webid={point}&view=trend": ".chart canvas",
    "/trend/?webid={point}&start=*-1h": '#chart[data-state="ready"] canvas',
    "/events/?start=*-2d&id={frame}": ".grid .space .chip",
    "/events/?start=*-2d&view=cards": ".card",
    "/events/?start=*-2d&view=timeline": ".timeline .bar",
    "/events/compare/?id={frame}&id={other}": "table.compared td",
    "/ingestion/": '[data-panel="tags"][data-state="ready"] table',
    "/sync-runs/?idle=1": "form",
    "/ingestion/runs/": "form",
    "/search/?q=unit_1": ".search-found a",
    "/piwebapi/assetservers": ".json",
    "/piwebapi/help/controllers/stream/actions/getrecorded": "code",
    "/sign-in/": "form",
    "/nowhere": ".error",
}


@pytest.fixture(scope="module")
def known(client_of_plant: httpx.Client) -> dict[str, str]:
    api = client_of_plant.get("/piwebapi/elements", params={"path": r"\\AFDEMO\ProductionDB\Eraring_Plant\Unit_1"})
    point = client_of_plant.get("/piwebapi/points", params={"path": r"\\PIDEMO\Eraring_Unit001_Temperature_PV"})
    frames = client_of_plant.get("/events/rows?start=*-30d&maxCount=2").json()["Items"]
    web_ids = {"frame": frames[0]["WebId"], "other": frames[1]["WebId"]}
    return web_ids | {"unit": api.json()["WebId"], "point": point.json()["WebId"]}


@pytest.fixture
def walker(visit: Watched) -> Iterator[Any]:
    visit.allowed.append("status of 404")  # the page that is not there
    page = visit.open("/health")
    page.add_init_script(COLLECT)
    yield page


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_complete_and_everybody_can_read_it(
    visit: Watched, walker: Any, known: dict[str, str], address: str
) -> None:
    walker.goto(visit.url + address.format(**known))
    walker.locator(PAGES[address]).first.wait_for()
    for width in (320, 390, 768, 1440):
        walker.set_viewport_size({"width": width, "height": 900})
        assert walker.evaluate("document.documentElement.scrollWidth") <= width, width
    walker.evaluate(AXE)
    assert walker.evaluate(RUN, {"type": "tag", "values": WCAG}) == []
    walker.emulate_media(color_scheme="dark")
    assert walker.evaluate(RUN, {"type": "rule", "values": ["color-contrast"]}) == []
    assert walker.evaluate("window.refused") == []
    assert walker.evaluate("document.getElementsByTagName('*').length") <= 3000


def test_what_is_alive_stays_without_fault_for_a_while(visit: Watched, walker: Any, known: dict[str, str]) -> None:
    """35 seconds and more by the clock of the page: every timer of it comes up."""
    walker.clock.install()
    for address in ("/", "/streams/?webid={point}", "/events/?start=*-30d", "/ingestion/", "/trend/?webid={point}"):
        walker.goto(visit.url + address.format(**known))
        walker.clock.run_for(36_000)
        walker.wait_for_load_state("networkidle")
        assert walker.evaluate("window.refused") == []


@pytest.mark.parametrize(
    "address", ["/elements/?webid={unit}", "/events/?start=*-1d", "/points/{point}/", "/ingestion/"]
)
def test_the_keyboard_goes_through_a_page_and_leaves_it(
    visit: Watched, walker: Any, known: dict[str, str], address: str
) -> None:
    walker.goto(visit.url + address.format(**known))
    walker.locator(PAGES.get(address, "h1")).first.wait_for()
    look = """() => {
        const at = document.activeElement, style = getComputedStyle(at);
        const box = at.getBoundingClientRect();
        const text = (at.textContent || "").trim().slice(0, 30);
        return {place: at === document.body ? "" : `${at.tagName} ${at.id} ${at.className} ${text}`,
                seen: (style.outlineStyle !== "none" && box.width > 0) || at.matches(".skip")};
    }"""
    places: list[str] = []
    for _ in range(250):
        walker.keyboard.press("Tab")
        found = walker.evaluate(look)
        if not found["place"]:
            break
        assert found["seen"], found
        places.append(found["place"])
    assert len(places) < 250, "the focus does not leave the page"
    assert "Skip to the content" in places[0]
    assert any("Keyboard" in place for place in places[-4:]), places[-4:]  # the foot was reached
    for name in ("Home", "Search", "Theme"):
        assert any(name in place for place in places), name


@pytest.mark.parametrize("visit", [{"reduced_motion": "reduce"}], indirect=True)
def test_nothing_moves_if_so_wished_but_values_come(visit: Watched, walker: Any, known: dict[str, str]) -> None:
    walker.goto(visit.url + f"/streams/?webid={known['point']}&view=trend")
    caption = "document.querySelector('.chart-legend caption')?.innerText"
    until(walker, f"/\\d/.test({caption})")
    before = walker.evaluate(caption)
    until(walker, f"{caption} !== {before!r}")
    assert walker.evaluate("document.getAnimations().filter((one) => one.effect.getTiming().duration > 10).length") == 0
