"""The stream monitor and the trend page: what the server paints and answers."""

from __future__ import annotations

import re
from html import unescape

import httpx

from piwebapi.pages.values import shown

NAME = "Eraring_Unit002_Pressure_PV"


def web_id_of(client: httpx.Client, name: str) -> str:
    return str(client.get("/piwebapi/points", params={"path": rf"\\PIDEMO\{name}"}).json()["WebId"])


def test_points_are_found_by_wildcards_or_anywhere_in_the_name(client_of_plant: httpx.Client) -> None:
    found = client_of_plant.get("/streams/found", params={"q": "unit002_p"}).json()
    assert found["Total"] == 8  # Pressure and Power in each of four plants
    assert client_of_plant.get("/streams/found", params={"q": "Eraring*"}).json()["Total"] == 32
    assert client_of_plant.get("/streams/found", params={"q": "SINUSOID"}).json()["Total"] == 2
    assert client_of_plant.get("/streams/found").json()["Total"] == 138
    assert client_of_plant.get("/streams/found", params={"q": "nothing"}).json() == {"Total": 0, "Items": []}


def test_every_point_is_on_one_page_of_the_list(client_of_plant: httpx.Client) -> None:
    names = []
    for start in range(0, 138, 50):
        asked = {"startIndex": start, "maxCount": 50}
        names += [row["Name"] for row in client_of_plant.get("/streams/found", params=asked).json()["Items"]]
    assert len(set(names)) == len(names) == 138
    assert [name.upper() for name in names] == sorted(name.upper() for name in names)


def test_the_monitor_is_painted_with_values(client_of_plant: httpx.Client) -> None:
    web_id = web_id_of(client_of_plant, NAME)
    page = client_of_plant.get("/streams/", params={"webid": web_id}).text
    row = re.search(rf'<tr data-webid="{web_id}".*?</tr>', page, re.DOTALL)
    assert row
    assert re.search(r'class="num value">[\d.]+<', row[0])
    assert "bar" in row[0]


def test_a_webid_of_nothing_tells_why_on_its_own_row(client_of_plant: httpx.Client) -> None:
    web_id = web_id_of(client_of_plant, NAME)
    page = client_of_plant.get("/streams/", params={"webid": ["<b>nonsense</b>", web_id]})
    assert page.status_code == 200
    assert "<b>nonsense" not in page.text
    assert page.text.count("<tr data-webid=") == 2
    assert "Unknown or invalid WebID format" in unescape(page.text)


def test_the_trend_page_sums_up_its_range(client_of_plant: httpx.Client) -> None:
    web_id = web_id_of(client_of_plant, NAME)
    window = {"start": "2026-01-05T00:00:00Z", "end": "2026-01-05T01:00:00Z"}
    page = client_of_plant.get("/trend/", params={"webid": web_id} | window).text
    cells = re.findall(r'<td class="num">([^<]*)</td>', page[page.index('id="summaries"') :])
    recorded = client_of_plant.get(
        f"/piwebapi/streams/{web_id}/recorded",
        params={"startTime": window["start"], "endTime": window["end"], "maxCount": 10000},
    ).json()["Items"]
    values = [item["Value"] for item in recorded if item["Good"]]
    assert cells[0] == shown(min(values))
    assert cells[2] == shown(max(values))
    assert cells[1] == shown(sum(values) / len(values))


def test_a_bad_range_of_a_trend_is_told(client_of_plant: httpx.Client) -> None:
    page = client_of_plant.get("/trend/", params={"webid": web_id_of(client_of_plant, NAME), "start": "whenever"})
    assert page.status_code == 200
    assert "whenever" in page.text
    assert "last 8 hours" in page.text
