"""Home, health, reference, signing in, error pages, old addresses: what needs no browser."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from tests.pages.plant_server import PASSWORD
from tests.pages.true_numbers import compare, items, on_the_page

PAGES = [
    "/",
    "/elements/",
    "/points/",
    "/streams/",
    "/trend/",
    "/events/",
    "/ingestion/",
    "/piwebapi/help/",
    "/health",
    "/sign-in/",
]
BROWSER = {"Accept": "text/html"}


@pytest.mark.parametrize("url", PAGES)
def test_a_page_names_only_files_of_this_host_under_a_strict_policy(client_of_plant: httpx.Client, url: str) -> None:
    page = client_of_plant.get(url, headers=BROWSER)
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    for source in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert source.startswith(("/", "#", "?", client_of_plant.base_url.scheme + "://127.0.0.1")), source
    assert not re.search(
        r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", re.sub(r'<script [^>]*type="application/json"', "<data", page.text)
    )
    assert len(page.content) < 100_000


@pytest.mark.parametrize("url", PAGES[:8])
def test_the_menu_marks_where_one_is_and_every_entry_answers(client_of_plant: httpx.Client, url: str) -> None:
    page = client_of_plant.get(url, headers=BROWSER)
    menu = page.text[page.text.index('id="nav"') : page.text.index("</nav>")]
    assert menu.count('aria-current="page"') == 1
    for target in re.findall(r'href="([^"]+)"', menu):
        assert client_of_plant.get(target, headers=BROWSER).status_code == 200


def test_the_home_page_tells_true_numbers(client_of_plant: httpx.Client) -> None:
    true = compare(client_of_plant)
    assert true["points"] == 138  # 128 sensors and the ten points of every server
    assert true["elements"] == 84  # 4 plants, 16 units, 64 pieces of equipment
    assert 0 < true["open"] < true["eventframes"]
    told = on_the_page(client_of_plant)
    sources = [
        attribute["Value"]
        for point in items(client_of_plant, f"dataservers/{server(client_of_plant)}/points")
        for attribute in items(client_of_plant, f"points/{point['WebId']}/attributes", nameFilter="pointsource")
    ]
    assert told.pop("simulated") == str(sources.count("SIM"))
    assert sorted(told) == sorted(true)
    assert "10,000" not in client_of_plant.get("/", headers=BROWSER).text


def server(client: httpx.Client) -> str:
    return str(client.get("/piwebapi/dataservers").json()["Items"][0]["WebId"])


def test_without_databricks_the_home_page_says_so_and_leads_to_no_other_host(client_of_plant: httpx.Client) -> None:
    page = client_of_plant.get("/", headers=BROWSER).text
    assert "Databricks is not configured" in page
    assert not re.findall(r'href="https?://(?!127\.0\.0\.1)', page)


def test_the_first_paint_has_the_chosen_theme(client_of_plant: httpx.Client) -> None:
    page = client_of_plant.get("/", headers=BROWSER | {"Cookie": "theme=dark"}).text
    assert page.startswith('<!doctype html>\n<html lang="en" class="no-script" data-theme="dark">')
    assert page.index("/static/site/theme.") < page.index("<body")


def test_the_command_on_the_home_page_works_as_it_stands(client_of_plant: httpx.Client) -> None:
    page = unescape(client_of_plant.get("/", headers=BROWSER).text)
    command = re.search(r"<code>curl '([^']+)'</code>", page)
    assert command
    assert len(client_of_plant.get(command[1]).json()["Items"]) >= 59  # a sample a second over a minute


def test_health_is_json_for_probes_with_and_without_a_slash(client_of_plant: httpx.Client) -> None:
    for url in ("/health", "/health/"):
        answer = client_of_plant.get(url)
        assert answer.status_code == 200
        told = answer.json()
        assert (told["status"], told["mock_tags"], told["points"]) == ("healthy", 138, 138)
        assert told["mock_event_frames"] >= 250


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/ingestion", "/ingestion/"),
        ("/api/visual/af-hierarchy", "/elements/"),
        ("/api/visual/events-alarms", "/events/"),
        ("/api/visual/websocket-monitor", "/streams/"),
        ("/docs", "/piwebapi/help/"),
        ("/openapi.json", "/piwebapi/openapi.json"),
    ],
)
def test_an_old_address_leads_to_the_new_page_with_its_query(client_of_plant: httpx.Client, old: str, new: str) -> None:
    answer = client_of_plant.get(f"{old}?a=1")
    assert answer.status_code in (301, 302)
    assert answer.headers["location"] == f"{new}?a=1"


def test_the_reference_names_every_operation_with_its_parameters(client_of_plant: httpx.Client) -> None:
    page = client_of_plant.get("/piwebapi/help/controllers/stream/actions/getrecorded", headers=BROWSER).text
    assert "/piwebapi/streams/{webId}/recorded" in page
    for name in ("startTime", "boundaryType", "filterExpression"):
        assert f"<code>{name}</code>" in page


def test_the_reference_is_searched_by_words(client_of_plant: httpx.Client) -> None:
    page = client_of_plant.get("/piwebapi/help/?q=eventframe+acknowledge", headers=BROWSER).text
    assert "/piwebapi/help/controllers/eventframe/actions/acknowledge" in page
    assert "/piwebapi/help/controllers/stream/actions/getrecorded" not in page
    assert client_of_plant.get("/piwebapi/help/controllers/nonsense", headers=BROWSER).status_code == 404


def test_a_missing_page_is_told_in_the_style_of_the_site(client_of_plant: httpx.Client) -> None:
    page = client_of_plant.get("/<script>alert(1)</script>", headers=BROWSER)
    assert page.status_code == 404
    assert "Not found" in page.text
    assert "<script>alert" not in page.text


def test_signing_in_and_out(plant_server: object, client_of_plant: httpx.Client) -> None:
    with httpx.Client(base_url=client_of_plant.base_url, follow_redirects=True) as client:
        page = client.get("/sign-in/?next=/health").text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        form = {"csrfmiddlewaretoken": token[1], "username": "admin", "password": "wrong", "next": "/health"}
        assert "is wrong" in client.post("/sign-in/", data=form).text
        assert client.post("/sign-in/", data=form | {"password": PASSWORD}).url.path == "/health"
        assert "signed in as <strong>admin" in client.get("/sign-out/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/sign-out/").text)
        assert token
        client.post("/sign-out/", data={"csrfmiddlewaretoken": token[1]})
        assert "not signed in" in client.get("/sign-out/").text


def test_a_form_without_its_token_is_refused_with_a_page(client_of_plant: httpx.Client) -> None:
    answer = client_of_plant.post("/sign-in/", data={"username": "admin", "password": PASSWORD})
    assert answer.status_code == 403
    assert "Form expired" in answer.text
