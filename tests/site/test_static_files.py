"""Static files as a browser gets them: once collected, under names that change with what is in them."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from django.templatetags.static import static
from django.test import Client

from osipi_site import static_files

LINKED = re.compile(r"""(?:href|src)="(/static/[^"#]+)""")
INSIDE = re.compile(r"""(?:from |import |new URL\(|url\()["']?(\.{0,2}[\w./-]+\.(?:js|css|svg|woff2))["')]""")


@pytest.fixture
def said(settings: Any, tmp_path: Path) -> list[str]:
    """What collecting has said; the files are the project's, and two of the test's own."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "outer.js").write_text('import { inner } from "./inner.js";\ninner();\n')
    (own / "inner.js").write_text("export function inner() {}\n")
    settings.STATIC_ROOT = tmp_path / "data" / "static"
    settings.STATICFILES_DIRS = [*settings.STATICFILES_DIRS, ("own", own)]
    return []


@pytest.fixture
def collect(settings: Any, said: list[str]) -> Callable[[], None]:
    def collect() -> None:
        static_files.collect(said.append)
        settings.STATIC_ROOT = Path(settings.STATIC_ROOT)  # as in a new process: what was known of it is forgotten

    return collect


def fetch(address: str) -> tuple[Any, bytes]:
    answer = Client().get(address, headers={"accept-encoding": "gzip"})
    content = b"".join(answer)
    return answer, gzip.decompress(content) if answer.get("Content-Encoding") == "gzip" else content


@pytest.mark.django_db
def test_a_page_and_all_that_it_loads_may_be_kept_for_ever(collect: Callable[[], None], said: list[str]) -> None:
    collect()
    assert said == []
    page = "".join(Client().get(path).content.decode() for path in ("/elements/", "/events/", "/admin/login/"))
    waiting, seen = LINKED.findall(page), set()
    assert len(waiting) > 20
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer, content = fetch(address)
        assert answer.status_code == 200, address
        assert address.rsplit(".", 2)[1] == hashlib.md5(content).hexdigest()[:12]
        assert "immutable" in answer["Cache-Control"]
        assert int(re.findall(r"max-age=(\d+)", answer["Cache-Control"])[0]) > 365 * 86_400
        assert answer.get("Content-Encoding") == "gzip" or len(content) < 1024 or address.endswith("woff2"), address
        if address.endswith((".js", ".css")):
            waiting += [urljoin(address, name) for name in INSIDE.findall(content.decode())]
    names = {re.sub(r"\.[0-9a-f]{12}\.", ".", address.removeprefix("/static/")) for address in seen}
    # asked for by a script that a script asks for; by a script, beside its imports; by a style sheet of the admin
    assert {"site/format.js", "site/keys.js", "site/icons.svg", "vendor/uplot/uPlot.iife.min.js"} <= names
    assert any(name.endswith(".woff2") for name in names)


def test_only_a_change_is_collected_and_it_renames_all_who_import_it(
    collect: Callable[[], None], settings: Any, tmp_path: Path
) -> None:
    collect()
    mark, first = settings.STATIC_ROOT / static_files.MARK, static("own/outer.js")
    when = mark.stat().st_mtime_ns
    collect()
    assert mark.stat().st_mtime_ns == when
    assert static("own/outer.js") == first
    (tmp_path / "own" / "inner.js").write_text("export function inner() { return 1; }\n")
    settings.STATIC_ROOT = Path(settings.STATIC_ROOT)
    assert static("own/outer.js") == "/static/own/outer.js"  # what was collected is out of date
    collect()
    assert static("own/outer.js") not in (first, "/static/own/outer.js")
    _, content = fetch(static("own/outer.js"))
    assert f'"./{static("own/inner.js").rsplit("/", 1)[1]}"' in content.decode()
    assert not list(tmp_path.glob("data/*.draft"))


def test_where_nothing_can_be_written_files_are_served_as_they_lie(
    collect: Callable[[], None], said: list[str], settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("no directory")
    collect()
    assert len(said) == 1
    assert f"cannot be collected into {settings.STATIC_ROOT} (Not a directory)" in said[0]
    assert static("own/outer.js") == "/static/own/outer.js"
    answer, content = fetch("/static/own/outer.js")
    assert content == (tmp_path / "own" / "outer.js").read_bytes()
    assert answer["Cache-Control"] == "max-age=60, public"


def test_a_broken_reference_is_said_and_leaves_what_was_there(
    collect: Callable[[], None], said: list[str], settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "own" / "outer.js").write_text('import { inner } from "./gone.js";\n')
    collect()
    assert "own/gone.js" in said[0]
    assert list((tmp_path / "data").iterdir()) == []


def test_a_developer_sees_what_is_written_now(collect: Callable[[], None], settings: Any) -> None:
    settings.DEBUG = True
    collect()
    assert not settings.STATIC_ROOT.exists()
    assert static("own/outer.js") == "/static/own/outer.js"
