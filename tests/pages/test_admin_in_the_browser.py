"""The admin as somebody uses it in a browser."""

from __future__ import annotations

from pathlib import Path

from tests.pages.conftest import Watched

EXPORT = Path(__file__).resolve().parents[1] / "transfer" / "dairy.xml"


def test_an_export_is_uploaded_with_a_report_and_no_new_page(visit: Watched) -> None:
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
