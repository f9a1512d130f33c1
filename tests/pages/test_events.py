"""Events and alarms: filters, counters, rows and files against the API."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import httpx
import pytest

from piwebapi.pages.export import safe_cell

MODES = ["Overlapped", "Inclusive", "StartInclusive", "EndInclusive", "InProgress"]
WINDOW = {"start": "*-20d", "end": "*-3d"}


@pytest.fixture(scope="module")
def frames(client_of_plant: httpx.Client) -> str:
    web_id = client_of_plant.get("/piwebapi/assetdatabases").json()["Items"][0]["WebId"]
    return f"/piwebapi/assetdatabases/{web_id}/eventframes"


def from_api(client: httpx.Client, url: str, **asked: Any) -> set[str]:
    params = {"startTime": "*-20d", "endTime": "*-3d", "maxCount": 1000} | asked
    return {item["WebId"] for item in client.get(url, params=params).json()["Items"]}


def from_page(client: httpx.Client, **asked: Any) -> set[str]:
    rows = client.get("/events/rows", params=WINDOW | {"maxCount": 1000} | asked).json()["Items"]
    assert len({row["WebId"] for row in rows}) == len(rows)
    return {row["WebId"] for row in rows}


@pytest.mark.parametrize("mode", MODES)
def test_a_search_mode_finds_what_the_api_finds(client_of_plant: httpx.Client, frames: str, mode: str) -> None:
    told = from_api(client_of_plant, frames, searchMode=mode)
    assert from_page(client_of_plant, mode=mode) == told
    assert client_of_plant.get("/events/summary", params=WINDOW | {"mode": mode}).json()["Total"] == len(told)


@pytest.mark.parametrize(
    ("page", "api"),
    [
        ({"template": "AlarmTemplate"}, {"templateName": "AlarmTemplate"}),
        ({"severity": ["Major", "Critical"]}, {"severity": ["Major", "Critical"]}),
        ({"name": "Batch*"}, {"nameFilter": "Batch*"}),
        ({"name": "aint"}, {"nameFilter": "*aint*"}),
        ({"category": "Downtime"}, {"categoryName": "Downtime"}),
        ({"ack": "yes"}, {"isAcknowledged": "true"}),
        ({"ack": "no"}, {"isAcknowledged": "false", "canBeAcknowledged": "true"}),
    ],
)
def test_a_filter_finds_what_the_api_finds(
    client_of_plant: httpx.Client, frames: str, page: dict[str, Any], api: dict[str, Any]
) -> None:
    told = from_api(client_of_plant, frames, **api)
    assert told
    assert from_page(client_of_plant, **page) == told


def test_several_templates_are_joined(client_of_plant: httpx.Client, frames: str) -> None:
    names = ["AlarmTemplate", "DowntimeTemplate"]
    told = [from_api(client_of_plant, frames, templateName=name) for name in names]
    assert from_page(client_of_plant, template=names) == told[0] | told[1]


def test_an_element_brings_the_events_below_it(client_of_plant: httpx.Client, frames: str) -> None:
    everything = client_of_plant.get("/events/rows", params=WINDOW | {"maxCount": 1000}).json()["Items"]
    plant = everything[0]["Element"].split("\\")[0]
    found = client_of_plant.get("/piwebapi/elements", params={"path": rf"\\AFDEMO\ProductionDB\{plant}"}).json()
    below = {row["WebId"] for row in everything if row["Element"].startswith(plant)}
    assert from_page(client_of_plant, element=found["WebId"]) == below


def test_counters_leave_out_their_own_filter_only(client_of_plant: httpx.Client) -> None:
    everything = client_of_plant.get("/events/rows", params=WINDOW | {"maxCount": 1000}).json()["Items"]
    asked = {"template": "AlarmTemplate", "severity": "Critical"}
    told = client_of_plant.get("/events/summary", params=WINDOW | asked).json()
    alarms = [row for row in everything if row["TemplateName"] == "AlarmTemplate"]
    critical = [row for row in everything if row["Severity"] == "Critical"]
    assert told["Total"] == len([row for row in alarms if row in critical])
    by_severity = {row["Name"]: row["Count"] for row in told["Severities"]}
    assert by_severity["Critical"] + by_severity["Major"] + by_severity["Minor"] + by_severity["Warning"] == len(alarms)
    assert {row["Name"]: row["Count"] for row in told["Templates"]} == {
        name: len([row for row in critical if row["TemplateName"] == name])
        for name in {r["TemplateName"] for r in critical}
    }


def test_the_histogram_counts_every_frame_once(client_of_plant: httpx.Client) -> None:
    told = client_of_plant.get("/events/summary", params=WINDOW).json()
    counted = sum(sum(bucket["Counts"].values()) for bucket in told["Histogram"]["Buckets"])
    assert counted == told["Total"] > 100


def test_pages_of_rows_neither_repeat_nor_miss_any(client_of_plant: httpx.Client) -> None:
    whole = client_of_plant.get("/events/rows", params=WINDOW | {"maxCount": 1000}).json()["Items"]
    parts = []
    for start in range(0, len(whole), 30):
        asked = WINDOW | {"startIndex": start, "maxCount": 30}
        parts += client_of_plant.get("/events/rows", params=asked).json()["Items"]
    assert [row["WebId"] for row in parts] == [row["WebId"] for row in whole]
    assert [row["StartTime"] for row in whole] == sorted((row["StartTime"] for row in whole), reverse=True)


def test_an_open_frame_has_no_end_and_is_found_by_its_state(client_of_plant: httpx.Client) -> None:
    rows = client_of_plant.get("/events/rows", params={"start": "*-30d", "state": "open"}).json()["Items"]
    assert rows
    assert all(row["EndTime"] is None for row in rows)
    page = client_of_plant.get("/events/", params={"start": "*-30d", "state": "open"}).text
    assert "9999" not in page
    assert "in progress" in page


def test_a_bad_value_is_told_beside_its_field_and_the_default_holds(client_of_plant: httpx.Client) -> None:
    page = client_of_plant.get("/events/", params={"start": "soonish", "mode": "Exact"})
    assert page.status_code == 200
    assert len(re.findall(r'class="fault" role="alert">[^<]+', page.text)) == 2
    assert 'value="*-7d"' in page.text.replace("soonish", "*-7d")


def test_the_detail_tells_attributes_and_element(client_of_plant: httpx.Client) -> None:
    row = client_of_plant.get("/events/rows", params=WINDOW | {"template": "MaintenanceTemplate"}).json()["Items"][0]
    page = client_of_plant.get("/events/detail", params={"id": row["WebId"]}).text
    for text in (row["Name"], "MaintenanceType", "Technician", "WorkOrder", row["Element"]):
        assert text in page
    whole = client_of_plant.get("/events/", params={"id": row["WebId"]})
    assert whole.status_code == 200
    assert "WorkOrder" in whole.text
    assert client_of_plant.get("/events/", params={"id": "nonsense"}).status_code == 404


def test_the_csv_holds_all_rows_of_the_filter(client_of_plant: httpx.Client) -> None:
    asked = WINDOW | {"severity": ["Major", "Minor"]}
    rows = list(csv.DictReader(io.StringIO(client_of_plant.get("/events/events.csv", params=asked).text)))
    assert {row["WebId"] for row in rows} == from_page(client_of_plant, severity=["Major", "Minor"])
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["StartTime"]) for row in rows)


@pytest.mark.parametrize(
    ("cell", "safe"),
    [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+cmd", "'+cmd"), ("-5.2", "-5.2"), ("plain", "plain"), (None, "")],
)
def test_a_cell_is_never_run_by_a_spreadsheet(cell: str | None, safe: str) -> None:
    assert safe_cell(cell) == safe
