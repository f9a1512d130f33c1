"""The admin by the keyboard alone: each task from the first key to what it has brought about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.pages.conftest import Watched, until
from tests.pages.plant_server import PASSWORD

LOOK = """() => {
    const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
    const name = at.getAttribute("aria-label") || at.labels?.[0]?.textContent || at.textContent || "";
    return {name: name.replace(/\\s+/g, " ").trim(), tag: at.tagName, row: at.closest("tr")?.textContent ?? "",
            seen: box.width > 0 && (style.outlineStyle !== "none" || style.boxShadow !== "none" ||
                                    getComputedStyle(at.parentElement).outlineStyle !== "none")};
}"""


def tab_to(page: Any, name: str, *, row: str = "", most: int = 150) -> None:
    """Goes on by Tab to what bears the name; whatever is passed shows that it has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(LOOK)
        if at["tag"] == "BODY":  # from the last to the first
            continue
        assert at["seen"], at
        if re.search(name, at["name"]) and row in at["row"]:
            return
    raise AssertionError(f"no key leads to {name}")


def enter(page: Any) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.fixture
def signed_in(visit: Watched) -> Any:
    page = visit.open("/admin/")
    tab_to(page, "Username")
    page.keyboard.type("admin")
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    enter(page)
    assert page.url == f"{visit.url}/admin/"
    return page


@pytest.fixture
def alarm(client_of_plant: httpx.Client) -> Iterator[str]:
    """The name of an alarm that nobody has acknowledged."""
    staff = {"auth": ("admin", PASSWORD), "headers": {"X-Requested-With": "test"}}
    web_id = client_of_plant.get("/piwebapi/assetdatabases").json()["Items"][0]["WebId"]
    body = {"Name": "Alarm of the keyboard", "StartTime": "*-1h", "TemplateName": "AlarmTemplate", "Severity": "Major"}
    made = client_of_plant.post(f"/piwebapi/assetdatabases/{web_id}/eventframes", json=body, **staff)
    assert made.status_code == 201, made.text
    yield made.headers["Location"]
    client_of_plant.delete(made.headers["Location"], **staff)


def choose(page: Any, action: str) -> None:
    """Of the one row that is found."""
    tab_to(page, "Select record", row="Alarm of the keyboard")
    page.keyboard.press("Space")
    tab_to(page, "Select action")
    for _ in range(10):
        if page.evaluate("document.activeElement.selectedOptions[0].textContent") == action:
            break
        page.keyboard.press("ArrowDown")
    tab_to(page, "^Run$")
    enter(page)


def find_alarm(page: Any) -> None:
    tab_to(page, "^Skip to the content$")
    page.keyboard.press("Enter")
    for _ in range(2):  # the group, and then the list in it
        tab_to(page, "^Event frames$")
    enter(page)
    page.keyboard.press("/")
    page.keyboard.type("Alarm of the keyboard")
    enter(page)


def test_an_event_frame_is_found_acknowledged_and_closed(
    signed_in: Any, alarm: str, client_of_plant: httpx.Client
) -> None:
    find_alarm(signed_in)
    choose(signed_in, "Acknowledge")
    signed_in.get_by_text("1 acknowledged.").wait_for()
    told = client_of_plant.get(alarm).json()
    assert (told["IsAcknowledged"], told["AcknowledgedBy"]) == (True, "admin")
    assert told["EndTime"].startswith("9999")
    choose(signed_in, "Close now")
    signed_in.get_by_text("1 closed.").wait_for()
    assert not client_of_plant.get(alarm).json()["EndTime"].startswith("9999")


def test_groups_of_the_menu_open_and_close(signed_in: Any) -> None:
    tab_to(signed_in, "^Synchronisation")
    until(signed_in, "document.activeElement.getAttribute('aria-expanded') === 'false'")
    signed_in.keyboard.press("Space")
    until(signed_in, "document.activeElement.getAttribute('aria-expanded') === 'true'")
    tab_to(signed_in, "Targets", most=1)


def test_filters_and_the_search_of_the_menu_are_opened(signed_in: Any, visit: Watched) -> None:
    tab_to(signed_in, "Search apps and models")
    signed_in.keyboard.press("Enter")
    until(signed_in, "document.activeElement.matches('input')")
    signed_in.keyboard.type("sync runs")
    signed_in.locator("#command-results").get_by_text("Sync runs").first.wait_for()
    signed_in.keyboard.press("Escape")
    signed_in.goto(f"{visit.url}/admin/events/eventframe/")
    tab_to(signed_in, "Filters")
    signed_in.keyboard.press("Enter")
    signed_in.get_by_role("button", name="Apply").first.wait_for()


def test_one_signs_out(signed_in: Any) -> None:
    tab_to(signed_in, "^Account$")
    signed_in.keyboard.press("Enter")
    until(signed_in, "document.activeElement.textContent.includes('View site')")
    tab_to(signed_in, "Log out", most=2)
    enter(signed_in)
    assert signed_in.goto(signed_in.url).ok
    signed_in.goto(f"{signed_in.url.split('/admin')[0]}/admin/")
    signed_in.get_by_label("Username").wait_for()
