"""The panels of the ingestion page while the server is slow, or answers for some of them only."""

from __future__ import annotations

from typing import Any

from tests.pages.conftest import Watched, until

PANELS = 8


def replace_panel(page: Any, name: str, told: dict[str, Any]) -> None:
    """The next refresh of the ingestion page is told this of one panel, and the truth of the others."""

    def answer(route: Any) -> None:
        answered = route.fetch()
        route.fulfill(response=answered, json=answered.json() | {"Panels": answered.json()["Panels"] | {name: told}})

    page.route("**/ingestion/panels*", answer)


def test_a_panel_of_the_ingestion_page_fails_alone(visit: Watched) -> None:
    page = visit.open("/ingestion/")
    replace_panel(page, "tables", {"Errors": ["No lake."]})
    page.get_by_role("button", name="Refresh").click()
    page.locator('[data-panel="tables"][data-state="error"]').get_by_text("No lake.").wait_for()
    assert page.locator('[data-panel][data-state="ready"]').count() == PANELS - 1
    page.get_by_role("button", name="Retry").click()  # asks for this panel alone
    page.locator('[data-panel="tables"][data-state="ready"]').wait_for()


def test_every_panel_of_the_ingestion_page_may_fail_and_come_back(visit: Watched) -> None:
    visit.allowed.append("500")
    page = visit.open("/ingestion/")
    page.route("**/ingestion/panels*", lambda route: route.fulfill(status=500, json={"Errors": ["No database."]}))
    page.get_by_role("button", name="Refresh").click()
    until(page, f"document.querySelectorAll('[data-panel][data-state=error]').length === {PANELS}")
    assert page.get_by_role("button", name="Retry").count() == PANELS + 1  # the chart's too
    assert page.get_by_text("Shown is what was read").count() == PANELS
    page.unroute("**/ingestion/panels*")
    page.get_by_role("button", name="Refresh").click()
    until(page, f"document.querySelectorAll('[data-panel][data-state=ready]').length === {PANELS}")


def test_the_ingestion_page_asks_once_for_all_its_panels_and_nothing_when_its_refresh_is_off(visit: Watched) -> None:
    page = visit.context.new_page()
    page.clock.install()
    page.goto(visit.url + "/ingestion/")
    asked: list[str] = []
    page.wait_for_load_state("networkidle")
    page.on("request", lambda request: asked.append(request.url.partition("?")[0]))
    with page.expect_response("**/ingestion/panels*"):
        page.clock.run_for(31_000)
    page.wait_for_load_state("networkidle")
    assert asked == [f"{visit.url}/ingestion/panels"]
    page.get_by_label("Refresh every").select_option("0")
    page.clock.run_for(120_000)
    assert len(asked) == 1
    page.get_by_label("Refresh every").select_option("10")
    with page.expect_response("**/ingestion/panels*"):
        page.clock.run_for(11_000)
    assert len(asked) == 2


def test_a_run_is_followed_to_its_end_without_loading_the_page_anew(visit: Watched) -> None:
    page = visit.open("/ingestion/")
    chip = '<section class="panel"><span class="chip info" {}>{}</span></section>'
    replace_panel(page, "pipelines", {"Html": chip.format("data-running", "running")})
    page.route("**/ingestion/panel/pipelines*", lambda route: route.fulfill(body=chip.format("", "done, 12 rows")))
    page.evaluate("window.same = true")
    page.get_by_role("button", name="Refresh").click()
    page.get_by_text("running", exact=True).wait_for()
    page.get_by_text("done, 12 rows").wait_for()
    assert page.evaluate("window.same") is True


def test_a_slow_answer_leaves_what_is_shown_and_says_how_old_it_is(visit: Watched) -> None:
    """Ten seconds and more by the clock of the page."""
    page = visit.context.new_page()
    page.clock.install()
    page.goto(visit.url + "/ingestion/")
    page.locator('#rate[data-state="ready"], #rate[data-state="empty"]').wait_for()
    held: list[Any] = []
    page.route("**/ingestion/panels*", lambda route: held.append(route))
    tiles = page.locator('[data-panel="tiles"]').inner_text()
    assert "138" in tiles  # the points of the plant
    with page.expect_request("**/ingestion/panels*"):
        page.get_by_role("button", name="Refresh").click()
    page.clock.run_for(10_500)
    assert page.locator('[data-panel][data-state="ready"]').count() == PANELS
    assert page.locator('[data-panel="quality"] h2').inner_text() == "Data quality"
    assert page.locator('[data-panel="tiles"]').inner_text().splitlines()[-1] == tiles.splitlines()[-1]
    assert page.locator(".skeleton").count() == 0
    assert int(page.locator("#updated").inner_text().removeprefix("Updated ").removesuffix("s ago")) >= 10
    assert len(held) == 1
    held[0].continue_()
    until(page, "document.querySelector('#updated').textContent.includes('now')")
