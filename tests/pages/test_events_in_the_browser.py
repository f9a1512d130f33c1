"""Events and alarms as somebody uses them."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.pages.conftest import Watched, until
from tests.pages.plant_server import PASSWORD

EVIL = "<img src=x onerror=window.hit=1>"


def rows(page: Any) -> list[str]:
    until(
        page, "document.querySelector('#list').dataset.state === 'ready' && !document.querySelector('.grid .skeleton')"
    )
    page.locator('.grid .space [role="row"] a').first.wait_for()
    return page.locator('.grid .space [role="row"]').evaluate_all("rows => rows.map(row => row.dataset.id)")


def total(page: Any) -> int:
    return int(page.locator("#headline b").inner_text().replace(",", ""))


def test_every_filter_stands_in_the_address_and_comes_back_from_it(visit: Watched) -> None:
    page = visit.open("/events/")
    rows(page)
    told = []
    for act, part in (
        (lambda: page.get_by_role("link", name="30 d").click(), "start=*-30d"),
        (lambda: page.get_by_label("Search mode").select_option("StartInclusive"), "mode=StartInclusive"),
        (lambda: page.get_by_label("AlarmTemplate").check(), "template=AlarmTemplate"),
        (lambda: page.get_by_label("BatchRunTemplate").check(), "template=BatchRunTemplate"),
        (lambda: page.get_by_label("Major").check(), "severity=Major"),
        (lambda: page.get_by_label("None").check(), "severity=None"),
        (lambda: page.get_by_label("State").select_option("closed"), "state=closed"),
        (lambda: page.get_by_label("Name", exact=True).fill("_2026"), "name=_2026"),
    ):
        act()
        told.append(part)
        until(page, f"decodeURIComponent(location.search).includes({part!r})")
    here = (rows(page), total(page))
    page.reload()
    assert (rows(page), total(page)) == here
    fields = page.locator("#filters").evaluate("form => [...new FormData(form)].map(pair => pair.join('='))")
    assert set(told) <= set(fields)


def test_the_list_scrolls_to_its_end_with_few_rows_in_the_document(visit: Watched) -> None:
    page = visit.open("/events/?start=*-30d")
    rows(page)
    seen: set[str] = set()
    for _ in range(60):
        until(page, "!document.querySelector('.grid .skeleton')")
        seen.update(rows(page))
        if not page.locator(".grid").evaluate(
            "g => { const a = g.scrollTop; g.scrollTop += 900; return g.scrollTop > a }"
        ):
            break
        page.wait_for_timeout(30)
    assert len(seen) == total(page)
    assert page.evaluate("document.getElementsByTagName('*').length") < 3000


def test_a_column_sorts_both_ways(visit: Watched) -> None:
    page = visit.open("/events/?start=*-30d")
    rows(page)
    names = "[...document.querySelectorAll('.grid .space [role=row]')].map(r => r.children[2].textContent).slice(0, 8)"
    page.get_by_role("button", name="Name").click()
    page.wait_for_url(re.compile("sort=-name"))
    rows(page)
    down = page.evaluate(names)
    assert down == sorted(down, reverse=True)
    page.get_by_role("button", name="Name").click()
    page.wait_for_url(re.compile("sort=name"))
    rows(page)
    up = page.evaluate(names)
    assert up == sorted(up)
    assert up[0] < down[0]


def test_a_row_opens_beside_the_list_and_escape_gives_the_focus_back(visit: Watched) -> None:
    page = visit.open("/events/?start=*-30d")
    link = page.locator('.grid .space [role="row"] a[data-key]').first
    name = link.inner_text()
    link.focus()
    page.keyboard.press("Enter")
    page.locator("#detail").get_by_role("heading", name=name).wait_for()
    assert "id=" in page.url
    page.reload()
    page.locator("#detail").get_by_role("heading", name=name).wait_for()
    rows(page)
    page.locator("h1").click()
    page.keyboard.press("Escape")
    page.locator("#detail").wait_for(state="hidden")
    assert "id=" not in page.url
    assert page.evaluate("document.activeElement.textContent") == name


def test_an_open_event_ticks_and_never_ends_in_the_year_9999(visit: Watched) -> None:
    page = visit.open("/events/?start=*-30d&state=open")
    page.locator('.grid .space [role="row"] a[data-key]').first.click()
    since = page.locator("[data-since]")
    since.wait_for()
    until(page, "/\\d/.test(document.querySelector('[data-since]').textContent)")
    assert "9999" not in page.locator("main").inner_text()
    assert "in progress" in page.locator("#detail").inner_text()


def test_staff_acknowledge_and_annotate(visit: Watched) -> None:
    visit.sign_in()
    page = visit.open("/events/?start=*-30d&template=AlarmTemplate&ack=no")
    page.locator('.grid .space [role="row"] a[data-key]').first.click()
    detail = page.locator("#detail")
    before = total(page)
    detail.get_by_role("button", name="Acknowledge").click()
    detail.get_by_text("by admin").wait_for()
    until(page, f"document.querySelector('#headline b').textContent === '{before - 1}'")
    detail.get_by_label("Remark").fill("Looked after. <b>Twice</b>")
    detail.get_by_role("button", name="Add annotation").click()
    detail.locator(".note", has_text="Looked after. <b>Twice</b>").wait_for()


def test_a_visitor_is_offered_to_sign_in_instead(visit: Watched) -> None:
    page = visit.open("/events/?start=*-30d&template=AlarmTemplate&ack=no")
    page.locator('.grid .space [role="row"] a[data-key]').first.click()
    page.locator("#detail").get_by_role("link", name="sign in to acknowledge").wait_for()
    assert page.get_by_role("button", name="Acknowledge").count() == 0


@pytest.fixture
def evil_event(client_of_plant: httpx.Client) -> Any:
    staff = {"auth": ("admin", PASSWORD), "headers": {"X-Requested-With": "test"}}
    web_id = client_of_plant.get("/piwebapi/assetdatabases").json()["Items"][0]["WebId"]
    body = {"Name": EVIL, "Description": EVIL, "StartTime": "*-1h", "EndTime": "*-30m"}
    made = client_of_plant.post(f"/piwebapi/assetdatabases/{web_id}/eventframes", json=body, **staff)
    assert made.status_code == 201, made.text
    yield EVIL
    client_of_plant.delete(made.headers["Location"], **staff)


def test_markup_in_a_name_is_shown_and_not_run(visit: Watched, evil_event: str) -> None:
    page = visit.open("/events/?start=*-2h")
    page.locator(".grid a", has_text=evil_event).click()
    page.locator("#detail").get_by_role("heading", name=evil_event).wait_for()
    for view in ("Cards", "Timeline"):
        page.get_by_role("link", name=view).click()
        page.wait_for_load_state("networkidle")
    page.goto(visit.url + "/events/?start=*-2h")
    assert page.evaluate("window.hit") is None
    assert page.locator("img").count() == 0


def test_a_new_event_is_told_of_and_does_not_move_the_list(visit: Watched) -> None:
    page = visit.open("/events/?start=*-30d")
    rows(page)
    page.locator(".grid").evaluate("grid => { grid.scrollTop = 1800 }")
    until(page, "!document.querySelector('.grid .skeleton')")
    before = rows(page)
    summary = page.evaluate("fetch('/events/summary?start=*-30d').then((answer) => answer.json())")
    more = {**summary, "Total": total(page) + 1, "Changed": summary["Changed"] + 1}
    page.route("**/events/summary*", lambda route: route.fulfill(json=more))
    page.evaluate("window.dispatchEvent(new Event('osipi:look'))")
    fresh = page.get_by_role("button", name="1 new, show")
    fresh.wait_for()
    assert rows(page) == before
    fresh.click()
    until(page, "document.querySelector('.grid').scrollTop === 0")
    until(page, f"document.querySelector('#headline b').textContent === '{more['Total']}'")


def test_a_refresh_that_fails_keeps_the_rows_and_says_so(visit: Watched) -> None:
    visit.allowed.append("500")
    page = visit.open("/events/?start=*-30d")
    before = rows(page)
    page.route("**/events/summary*", lambda route: route.fulfill(status=500, json={"Errors": ["No database."]}))
    page.evaluate("window.dispatchEvent(new Event('osipi:look'))")
    page.get_by_text("No database.").wait_for()
    kept = page.locator('.grid .space [role="row"]').evaluate_all("rows => rows.map(row => row.dataset.id)")
    assert kept[0] == before[0]
    page.unroute("**/events/summary*")
    page.get_by_role("button", name="Retry").click()
    page.get_by_text("No database.").wait_for(state="detached")


@pytest.mark.parametrize(("view", "seen"), [("Cards", ".card"), ("Timeline", ".timeline .bar")])
def test_cards_and_timeline_show_the_same_events(visit: Watched, view: str, seen: str) -> None:
    page = visit.open("/events/?start=*-3d")
    rows(page)
    count = total(page)
    page.get_by_role("link", name=view).click()
    page.locator(seen).first.wait_for()
    assert page.locator(seen).count() == min(count, 60 if view == "Cards" else 1000)


def test_nothing_found_offers_a_way_on(visit: Watched) -> None:
    page = visit.open("/events/?start=*-1h&name=nothing")
    page.get_by_role("button", name="Last 30 days").wait_for()
    page.get_by_role("button", name="Last 30 days").click()
    until(page, "document.querySelector('#f-start').value === '*-30d'")


def test_a_time_that_is_none_is_told_beside_its_field_until_it_is_one(visit: Watched) -> None:
    page = visit.open("/events/?start=nonsense")
    page.locator('#list[data-state="ready"]').wait_for()
    told = page.locator(".field", has=page.get_by_label("From (PI time)")).get_by_role("alert")
    assert told.inner_text().endswith("is not a valid time. Instead, *-7d holds.")
    page.get_by_label("From (PI time)").fill("*-2d")
    page.get_by_label("From (PI time)").press("Enter")
    told.wait_for(state="detached")
    page.get_by_label("To", exact=True).fill("never")
    page.get_by_label("To", exact=True).press("Enter")
    page.get_by_role("alert").get_by_text("'never'").wait_for()
