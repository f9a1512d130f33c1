"""Every URL of the service as a page for browsers and as JSON for programs."""

from __future__ import annotations

import json
import re
from html import unescape

import httpx
import pytest

from piwebapi.api.markup import Markup

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}
BASE = "http://plant/piwebapi"


def links_in(page: str) -> list[str]:
    answer = page[page.index('class="json"') :]
    return [unescape(found) for found in re.findall(r'<a href="([^"]+)"', answer[: answer.index("</section>")])]


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/plain, */*", None])
def test_programs_get_json(client_of_plant: httpx.Client, accept: str | None) -> None:
    request = client_of_plant.build_request("GET", "/piwebapi", headers={"Accept": accept or "x"})
    if accept is None:
        del request.headers["Accept"]
    answer = client_of_plant.send(request)
    assert answer.headers["content-type"].startswith("application/json")
    assert set(answer.json()["Links"]) == {"Self", "AssetServers", "DataServers", "System"}


def test_a_browser_gets_a_page_with_the_same_links(client_of_plant: httpx.Client) -> None:
    page = client_of_plant.get("/piwebapi", headers=BROWSER)
    told = client_of_plant.get("/piwebapi").json()["Links"].values()
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert links_in(page.text) == list(told)


def test_the_links_lead_from_the_home_to_a_value(client_of_plant: httpx.Client) -> None:
    url, names = "/piwebapi", ("dataservers", "points", "/value")
    for name in names:
        page = client_of_plant.get(url, headers=BROWSER)
        assert page.status_code == 200, url
        url = next(link for link in links_in(page.text) if link.endswith(name))
    page = client_of_plant.get(url, headers=BROWSER)
    assert "UnitsAbbreviation" in page.text


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/piwebapi/elements/nonsense", 400),
        ("/piwebapi/no/such", 404),
        ("/piwebapi/elements?path=%5C%5CAFDEMO%5CProductionDB%5CNowhere", 404),
    ],
)
def test_a_refusal_is_a_page_with_the_same_status_and_sentence(
    client_of_plant: httpx.Client, url: str, status: int
) -> None:
    plain, page = client_of_plant.get(url), client_of_plant.get(url, headers=BROWSER)
    assert plain.status_code == page.status_code == status
    sentence = plain.json().get("Message") or plain.json()["Errors"][0]
    assert json.dumps(sentence)[1:-1] in unescape(page.text)


def test_what_is_asked_is_shown_but_never_run(client_of_plant: httpx.Client) -> None:
    for url in ("/piwebapi/<script>alert(1)</script>", "/piwebapi/assetdatabases?path=<img src=x onerror=alert(1)>"):
        page = client_of_plant.get(url, headers=BROWSER)
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert "'unsafe-inline'" not in page.headers["content-security-policy"]


def test_the_form_offers_the_parameters_and_keeps_what_was_asked(client_of_plant: httpx.Client) -> None:
    web_id = client_of_plant.get("/piwebapi/assetdatabases").json()["Items"][0]["WebId"]
    page = client_of_plant.get(f"/piwebapi/assetdatabases/{web_id}/elements?nameFilter=E*&maxCount=2", headers=BROWSER)
    assert re.search(r'name="nameFilter" value="E\*"', page.text)
    assert re.search(r'name="maxCount" value="2"', page.text)
    assert "Eraring_Plant" in page.text
    assert "Stanwell_Plant" not in page.text


def test_format_json_gives_a_browser_the_plain_answer(client_of_plant: httpx.Client) -> None:
    answer = client_of_plant.get("/piwebapi/system?format=json", headers=BROWSER)
    assert answer.json()["ProductTitle"]


def test_text_is_escaped_and_only_own_addresses_become_links() -> None:
    body = {
        "<b>": "</div><script>alert(1)</script>",
        "Own": f"{BASE}/elements/x?a=\"b&c='d",
        "Foreign": "http://elsewhere/piwebapi/x",
        "Script": "javascript:alert(1)",
        "Alike": "http://plant/piwebapi.evil/x",
    }
    html = Markup(BASE).render(body)
    assert "<b>" not in html
    assert "<script>" not in html
    assert re.findall(r'href="([^"]*)"', html) == [f"{BASE}/elements/x?a=&quot;b&amp;c=&#x27;d"]


def test_a_long_list_is_cut_with_a_word_about_the_rest() -> None:
    markup = Markup(BASE, limit=10)
    html = markup.render({"Items": list(range(5000))})
    assert html.count("<u>") == 8
    assert markup.left_out == 4992
    assert "4,992 more" in html
