"""The admin as somebody uses it in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from tests.pages.conftest import Watched
from tests.pages.plant_server import PASSWORD

EXPORT = Path(__file__).resolve().parents[1] / "transfer" / "dairy.xml"


@pytest.fixture
def no_database_left(client_of_plant: httpx.Client) -> Iterator[None]:
    """The other pages of the plant show the first database by name."""
    before = databases(client_of_plant)
    yield
    for web_id in databases(client_of_plant) - before:
        client_of_plant.delete(f"/piwebapi/assetdatabases/{web_id}", auth=("admin", PASSWORD)).raise_for_status()


def databases(client: httpx.Client) -> set[str]:
    return {item["WebId"] for item in client.get("/piwebapi/assetdatabases").raise_for_status().json()["Items"]}


def test_an_export_is_uploaded_with_a_report_and_no_new_page(visit: Watched, no_database_left: None) -> None:
    visit.sign_in()
    page = visit.open("/admin/piwebapi/assetdatabase/import-af/")
    page.evaluate("window.same = true")
    page.locator("input[type=file]").first.set_input_files(EXPORT)
    page.locator("#import").get_by_role("button", name="Import").click()
    page.get_by_role("heading", name="Imported", exact=True).wait_for()
    assert page.evaluate("window.same") is True
    assert "Created" in page.locator("#import").inner_text()
    assert page.locator("progress").count() == 0


def test_a_file_that_is_none_is_refused_in_its_place(visit: Watched, tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text("<AF><Broken>")
    visit.sign_in()
    page = visit.open("/admin/piwebapi/assetdatabase/import-af/")
    page.locator("input[type=file]").first.set_input_files(path)
    page.locator("#import").get_by_role("button", name="Import").click()
    page.get_by_text("export.xml").last.wait_for()
    assert page.locator("#import").get_by_role("button", name="Import").is_enabled()


def test_a_database_is_exported_from_its_row_and_from_its_page(visit: Watched, client_of_plant: httpx.Client) -> None:
    visit.sign_in()
    page = visit.open("/admin/piwebapi/assetdatabase/")
    page.get_by_role("button", name="More actions").first.click()
    with page.expect_download() as of_row:
        page.get_by_role("link", name="Export AF XML").first.click()
    page.get_by_role("link", name="ProductionDB").click()
    with page.expect_download() as of_page:
        page.get_by_role("link", name="Export AF XML").click()
    for download in (of_row.value, of_page.value):
        assert download.suggested_filename == "ProductionDB.xml"
        root = ElementTree.fromstring(Path(download.path()).read_bytes())
        roots = [element.findtext("Name") for element in root.findall("AFDatabase/AFElement")]
        assert roots == ["Bayswater_Plant", "Eraring_Plant", "Loy_Yang_A_Plant", "Stanwell_Plant"]
        assert len(root.findall(".//AFElement")) == 84


def test_the_connection_to_the_lake_is_tested(visit: Watched) -> None:
    visit.sign_in()
    page = visit.open("/admin/events/synctarget/lake/")
    page.get_by_role("button", name="Test connection").click()
    page.get_by_text("pi_event_frames").first.wait_for()
