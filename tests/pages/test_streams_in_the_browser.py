"""The stream monitor and the trend page as somebody uses them, also while the connection is lost."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from tests.pages.conftest import Watched, until
from tests.pages.monitor import row, state, watch
from tests.pages.plant_server import PlantServer


def test_a_point_is_found_watched_and_unwatched(visit: Watched) -> None:
    frames: list[str] = []
    page = visit.context.new_page()
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(str(frame))))
    page.goto(visit.url + "/streams/")
    watch(page, "Eraring_Unit003_Flow_PV")
    watched = row(page, "Eraring_Unit003_Flow_PV")
    watched.locator(".value", has_text=re.compile(r"\d")).wait_for()
    assert "m3/h" in watched.inner_text()
    assert watched.locator(".chip").inner_text().strip() in ("Good", "Questionable", "Substituted")
    state(page, "live")
    for _ in range(2):  # the row is a switch: off and on again
        page.locator(".pick", has_text="Eraring_Unit003_Flow_PV").click()
    deadline = time.monotonic() + 8
    while len(frames) < 3 and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    sent = [json.loads(frame)["Action"] for frame in frames]
    assert sent == ["Subscribe", "Unsubscribe", "Subscribe"]
    page.get_by_role("button", name="Remove all").click()
    page.get_by_text("Nothing is watched yet").wait_for()
    assert "webid" not in page.url


def test_the_address_brings_the_streams_back(visit: Watched) -> None:
    page = visit.open("/streams/")
    watch(page, "Stanwell_Unit001_Level_PV")
    page.reload()
    row(page, "Stanwell_Unit001_Level_PV").locator(".value", has_text=re.compile(r"\d")).wait_for()


def test_an_unknown_stream_tells_its_fault_and_is_not_counted(visit: Watched) -> None:
    page = visit.open("/streams/?webid=nonsense")
    page.get_by_text("Unknown or invalid WebID format").wait_for()
    watch(page, "SINUSOID")
    until(page, "document.querySelector('#t-subscriptions').textContent === '1'")


def test_pause_freezes_the_picture_and_resume_goes_on(visit: Watched) -> None:
    page = visit.open("/streams/")
    watch(page, "Eraring_Unit001_Speed_PV")
    value = row(page, "Eraring_Unit001_Speed_PV").locator(".value")
    until(page, "/\\d/.test(document.querySelector('.streams .value').textContent)")
    page.get_by_role("button", name="Pause").click()
    frozen = value.text_content()
    page.get_by_text(re.compile(r"paused, [1-9]")).wait_for()
    assert value.text_content() == frozen
    page.get_by_role("button", name="Resume").click()
    until(page, f"document.querySelector('.streams .value').textContent !== {frozen!r}")


def test_each_view_shows_what_is_watched(visit: Watched) -> None:
    page = visit.open("/streams/")
    watch(page, "Eraring_Unit001_Voltage_PV")
    for view, seen in (("Cards", ".watch-card b"), ("Trend", ".chart canvas"), ("Raw", ".raw div")):
        page.get_by_role("button", name=view, exact=True).click()
        page.locator(seen).first.wait_for()
        assert f"view={view.lower()}" in page.url


def test_after_the_server_was_away_everything_comes_back(visit: Watched, plant_server: PlantServer) -> None:
    visit.allowed += ["WebSocket", "ERR_CONNECTION", "net::"]
    page = visit.open("/streams/")
    watch(page, "Loy_Yang_A_Unit001_Temperature_PV")
    state(page, "live")
    until(page, "/\\d/.test(document.querySelector('.streams .value').textContent)")
    page.evaluate("""() => {
        const badge = document.querySelector("#state");
        new MutationObserver(() => { window.left ??= Date.now(); }).observe(badge, {attributeFilter: ["data-state"]});
    }""")
    plant_server.stop()
    stopped = page.evaluate("Date.now()")
    try:
        state(page, "reconnecting", timeout=15_000)
        assert page.evaluate("window.left") - stopped < 5000  # by the clock of the page
        assert re.search(r"in \d+ s \(attempt \d+\)", page.locator("#state").inner_text())
        until(page, "document.querySelector('#state').textContent.includes('(attempt 3)')")
        stood = page.locator("#t-connected").text_content()
        until(page, "document.querySelector('#state').textContent.includes('(attempt 5)')")
        assert page.locator("#t-connected").text_content() == stood  # no time counts while it is away
        stale = page.locator("table.streams tr.stale")
        stale.wait_for()
    finally:
        plant_server.start()
    page.evaluate("window.left = null; window.started = Date.now()")
    retry = page.get_by_role("button", name="Retry now")
    if retry.is_visible():
        retry.click()
    state(page, "live", timeout=35000)
    until(page, "document.querySelector('#t-reconnects').textContent === '1'")
    stale.wait_for(state="detached", timeout=15_000)
    assert page.evaluate("Date.now() - window.started") < 35_000


def test_a_stream_named_three_times_is_subscribed_once_and_no_more_when_removed(visit: Watched) -> None:
    sent: list[dict[str, Any]] = []
    got: list[str] = []
    page = visit.context.new_page()

    def listen(socket: Any) -> None:
        socket.on("framesent", lambda frame: sent.append(json.loads(frame)))
        socket.on("framereceived", lambda frame: got.append(str(frame)))

    page.on("websocket", listen)
    page.goto(visit.url + "/streams/")
    watch(page, "SINUSOID")
    web_id = page.locator("table.streams tbody tr").first.get_attribute("data-webid")
    sent.clear()  # before: with its scripts in the cache, a page subscribes before it counts as loaded
    page.goto(visit.url + f"/streams/?webid={web_id}&webid={web_id}&webid={web_id}")
    row(page, "SINUSOID").locator(".value", has_text=re.compile(r"\d")).wait_for()
    until(page, "document.querySelector('#t-subscriptions').textContent === '1'")
    assert page.locator("table.streams tbody tr").count() == 1
    asked = [frame["Resource"] for frame in sent if frame["Action"] == "Subscribe"]
    assert asked.count(f"streams/{web_id}/value") == 1
    page.get_by_role("button", name="Clear").click()
    until(page, "document.querySelector('#t-subscriptions').textContent === '1'")
    watch(page, "CDT158")
    page.get_by_role("button", name="Stop watching SINUSOID").click()
    until(page, "document.querySelectorAll('table.streams tbody tr').length === 1")
    while not any("Unsubscribed" in frame for frame in got):
        page.wait_for_timeout(20)
    place = next(at for at, frame in enumerate(got) if "Unsubscribed" in frame)
    before = page.locator("#t-messages").inner_text()
    until(page, f"document.querySelector('#t-messages').textContent !== {before!r}")
    assert not [frame for frame in got[place + 1 :] if web_id in frame]


def test_a_trend_is_zoomed_by_dragging_and_the_address_tells_it(visit: Watched) -> None:
    page = visit.open("/trend/")
    page.get_by_label("Add a point").fill("Eraring_Unit001_Temp")
    page.get_by_role("option").first.click()
    page.locator('#chart[data-state="ready"]').wait_for()
    box = page.locator(".u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=5)
    page.mouse.up()
    page.wait_for_url(re.compile(r"start=20.*end=20"))
    page.locator('#chart[data-state="ready"]').wait_for()
    page.locator(".chart-box").focus()
    caption = "document.querySelector('.chart-legend caption').innerText"
    last = page.evaluate(caption)
    page.keyboard.press("Home")
    until(page, f"{caption} < {last!r}")
    page.keyboard.press("End")
    until(page, f"{caption} === {last!r}")
