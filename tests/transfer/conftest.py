"""A made-up dairy as PI System Explorer would export it (`dairy.xml`), imported at 2024-06-15T10:20:00Z."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from piwebapi.models import DataServer
from piwebapi.transfer import importer
from piwebapi.transfer.document import Document
from piwebapi.transfer.importer import Options
from piwebapi.transfer.report import Report

DAIRY = Path(__file__).with_name("dairy.xml")
MOMENT = 17_184_468_000_000_000  # 2024-06-15T10:20:00Z

Load = Callable[..., Report]


def load(path: Path = DAIRY, **options: object) -> Report:
    return importer.run(Document(path), Options(**options), now=MOMENT)  # type: ignore[arg-type]


@pytest.fixture
def dairy(db: None) -> Report:
    """Imported where a data server PLANT is, with the points that the file names."""
    DataServer.objects.create(name="PLANT")
    return load(create_points=True)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """The dairy with one text replaced, as a file of its own."""

    def write(old: str = "", new: str = "", text: str | None = None) -> Path:
        content = DAIRY.read_text(encoding="utf-8") if text is None else text
        assert old in content
        path = tmp_path / "export.xml"
        path.write_text(content.replace(old, new, 1) if old else content, encoding="utf-8")
        return path

    return write
