"""The stream monitor and the trend page as somebody uses them, also while the connection is lost."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from tests.pages.conftest import Watched, until
from tests.pages.plant_server import PlantServer

CHANNEL = re.compile(r"/piwebapi/streams/channel")


def watch(page: Any, name: str) -> None:
    page.get_by_label("Search points").fill(name)
    page.locator(".pick", has_text=name).first.click()
    page.locator("table.streams th", has_text=name).wait_for()


def row(page: Any, name: str) -> Any:
    return page.locator("table.streams tr", has_text=name)


def state(page: Any, name: str, timeout: float = 25_000) -> None:
    page.locator(f'#state[data-state="{name}"]').wait_for(timeout=timeout)


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


def test_the_rate_is_kept(visit: Watched) -> None:
    page = visit.open("/streams/")
    page.get_by_label("Update rate").select_option("200")
    watch(page, "Eraring_Unit001_Power_PV")
    state(page, "live")
    page.wait_for_timeout(500)
    count = "Number(document.querySelector('#t-messages').textContent.replaceAll(',', ''))"
    until(page, f"{count} > 0")
    before, began = page.evaluate(count), time.monotonic()
    page.wait_for_timeout(3000)
    rate = (page.evaluate(count) - before) / (time.monotonic() - began)
    assert 3.0 <= rate <= 7.0


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
    plant_server.stop()
    state(page, "reconnecting", timeout=15_000)
    assert re.search(r"in \d+ s \(attempt \d+\)", page.locator("#state").inner_text())
    until(page, "document.querySelector('#t-connected').textContent === '-'")  # no time counts while it is away
    stale = page.locator("table.streams tr.stale")
    plant_server.start()
    retry = page.get_by_role("button", name="Retry now")
    if retry.is_visible():
        retry.click()
    state(page, "live", timeout=35000)
    until(page, "document.querySelector('#t-reconnects').textContent === '1'")
    stale.wait_for(state="detached", timeout=15_000)


def test_a_silent_socket_is_called_stale_and_given_up(visit: Watched) -> None:
    page = visit.context.new_page()
    page.clock.install()
    opened = []

    def silent(socket: Any) -> None:
        opened.append(1)
        socket.on_message(
            lambda text: socket.send(json.dumps({**json.loads(text), "Action": "Subscribed", "Status": "Success"}))
        )

    page.route_web_socket(CHANNEL, silent)
    page.goto(visit.url + "/streams/")
    page.get_by_label("Search points").fill("SINUSOID")
    page.clock.run_for(500)
    page.locator(".pick", has_text="SINUSOID").first.click()
    state(page, "live")
    page.clock.run_for(12000)
    state(page, "stale")
    page.clock.run_for(25000)
    assert len(opened) >= 2


def test_a_socket_that_is_not_allowed_is_not_tried_again(visit: Watched) -> None:
    page = visit.context.new_page()
    page.clock.install()
    opened = []

    def closed(socket: Any) -> None:
        opened.append(1)
        socket.close(code=4401, reason="sign in")

    page.route_web_socket(CHANNEL, closed)
    page.goto(visit.url + "/streams/")
    page.get_by_label("Search points").fill("SINUSOID")
    page.clock.run_for(500)
    page.locator(".pick", has_text="SINUSOID").first.click()
    state(page, "signed-out")
    page.clock.run_for(30000)
    assert len(opened) == 1
    assert "sign in" in page.locator("#state").inner_text()


def test_a_burst_of_messages_does_not_grow_the_document(visit: Watched) -> None:
    page = visit.context.new_page()

    def burst(socket: Any) -> None:
        def answer(text: str) -> None:
            resource = json.loads(text)["Resource"]
            socket.send(json.dumps({"Action": "Subscribed", "Resource": resource, "Status": "Success"}))
            for second in range(2000):
                stamp = f"2026-11-26T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
                item = {"Timestamp": stamp, "Value": second, "UnitsAbbreviation": "", "Good": True}
                socket.send(json.dumps({"Resource": resource, "Items": [item]}))

        socket.on_message(answer)

    page.route_web_socket(CHANNEL, burst)
    page.goto(visit.url + "/streams/")
    watch(page, "SINUSOID")
    until(page, "document.querySelector('#t-messages').textContent === '2,000'", timeout=20)
    page.get_by_role("button", name="Raw").click()
    page.locator(".raw div").first.wait_for()
    assert page.evaluate("document.getElementsByTagName('*').length") < 3000


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
    page.locator("#chart").focus()
    page.locator(".chart-box").focus()
    caption = "document.querySelector('.chart-legend caption').innerText"
    page.keyboard.press("Home")
    page.wait_for_timeout(300)
    first = page.evaluate(caption)
    page.keyboard.press("End")
    until(page, f"{caption} > {first!r}")
