"""The list of what we had to choose, against the code that it points at."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from piwebapi.pages.choices import document, sections

ROOT = Path(__file__).resolve().parents[2]
ROWS = [row for section in sections()[1:] for row in section.rows]


def names_in(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub(r"<[^>]+>", "", row[0])[:40])
def test_each_choice_tells_what_why_and_a_place_that_exists(row: list[str]) -> None:
    assert len(row) == 4 and all(row)
    where = re.fullmatch(r"<code>([\w/.]+)(?:::(\w+))?</code>", row[3])
    assert where is not None, row[3]
    assert (ROOT / where[1]).is_file()
    assert where[2] is None or where[2] in names_in(ROOT / where[1])


def test_the_list_is_whole() -> None:
    told = document().read_text(encoding="utf-8")
    assert len(ROWS) == len(re.findall(r"^\| (?!What \||---)", told, re.MULTILINE)) > 60


def test_the_help_pages_show_it(client, db) -> None:  # type: ignore[no-untyped-def]
    page = client.get("/piwebapi/help/choices").content.decode()
    assert "<h1>Where we had to choose</h1>" in page
    assert "<code>piwebapi/access.py::look_up</code>" in page
    assert page.count('<th scope="row">') == len(ROWS)
    assert "/piwebapi/help/choices" in client.get("/piwebapi/help/").content.decode()
