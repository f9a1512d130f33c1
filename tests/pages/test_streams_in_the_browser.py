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


def refused(visit: Watched, code: int, reason: str) -> tuple[Any, list[int]]:
    """A page with a clock of its own that wants a point, and the sockets that it has opened: each is closed at once."""
    page = visit.context.new_page()
    page.clock.install()
    opened: list[int] = []

    def closed(socket: Any) -> None:
        opened.append(1)
        socket.close(code=code, reason=reason)

    page.route_web_socket(CHANNEL, closed)
    page.goto(visit.url + "/streams/")
    page.get_by_label("Search points").fill("SINUSOID")
    page.clock.run_for(500)
    page.locator(".pick", has_text="SINUSOID").first.click()
    return page, opened


def test_each_further_attempt_waits_longer_and_retry_now_does_not(visit: Watched) -> None:
    """By the clock of the page: what the badge promises, and when a socket is opened."""
    page, opened = refused(visit, 1011, "no")
    for attempt in range(1, 8):
        said = f"(attempt {attempt})"
        until(page, f"document.querySelector('#state').textContent.includes({said!r})")
        wait = int(re.search(r"in (\d+) s", page.locator("#state").inner_text())[1])
        longest = min(30.0, 0.5 * 2 ** (attempt - 1))
        assert longest / 2 - 1 <= wait <= longest + 1
        assert len(opened) == attempt
        for _ in range(int(longest + 1) * 10):  # in small steps, lest the socket seems to have been open for long
            if len(opened) == attempt:
                page.clock.run_for(100)
    until(page, "document.querySelector('#state').textContent.includes('(attempt 8)')")
    page.get_by_role("button", name="Retry now").click()
    until(page, "document.querySelector('#state').textContent.includes('(attempt 9)')")
    assert len(opened) == 9


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
    page, opened = refused(visit, 4401, "sign in")
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
    page.locator('#chart[data-state="ready"]').wait_for()
    page.locator(".chart-box").focus()
    caption = "document.querySelector('.chart-legend caption').innerText"
    last = page.evaluate(caption)
    page.keyboard.press("Home")
    until(page, f"{caption} < {last!r}")
    page.keyboard.press("End")
    until(page, f"{caption} === {last!r}")
