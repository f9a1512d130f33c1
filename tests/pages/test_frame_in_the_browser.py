"""What every page has, in a browser: search, keys, times in two zones; and points, and events that are compared."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.pages.conftest import Watched, until


def test_the_search_is_opened_by_a_key_and_used_by_keys_alone(visit: Watched) -> None:
    page = visit.open("/events/")
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("sinusoid")
    page.get_by_role("option", name="SINUSOID", exact=False).first.wait_for()
    page.keyboard.press("ArrowDown")
    chosen = page.locator('[role="option"][aria-selected="true"]')
    assert "SINUSOID" in chosen.inner_text()
    assert page.evaluate("document.activeElement.getAttribute('aria-activedescendant')") == chosen.get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url("**/points/*/")
    page.get_by_role("heading", name="SINUSOID").wait_for()


def test_escape_closes_the_search_and_gives_the_focus_back(visit: Watched) -> None:
    page = visit.open("/")
    opener = page.locator("#open-search")
    opener.focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type("sinusoid")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.id") == "open-search"


def test_the_help_tells_the_keys_and_switches_them_off(visit: Watched) -> None:
    page = visit.open("/streams/")
    page.locator("h1").click()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    assert dialog.locator("h3").all_inner_texts()[:2] == ["On every page", "Stream monitor"]
    dialog.get_by_label("Keys / and ? do something").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.locator("h1").click()
    page.keyboard.press("?")
    page.keyboard.press("/")
    assert page.get_by_role("dialog").count() == 0
    page.get_by_role("button", name="Keyboard").click()
    page.get_by_role("dialog", name="Keyboard").wait_for()


@pytest.mark.parametrize("visit", [{"timezone_id": "Australia/Adelaide"}], indirect=True)
def test_times_are_told_in_the_readers_zone_or_in_utc(visit: Watched) -> None:
    page = visit.open("/events/?start=2026-01-01&view=timeline")
    page.goto(visit.url + "/points/")
    cell = page.locator("table.points time").first
    stamp = cell.get_attribute("datetime")
    local = cell.inner_text()
    minutes = page.evaluate("new Date().getTimezoneOffset()")
    assert minutes in (-570, -630)
    assert page.locator("#zone").inner_text() == "Australia/Adelaide"
    page.get_by_role("button", name="Show UTC").click()
    page.get_by_role("button", name="Show local times").wait_for()
    assert page.locator("#zone").inner_text() == "UTC"
    again = page.locator("table.points time").first
    assert again.inner_text() == again.get_attribute("datetime")[:19].replace("T", " ")
    assert local != stamp[:19].replace("T", " ")
    page.goto(visit.url + "/events/?start=*-30d")
    row = page.locator('.grid .space [role="row"] time').first
    row.wait_for()
    assert row.inner_text() == row.get_attribute("datetime")[:19].replace("T", " ")


def test_the_list_of_points_follows_its_form_and_opens_the_chosen_ones(visit: Watched) -> None:
    page = visit.open("/points/")
    page.get_by_label("Name or descriptor").fill("*Unit001_Temp*")
    until(page, "document.querySelectorAll('table.points tbody tr').length === 4")
    assert "q=*Unit001_Temp*" in page.url.replace("%2A", "*")
    for box in page.get_by_role("checkbox").all()[:2]:
        box.check()
    page.get_by_role("button", name="Watch live").click()
    page.wait_for_url(re.compile("/streams/.*webid=.*webid="))
    until(page, "document.querySelectorAll('table.streams tbody tr').length === 2")
    page.go_back()
    assert page.get_by_label("Name or descriptor").input_value() == "*Unit001_Temp*"


def test_a_point_shows_its_course_and_its_value_moves(visit: Watched) -> None:
    page = visit.open("/points/?q=SINUSOID")
    page.get_by_role("link", name="SINUSOID", exact=True).click()
    page.locator('#chart[data-state="ready"] canvas').wait_for()
    page.locator('#state[data-state="live"]').wait_for()
    first = page.locator("[data-time]").inner_text()
    until(page, f"document.querySelector('[data-time]').innerText !== {first!r}", timeout=70)  # one value a minute
    page.get_by_role("link", name="1 h", exact=True).click()
    page.wait_for_url("**start=*-1h")
    assert page.get_by_role("link", name="1 h", exact=True).get_attribute("aria-current") == "true"


def chosen(page: Any, count: int) -> None:
    page.locator('.grid .space [role="row"] a').first.wait_for()
    for place in range(count):
        page.locator(".grid .space input[type=checkbox]").nth(place).check()


def test_events_are_chosen_and_drawn_over_each_other(visit: Watched) -> None:
    page = visit.open("/events/?start=*-30d&template=BatchRunTemplate&state=closed")
    chosen(page, 1)
    assert page.get_by_role("link", name="Compare").is_hidden()
    chosen(page, 3)
    assert page.locator("#chosen-count").inner_text() == "3 chosen"
    assert page.get_by_role("button", name="Acknowledge").is_hidden()  # nobody is signed in
    page.get_by_role("link", name="Compare").click()
    page.locator('#chart[data-state="ready"] canvas').wait_for()
    assert page.locator(".chart-legend tbody tr").count() == 3
    page.locator(".chart-box").focus()
    page.keyboard.press("Home")
    until(page, "document.querySelector('.chart-legend caption').innerText === 'Values at 0:00 after the start'")
    page.get_by_label("Signal").select_option(index=1)
    page.wait_for_url(re.compile("signal="))
    page.locator('#chart[data-state="ready"] canvas').wait_for()
