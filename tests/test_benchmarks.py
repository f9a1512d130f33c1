"""`make bench` runs every program there is, in a world of its own, and tells what it found."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent / "benchmarks"
MINE = {
    "DATABASE_URL": "postgres://somebody@127.0.0.1:1/plant",
    "DATABASE_URL_FILE": "/run/secrets/url",
    "REDIS_URL": "redis://127.0.0.1:1",
    "OSIPI_DATA_DIR": "/srv/plant",
    "OSIPI_ENV_FILE": "/srv/plant/env",
    "DATABRICKS_HOST": "lake.example",
    "PORT": "8010",
}
FOUND = "write, 10,000 values of a stream    2,000.5 values/s\nwrite, one value a request   100.0 values/s\n"


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(HERE))
    spec = importlib.util.spec_from_file_location("bench_runner", HERE / "__main__.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "bench_runner", module)
    spec.loader.exec_module(module)
    return module


def made(runner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, patience: float | None = None) -> Any:
    (tmp_path / "archive.py").write_text(text)
    monkeypatch.setattr(runner, "HERE", tmp_path)
    program = next(one for one in runner.PROGRAMS if one.name == "archive")
    return runner.run(program, "", patience)


def test_every_program_is_run(runner: Any) -> None:
    begun = re.compile(r"^(?:if __name__|main\(\)|asyncio\.run\()", re.MULTILINE)  # others are parts of programs
    there = [path.stem for path in HERE.glob("[a-z]*.py") if begun.search(path.read_text())]
    assert sorted(program.name for program in runner.PROGRAMS) == sorted(there)
    assert len(there) > 10


def test_a_figure_stands_beside_another_one(runner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = made(runner, tmp_path, monkeypatch, f"print({FOUND!r})")
    assert outcome.state == "done"
    first, second = outcome.rows()
    assert first == ("writing 10,000 values a request", "2,000.5 values/s", "100 one value a request", "20")
    assert second == ("a packed value", "not told", "", "")


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("raise SystemExit(3)", "FAILED (exit code 3)"),
        ("import time; time.sleep(60)", "FAILED (not over after 1 s)"),
        ("print('left out: it is not installed')", "left out"),
    ],
)
def test_what_does_not_end_well_is_told(
    runner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, state: str
) -> None:
    outcome = made(runner, tmp_path, monkeypatch, text, 1 if "sleep" in text else None)
    assert (outcome.state, list(outcome.rows())) == (state, [])


def test_a_program_sees_no_setting_and_leaves_nothing(
    runner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "OSIPI_DATA_DIR", "DATABRICKS_HOST", "OSIPI_BENCH_DATABASE_URL"):
        monkeypatch.setenv(name, "mine")
    text = "import os, subprocess, sys, tempfile; print(*sorted(n for n in os.environ if os.environ[n] == 'mine'));"
    text += (
        "print(tempfile.mkdtemp()); print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid)"
    )
    outcome = made(runner, tmp_path, monkeypatch, text)
    names, folder, child = outcome.output.splitlines()
    assert names == "OSIPI_BENCH_DATABASE_URL"
    assert not Path(folder).exists()
    state = subprocess.run(["ps", "-o", "stat=", "-p", child], capture_output=True, text=True, check=False).stdout  # noqa: S607
    assert state.strip()[:1] in ("", "Z")
    assert os.environ["DATABASE_URL"] == "mine"


def those_with(pattern: str) -> list[str]:
    return [path.stem for path in sorted(HERE.glob("[a-z]*.py")) if re.search(pattern, path.read_text(), re.MULTILINE)]


def test_who_sets_django_up_makes_a_plant_first() -> None:
    found = those_with(r"^ *django\.setup\(")
    assert len(found) > 8
    assert those_with(r"own_plant\((?s:.*)django\.setup\(") == found


@pytest.mark.parametrize("name", those_with(r"^django\.setup\("))
def test_a_program_that_is_run_alone_has_a_plant_of_its_own(name: str, tmp_path: Path) -> None:
    """Django is replaced by a module that tells what it is told."""
    told = "import json, os, sys\ndef setup(**given):\n    print(json.dumps(dict(os.environ)))\n    os._exit(0)\n"
    (tmp_path / "django.py").write_text("import sys\n" + told.replace("os._exit(0)", "sys.stdout.flush(); os._exit(0)"))
    stubbed = f"import runpy, sys; sys.path.insert(0, {str(HERE)!r}); import django; sys.argv = ['x']; "
    stubbed += f"runpy.run_path({str(HERE / name)!r} + '.py', run_name='__main__')"
    environment = {**os.environ, **MINE, "PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", stubbed], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert not [setting for setting, value in MINE.items() if seen.get(setting) == value]
    assert seen["OSIPI_ENV_FILE"] == "none"
    assert Path(seen["OSIPI_DATA_DIR"]).is_relative_to(tmp_path)
    assert "DATABASE_URL" not in seen
