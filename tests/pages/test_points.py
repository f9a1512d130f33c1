"""The pages of points, the search over everything, events side by side: without a browser."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from typing import Any

import httpx
import pytest

BROWSER = {"Accept": "text/html"}


def page_of(client: httpx.Client, url: str, **query: Any) -> str:
    answer = client.get(url, params=query or None, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    assert len(answer.content) < 100_000
    return unescape(answer.text)


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/points/[^"]+/">([^<]+)</a>', page)


def total(page: str) -> int:
    found = re.search(r'role="status">([\d,]+) point', page)
    return int(found[1].replace(",", "")) if found else 0


@pytest.fixture(scope="module")
def sinusoid(client_of_plant: httpx.Client) -> str:
    return client_of_plant.get("/piwebapi/points", params={"path": r"\\PIDEMO\SINUSOID"}).json()["WebId"]


def test_the_pages_of_the_list_hold_every_point_once(client_of_plant: httpx.Client) -> None:
    server = client_of_plant.get("/piwebapi/dataservers").json()["Items"][0]["WebId"]
    points = client_of_plant.get(f"/piwebapi/dataservers/{server}/points?maxCount=1000").json()["Items"]
    first = page_of(client_of_plant, "/points/")
    seen = names(first) + names(page_of(client_of_plant, "/points/", page=2))
    assert total(first) == len(points) == 138
    assert sorted(seen) == sorted(point["Name"] for point in points)
    assert names(page_of(client_of_plant, "/points/", page=99)) == names(page_of(client_of_plant, "/points/", page=2))


@pytest.mark.parametrize(
    ("asked", "condition"),
    [
        ({"q": "*Temp*"}, lambda point: "TEMP" in (point["Name"] + "\n" + point["Descriptor"]).upper()),
        ({"q": "sinusoid"}, lambda point: "SINUSOID" in (point["Name"] + "\n" + point["Descriptor"]).upper()),
        ({"type": "Digital"}, lambda point: point["PointType"] == "Digital"),
        ({"units": "kW", "q": "Unit001*"}, lambda point: False),
        (
            {"units": "kW", "q": "*Unit001*"},
            lambda point: "Unit001" in point["Name"] and point["EngineeringUnits"] == "kW",
        ),
        ({"plant": "Eraring_Plant"}, lambda point: point["Name"].startswith("Eraring_")),
        ({"plant": "no such plant"}, lambda point: False),
    ],
)
def test_a_filter_finds_what_the_api_finds(
    client_of_plant: httpx.Client, asked: dict[str, str], condition: Any
) -> None:
    server = client_of_plant.get("/piwebapi/dataservers").json()["Items"][0]["WebId"]
    points = client_of_plant.get(f"/piwebapi/dataservers/{server}/points?maxCount=1000").json()["Items"]
    wanted = sorted(point["Name"] for point in points if condition(point))
    page = page_of(client_of_plant, "/points/", **asked)
    assert sorted(names(page)) == wanted
    assert total(page) == len(wanted)


def test_the_list_is_sorted_both_ways(client_of_plant: httpx.Client) -> None:
    up = names(page_of(client_of_plant, "/points/", sort="descriptor"))
    down = names(page_of(client_of_plant, "/points/", sort="-descriptor", page=2))
    assert up[0] == down[-1]
    assert up[0] != names(page_of(client_of_plant, "/points/"))[0]


def test_one_point_tells_value_attributes_uses_and_history(client_of_plant: httpx.Client) -> None:
    found = client_of_plant.get("/piwebapi/points", params={"path": r"\\PIDEMO\Eraring_Unit001_Temperature_PV"}).json()
    window = {"startTime": "2026-01-05T00:00:00Z", "endTime": "2026-01-05T01:00:00Z"}
    asked = {"start": window["startTime"], "end": window["endTime"]}
    page = page_of(client_of_plant, f"/points/{found['WebId']}/", **asked)
    summary = client_of_plant.get(
        f"/piwebapi/streams/{found['WebId']}/summary",
        params={**window, "summaryType": "Count", "calculationBasis": "EventWeighted"},
    ).json()["Items"]
    assert f"<dt>Events</dt><dd>{summary[0]['Value']['Value']:,.0f}</dd>" in page
    assert f"<dt>Range</dt><dd>{found['Zero']:g} to {found['Zero'] + found['Span']:g}</dd>" in page
    assert re.search(r'<li><a href="/elements/\?webid=[^"]+">Eraring_Plant\\Unit_1</a>', page)
    stamps = re.findall(r'<td class="nowrap"><time datetime="([^"]+)"', page)
    assert len(stamps) == 100
    assert stamps == sorted(stamps, reverse=True)
    assert stamps[0].startswith("2026-01-05T01:00:00")
    older = re.search(r"before=([^\"]+)\"", page)
    assert older
    next_page = page_of(client_of_plant, f"/points/{found['WebId']}/?{httpx.QueryParams(asked)}&before={older[1]}")
    following = re.findall(r'<td class="nowrap"><time datetime="([^"]+)"', next_page)
    assert following[0] < stamps[-1]
    assert not set(following) & set(stamps)


def test_the_csv_of_a_point_holds_its_recorded_values(client_of_plant: httpx.Client, sinusoid: str) -> None:
    answer = client_of_plant.get(f"/points/{sinusoid}/values.csv?start=*-2h&end=*-1h")
    rows = list(csv.reader(io.StringIO(answer.text)))
    items = client_of_plant.get(
        f"/piwebapi/streams/{sinusoid}/recorded",
        params={"startTime": rows[1][0], "endTime": rows[-1][0], "maxCount": 100_000},
    ).json()["Items"]
    assert rows[0] == ["Timestamp", "Value", "Quality"]
    assert [(row[0], float(row[1])) for row in rows[1:]] == [(item["Timestamp"], item["Value"]) for item in items]
    assert 'filename="SINUSOID.csv"' in answer.headers["content-disposition"]


def test_a_point_that_is_not_there_and_a_range_that_nobody_can_read(
    client_of_plant: httpx.Client, sinusoid: str
) -> None:
    missing = client_of_plant.get("/points/<script>/", headers=BROWSER)
    assert missing.status_code in (400, 404)
    assert "<script>/" not in missing.text
    page = page_of(client_of_plant, f"/points/{sinusoid}/", start="yesteryear")
    assert "Shown are the last 8 hours." in page


def test_one_search_finds_each_kind_and_leads_to_it(client_of_plant: httpx.Client) -> None:
    kinds = {one["Label"]: one for one in client_of_plant.get("/search/found?q=unit_1").json()["Kinds"]}
    assert kinds["Elements"]["Items"][0]["Name"] == "Unit_1"
    assert kinds["Elements"]["More"] is False  # one in each of four plants
    assert len(kinds["Elements"]["Items"]) == 4
    for text, label in (("sinus", "Points"), ("batchrun", "Event frames"), ("temperature", "Attributes")):
        found = {one["Label"]: one for one in client_of_plant.get("/search/found", params={"q": text}).json()["Kinds"]}
        item = found[label]["Items"][0]
        assert item["Name"].lower().startswith(text)
        assert client_of_plant.get(item["Url"], headers=BROWSER).status_code == 200
    assert found["Points"]["More"] is True
    assert client_of_plant.get(found["Points"]["All"], headers=BROWSER).status_code == 200


def test_the_search_works_without_script_and_shows_no_markup_of_others(client_of_plant: httpx.Client) -> None:
    assert "SINUSOID" in page_of(client_of_plant, "/search/", q="SINU?OID")
    page = client_of_plant.get("/search/", params={"q": "<script>alert(1)</script>"}, headers=BROWSER).text
    assert "Nothing has a name like that" in page
    assert "<script>alert" not in page


def test_events_side_by_side_begin_together(client_of_plant: httpx.Client) -> None:
    rows = client_of_plant.get("/events/rows?start=*-30d&template=BatchRunTemplate&maxCount=3&attributes=1").json()[
        "Items"
    ]
    asked = [("id", row["WebId"]) for row in rows]
    page = page_of(client_of_plant, f"/events/compare/?{httpx.QueryParams([*asked, ('signal', 'Temperature')])}")
    lines = json.loads(re.search(r'<script id="lines" type="application/json">(.*?)</script>', page)[1])
    assert sorted(line["StartTime"] for line in lines) == sorted(row["StartTime"] for row in rows)
    path = client_of_plant.get(f"/piwebapi/attributes/{lines[0]['WebId']}").json()["Path"]
    assert path.endswith(f"{next(row for row in rows if row['Name'] == lines[0]['Name'])['Element']}|Temperature")
    for row in rows:
        assert f"<td>{row['Attributes']['BatchID']}</td>" in page
    assert "nonsense: " in page_of(
        client_of_plant, f"/events/compare/?{httpx.QueryParams([*asked, ('id', 'nonsense')])}"
    )
