"""The explorer as somebody uses it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.pages.conftest import Watched, until


def node(page: Any, name: str) -> Any:
    return page.get_by_role("treeitem", name=re.compile(rf"^{name}\b")).first


@pytest.fixture
def explorer(visit: Watched) -> Any:
    page = visit.open("/elements/")
    page.get_by_role("button", name="Open one level").wait_for()
    return page


def test_a_branch_is_asked_for_once_and_closes_again(explorer: Any) -> None:
    asked: list[str] = []
    explorer.on("request", lambda request: asked.append(request.url) if "/elements/level" in request.url else None)
    eraring = node(explorer, "Eraring_Plant")
    eraring.locator("i").click()
    node(explorer, "Unit_4").wait_for()
    assert node(explorer, "Unit_4").get_attribute("aria-level") == "2"
    assert node(explorer, "Unit_4").get_attribute("aria-setsize") == "4"
    eraring.locator("i").click()
    assert node(explorer, "Unit_4").count() == 0
    eraring.locator("i").click()
    node(explorer, "Unit_4").wait_for()
    assert len(asked) == 1


def test_the_tree_obeys_the_keyboard(explorer: Any) -> None:
    node(explorer, "Bayswater_Plant").focus()
    press = explorer.keyboard.press
    focused = "document.activeElement.querySelector('.name').textContent"
    press("ArrowDown")
    assert explorer.evaluate(focused) == "Eraring_Plant"
    press("ArrowRight")
    node(explorer, "Unit_1").wait_for()
    press("ArrowRight")
    assert explorer.evaluate(focused) == "Unit_1"
    press("ArrowLeft")
    assert explorer.evaluate(focused) == "Eraring_Plant"
    press("End")
    assert explorer.evaluate(focused) == "Stanwell_Plant"
    press("Home")
    assert explorer.evaluate(focused) == "Bayswater_Plant"
    explorer.keyboard.type("lo")
    assert explorer.evaluate(focused) == "Loy_Yang_A_Plant"
    press("Enter")
    explorer.get_by_role("heading", name="Loy_Yang_A_Plant").wait_for()


def test_back_and_forward_keep_address_tree_and_details_together(explorer: Any) -> None:
    for name in ("Bayswater_Plant", "Eraring_Plant", "Stanwell_Plant"):
        node(explorer, name).locator(".name").click()
        explorer.get_by_role("heading", name=name, level=2).wait_for()
    for move, name in ((explorer.go_back, "Eraring_Plant"), (explorer.go_back, "Bayswater_Plant")):
        move()
        explorer.get_by_role("heading", name=name, level=2).wait_for()
        until(explorer, f"document.querySelector('[aria-selected=true] .name').textContent === '{name}'")
    explorer.go_forward()
    explorer.get_by_role("heading", name="Eraring_Plant", level=2).wait_for()
    assert explorer.title() == "Eraring_Plant - Explorer - osipi"


def test_all_levels_open_by_one_request_each_and_few_rows_are_in_the_document(explorer: Any) -> None:
    asked: list[str] = []
    explorer.on("request", lambda request: asked.append(request.url) if "/elements/" in request.url else None)
    opener = explorer.get_by_role("button", name="Open one level")
    opener.click()
    node(explorer, "Unit_1").wait_for()
    opener.click()
    node(explorer, "Pump_101").wait_for()
    assert len(asked) == 2
    assert explorer.evaluate("document.querySelector('.space').style.height") == f"{84 * 28}px"
    assert explorer.locator(".node").count() < 60
    explorer.evaluate("document.querySelector('#tree').scrollTop = 1e6")
    until(explorer, "document.querySelector('.node[data-place=\"83\"] .name')?.textContent === 'Reactor_101'")


def test_a_found_element_is_revealed_in_the_tree(explorer: Any) -> None:
    explorer.get_by_label("Find elements").fill("Heat*")
    found = explorer.locator("#found")
    found.get_by_text("16", exact=True).wait_for()
    found.get_by_text(r"Loy_Yang_A_Plant\Unit_3\HeatExchanger_101").click()
    until(explorer, "document.querySelector('[aria-selected=true] .name')?.textContent === 'HeatExchanger_101'")
    assert node(explorer, "Loy_Yang_A_Plant").get_attribute("aria-expanded") == "true"
    explorer.get_by_role("heading", name="HeatExchanger_101", level=2).wait_for()


def test_nothing_found_is_said_and_cleared(explorer: Any) -> None:
    explorer.get_by_label("Find elements").fill("no such thing")
    explorer.get_by_text("No element fits").wait_for()
    explorer.get_by_role("button", name="Clear").click()
    node(explorer, "Bayswater_Plant").wait_for()
    assert "q=" not in explorer.url


def test_values_change_while_one_looks_and_the_focus_stays(explorer: Any) -> None:
    node(explorer, "Eraring_Plant").locator("i").click()
    node(explorer, "Unit_2").locator(".name").click()
    value = explorer.locator("tr[data-moves] .value").first
    value.wait_for()
    explorer.get_by_role("link", name="Info").focus()
    before = value.text_content()
    until(explorer, f"document.querySelector('tr[data-moves] .value').textContent !== {before!r}")
    assert explorer.evaluate("document.activeElement.textContent") == "Info"
    assert explorer.locator("#state").get_attribute("data-state") == "live"
    shown = explorer.locator("#detail").inner_text()
    assert not re.search(r"\b(NaN|null|undefined|\[object)", shown)


def test_the_trend_of_attributes_is_drawn_and_told(explorer: Any) -> None:
    node(explorer, "Eraring_Plant").locator("i").click()
    node(explorer, "Unit_2").locator(".name").click()
    explorer.locator('.tabs a[data-tab="trend"]').click()
    legend = explorer.locator(".chart-legend tbody tr")
    legend.first.wait_for()
    assert legend.count() == 3
    ink = """() => { const c = document.querySelector('.chart canvas');
        return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v); }"""
    assert explorer.evaluate(ink)


def test_a_level_that_fails_says_so_and_is_tried_again(visit: Watched) -> None:
    visit.allowed.append("500")
    page = visit.open("/elements/")
    page.route("**/elements/level*", lambda route: route.fulfill(status=500, json={"Errors": ["The disk is full."]}))
    node(page, "Eraring_Plant").locator("i").click()
    page.get_by_text("The disk is full.").wait_for()
    page.unroute("**/elements/level*")
    page.get_by_text("The disk is full.").click()
    node(page, "Unit_1").wait_for()


KINDS = [
    {"Value": 12.345678, "Good": True},
    {"Value": 3.5, "Good": True, "Questionable": True},
    {"Value": 3.5, "Good": True, "Substituted": True},
    {"Value": {"Name": "Bad Input", "Value": 255, "IsSystem": True}, "Good": False},
    {"Value": {"Name": "Running", "Value": 2, "IsSystem": False}, "Good": True},
    {"Value": "a <b>text</b>", "Good": True},
    {"Value": None, "Good": False},
]


def test_each_kind_of_value_is_shown_as_what_it_is(visit: Watched) -> None:
    """A socket of our own tells one value of each kind."""
    kinds = list(KINDS)

    def answer(socket: Any) -> None:
        def on_message(text: str) -> None:
            resource = json.loads(text)["Resource"]
            if json.loads(text)["Action"] != "Subscribe" or not kinds:
                return
            item = {"Timestamp": "2026-01-02T03:04:05Z", "UnitsAbbreviation": "u", **kinds.pop(0)}
            socket.send(json.dumps({"Resource": resource, "Items": [item]}))

        socket.on_message(on_message)

    page = visit.context.new_page()
    page.route_web_socket(re.compile(r"/piwebapi/streams/channel"), answer)
    page.goto(visit.url + "/elements/?path=" + r"\\AFDEMO\ProductionDB\Eraring_Plant\Unit_1")
    page.locator("table.attributes tr", has_text="2026-01-02 03:04:05").nth(6).wait_for()
    rows = page.locator("table.attributes tr", has_text="2026-01-02 03:04:05")
    told = [
        (rows.nth(at).locator(".value").inner_text(), rows.nth(at).locator(".quality").inner_text().strip())
        for at in range(7)
    ]
    assert told == [
        ("12.346", "Good"),
        ("3.5000", "Questionable"),
        ("3.5000", "Substituted"),
        ("Bad Input", "Bad"),
        ("Running", "Good"),
        ("a <b>text</b>", "Good"),
        ("-", "Bad"),
    ]
    for word in ("NaN", "null", "undefined", "[object"):
        assert word not in page.locator("main").inner_text()


@pytest.mark.parametrize("visit", [{}, {"java_script_enabled": False}], indirect=True)
def test_a_deep_link_shows_the_element_and_the_way_to_it(visit: Watched) -> None:
    page = visit.open("/elements/?path=" + r"\\AFDEMO\ProductionDB\Loy_Yang_A_Plant\Unit_1\Pump_101")
    page.get_by_role("heading", name="Pump_101").wait_for()
    way = page.get_by_label("Way to the element").get_by_role("link").all_inner_texts()
    assert way == ["ProductionDB", "Loy_Yang_A_Plant", "Unit_1"]
    chosen = page.locator('[role="treeitem"][aria-selected="true"]')
    assert chosen.inner_text().strip() == "Pump_101"
    assert chosen.get_attribute("aria-level") == "3"
    assert chosen.is_visible()
    assert page.locator("table.attributes tbody tr").count() > 3
