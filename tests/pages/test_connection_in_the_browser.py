"""The states of a page's connection: a socket that is refused, silent or slow, and values without any socket."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.pages.conftest import Watched, until
from tests.pages.monitor import CHANNEL, row, state

VALUES = "**/piwebapi/streamsets/value?*"


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
    page.route(VALUES, lambda route: route.abort())  # else values are polled after five attempts
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


def test_values_are_polled_while_no_socket_opens_and_no_more_when_one_does(visit: Watched) -> None:
    page, opened = refused(visit, 1011, "no")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "streamsets/value" in request.url else None)
    state(page, "reconnecting")
    for _ in range(200):  # 0.5 + 1 + 2 + 4 seconds at most
        if asked:
            break
        page.clock.run_for(100)
    state(page, "polling")
    assert len(opened) == 5
    assert "Polling every 5 s" in page.locator("#state").inner_text()
    row(page, "SINUSOID").locator(".value", has_text=re.compile(r"\d")).wait_for()
    assert page.get_by_role("button", name="Retry now").is_visible()
    before = len(asked)
    for polled in range(1, 7):
        with page.expect_response(VALUES):
            page.clock.run_for(5_000)
        page.wait_for_load_state("networkidle")
        assert len(asked) == before + polled
    assert len(opened) == 5  # a socket is tried once a minute only
    page.clock.run_for(35_000)
    assert len(opened) == 6
    state(page, "polling")
    until(page, "document.querySelector('#t-connected').textContent === '0s'")
    page.route_web_socket(CHANNEL, lambda socket: socket.connect_to_server())
    page.clock.run_for(61_000)
    state(page, "live")
    page.wait_for_load_state("networkidle")
    before = len(asked)
    page.clock.run_for(20_000)
    assert len(asked) == before


def test_the_polling_of_one_unknown_stream_leaves_the_others(visit: Watched) -> None:
    page, _ = refused(visit, 1011, "no")
    web_id = page.locator("table.streams tbody tr").first.get_attribute("data-webid")
    page.goto(visit.url + f"/streams/?webid={web_id}")
    gone = {"WebId": web_id, "Value": {"Errors": ["There is no such point any more."]}}
    page.route(VALUES, lambda route: route.fulfill(json={"Items": [gone]}))
    for _ in range(100):
        page.clock.run_for(100)
    state(page, "polling")
    row(page, "SINUSOID").get_by_text("There is no such point any more.").wait_for()
    until(page, "document.querySelector('#t-subscriptions').textContent === '0'")


def answering(visit: Watched, most: int) -> tuple[Any, list[str], list[int]]:
    """A page that wants one point each minute, of sockets that answer their first questions only and send no value;
    what the newest of them was asked, and all of them."""
    page = visit.context.new_page()
    page.clock.install()
    asked: list[str] = []
    opened: list[int] = []

    def listen(socket: Any) -> None:
        def answer(text: str) -> None:
            asked.append(text)
            if len(asked) <= most:
                socket.send(json.dumps({**json.loads(text), "Action": "Subscribed", "Status": "Success"}))

        asked.clear()
        opened.append(1)
        socket.on_message(answer)

    page.route_web_socket(CHANNEL, listen)
    page.goto(visit.url + "/streams/?rate=60000")
    page.get_by_label("Search points").fill("SINUSOID")
    page.clock.run_for(500)
    page.locator(".pick", has_text="SINUSOID").first.click()
    state(page, "live")
    return page, asked, opened


def test_a_heartbeat_every_15_seconds_keeps_a_quiet_socket_and_tells_its_round_trip(visit: Watched) -> None:
    page, asked, opened = answering(visit, 100)
    for _ in range(4):
        before = len(asked)
        page.clock.run_for(15_500)
        while len(asked) == before:
            page.wait_for_timeout(20)
    assert {json.loads(text)["Action"] for text in asked} == {"Subscribe"}
    assert len(asked) == 5
    assert len(opened) == 1
    state(page, "live")
    assert re.fullmatch(r"\d+ ms", page.locator("#t-latency").inner_text())


def test_a_heartbeat_without_an_answer_ends_the_socket(visit: Watched) -> None:
    """No value is due for a minute; that the socket is dead is known earlier."""
    page, _, opened = answering(visit, 1)
    for second in range(60):
        assert second <= 45
        page.clock.run_for(1_000)
        if len(opened) > 1:
            break
    until(page, "document.querySelector('#t-reconnects').textContent === '1'")


def test_the_round_trip_is_the_time_until_the_answer(visit: Watched) -> None:
    page = visit.context.new_page()
    page.clock.install()
    waiting: list[Any] = []
    page.route_web_socket(CHANNEL, lambda socket: socket.on_message(lambda text: waiting.append((socket, text))))
    page.goto(visit.url + "/streams/")
    page.get_by_label("Search points").fill("SINUSOID")
    page.clock.run_for(500)
    page.locator(".pick", has_text="SINUSOID").first.click()
    while not waiting:
        page.wait_for_timeout(20)
    page.clock.run_for(4_000)
    socket, text = waiting[0]
    socket.send(json.dumps({**json.loads(text), "Action": "Subscribed", "Status": "Success"}))
    until(page, "document.querySelector('#t-latency').textContent !== '-'")
    assert 4_000 <= int(page.locator("#t-latency").inner_text().removesuffix(" ms")) < 30_000


def test_a_paused_picture_says_so_in_its_badge(visit: Watched) -> None:
    page, _, _ = answering(visit, 1)
    page.get_by_role("button", name="Pause").click()
    state(page, "paused")
    assert page.locator("#state").inner_text() == "Paused"
    page.get_by_role("button", name="Resume").click()
    state(page, "live")
