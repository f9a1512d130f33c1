"""The explorer: what the server paints and answers."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import httpx
import pytest

from piwebapi.pages.values import quality, shown

FIELDS = "selectedFields=Items.WebId;Items.Name"


@pytest.fixture(scope="module")
def database(client_of_plant: httpx.Client) -> str:
    return str(client_of_plant.get("/piwebapi/assetdatabases").json()["Items"][0]["WebId"])


def web_id_of(client: httpx.Client, path: str) -> str:
    answer = client.get("/piwebapi/elements", params={"path": rf"\\AFDEMO\ProductionDB\{path}"})
    return str(answer.json()["WebId"])


def tree_of(page: str) -> list[tuple[int, str]]:
    tree = page[page.index('id="tree"') : page.index('class="legend"')]
    nodes = re.findall(r'aria-level="(\d+)".*?<span class="name">([^<]*)</span>', tree, re.DOTALL)
    return [(int(level), name) for level, name in nodes]


def test_the_first_paint_shows_the_roots_and_true_totals(client_of_plant: httpx.Client) -> None:
    page = client_of_plant.get("/elements/").text
    assert tree_of(page) == [(1, f"{name}_Plant") for name in ("Bayswater", "Eraring", "Loy_Yang_A", "Stanwell")]
    totals = page[page.index('class="totals"') : page.index("</p>", page.index('class="totals"'))]
    assert re.findall(r"<b>([\d,]+)</b>\s*(\w+)", totals) == [
        *(("4", "plants"), ("16", "units"), ("64", "equipment"), ("84", "elements"))
    ]


def test_a_deep_link_opens_the_way_and_the_attributes_without_script(client_of_plant: httpx.Client) -> None:
    web_id = web_id_of(client_of_plant, r"Eraring_Plant\Unit_3\Pump_101")
    page = client_of_plant.get("/elements/", params={"webid": web_id}).text
    names = tree_of(page)
    assert names.index((1, "Eraring_Plant")) < names.index((2, "Unit_3")) < names.index((3, "Pump_101"))
    assert re.search(r'aria-selected="true"[^>]*aria-expanded|aria-selected="true"', page)
    for name in ("Status", "Capacity", "Manufacturer", "SerialNumber", "InstallDate"):
        assert re.search(rf'<th scope="row"[^>]*>{name}\b', page), name


def test_an_unknown_webid_is_a_404_with_a_usable_tree(client_of_plant: httpx.Client) -> None:
    page = client_of_plant.get("/elements/", params={"webid": "nonsense<script>alert(1)</script>"})
    assert page.status_code == 404
    assert "<script>alert" not in page.text
    assert "nonsense&lt;script&gt;" in page.text
    assert len(tree_of(page.text)) == 4


def test_a_path_leads_to_the_webid(client_of_plant: httpx.Client) -> None:
    answer = client_of_plant.get("/elements/", params={"path": r"\\AFDEMO\ProductionDB\Stanwell_Plant"})
    assert answer.headers["location"] == f"/elements/?webid={web_id_of(client_of_plant, 'Stanwell_Plant')}"


def test_a_level_tells_children_with_their_numbers(client_of_plant: httpx.Client, database: str) -> None:
    plants = client_of_plant.get("/elements/level", params={"webid": database}).json()
    assert plants["Total"] == 4
    assert {(row["TemplateName"], row["Children"]) for row in plants["Items"]} == {("PlantTemplate", 4)}
    units = client_of_plant.get("/elements/level", params={"webid": plants["Items"][0]["WebId"]}).json()["Items"]
    told = client_of_plant.get(f"/piwebapi/elements/{plants['Items'][0]['WebId']}/elements?{FIELDS}").json()["Items"]
    assert [(row["WebId"], row["Name"]) for row in units] == [(row["WebId"], row["Name"]) for row in told]


def test_a_branch_tells_parents_before_children(client_of_plant: httpx.Client, database: str) -> None:
    rows = client_of_plant.get("/elements/branch", params={"webid": database, "level": 3}).json()["Items"]
    assert len(rows) == 84
    seen = {None}
    for row in rows:
        assert row["Parent"] in seen
        seen.add(row["WebId"])


@pytest.mark.parametrize(
    ("asked", "total"),
    [
        ({"q": "HeatExchanger*"}, 16),
        ({"q": "unit_1"}, 4),
        ({"q": "*", "template": "PlantTemplate"}, 4),
        ({"q": "no"}, 0),
    ],
)
def test_the_search_counts_what_the_api_finds(
    client_of_plant: httpx.Client, database: str, asked: dict[str, str], total: int
) -> None:
    found = client_of_plant.get("/elements/found", params={"db": database, **asked}).json()
    assert found["Total"] == len(found["Items"]) == total
    name = asked["q"] if "*" in asked["q"] else f"*{asked['q']}*"
    params = {"searchFullHierarchy": "true", "nameFilter": name, "templateName": asked.get("template", "")}
    told = client_of_plant.get(f"/piwebapi/assetdatabases/{database}/elements", params=params).json()["Items"]
    assert {row["WebId"] for row in found["Items"]} == {row["WebId"] for row in told}


def test_the_attributes_show_what_the_stream_set_tells(client_of_plant: httpx.Client) -> None:
    web_id = web_id_of(client_of_plant, r"Stanwell_Plant\Unit_2")
    at = "2026-01-01T00:00:00Z"
    page = client_of_plant.get("/elements/detail", params={"webid": web_id, "at": at}).text
    told = client_of_plant.get(f"/piwebapi/streamsets/{web_id}/value", params={"time": at}).json()["Items"]
    rows = dict(re.findall(r'<tr data-webid="([^"]+)".*?<td class="value[^"]*">([^<]*)<', page, re.DOTALL))
    assert len(told) == 9
    for item in told:
        assert unescape(rows[item["WebId"]]) == shown(item["Value"]["Value"]), item["Name"]


def test_a_bad_time_is_told_and_the_values_of_now_are_shown(client_of_plant: httpx.Client) -> None:
    web_id = web_id_of(client_of_plant, "Stanwell_Plant")
    page = client_of_plant.get("/elements/detail", params={"webid": web_id, "at": "when?"})
    assert page.status_code == 200
    assert "when?" in page.text
    assert "values of now" in page.text


@pytest.mark.parametrize("tab", ["children", "events", "trend", "info"])
def test_every_tab_is_painted_by_the_server(client_of_plant: httpx.Client, tab: str) -> None:
    page = client_of_plant.get(
        "/elements/", params={"webid": web_id_of(client_of_plant, r"Eraring_Plant\Unit_1"), "tab": tab}
    )
    assert page.status_code == 200
    assert f'data-tab="{tab}"' in page.text


def test_the_comparison_shows_each_child_with_its_values(client_of_plant: httpx.Client) -> None:
    page = client_of_plant.get(
        "/elements/detail", params={"webid": web_id_of(client_of_plant, "Eraring_Plant"), "tab": "children"}
    ).text
    assert re.findall(r'<th scope="row"><a[^>]*>([^<]+)</a>', page) == ["Unit_1", "Unit_2", "Unit_3", "Unit_4"]
    assert page.count("degC") == 4


def test_the_csv_holds_the_attributes(client_of_plant: httpx.Client) -> None:
    web_id = web_id_of(client_of_plant, r"Eraring_Plant\Unit_1")
    answer = client_of_plant.get("/elements/attributes.csv", params={"webid": web_id})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(rows) == 9
    assert {row["Units"] for row in rows if row["Attribute"] == "Pressure"} == {"bar"}


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        *((42.5321, -5, "42.532"), (3007.94, -5, "3,007.9"), (123456.7, -5, "123,457"), (0.001234567, -5, "0.0012346")),
        *(
            (7.0, -5, "7"),
            (7.0, 2, "7.00"),
            (None, -5, "-"),
            ("", -5, "-"),
            (True, -5, "True"),
            (float("nan"), -5, "-"),
        ),
        *(({"Name": "Running", "Value": 0}, -5, "Running"), ({"Errors": ["No point"]}, -5, "No point")),
        *(([1.5, 2.5], -5, "1.5000, 2.5000"), ("text", -5, "text"), (0.0, -5, "0")),
    ],
)
def test_values_read_as_people_write_them(value: object, digits: int, text: str) -> None:
    assert shown(value, digits) == text


def test_the_worst_of_a_quality_is_told() -> None:
    assert quality({"Good": True, "Questionable": False, "Substituted": False}) == "Good"
    assert quality({"Good": True, "Questionable": True, "Substituted": True}) == "Questionable"
    assert quality({"Good": True, "Substituted": True}) == "Substituted"
    assert quality({"Good": False, "Questionable": True}) == "Bad"
