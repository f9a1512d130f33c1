"""The rules of the house that a machine can check: who may import whom, and how long things may be."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("piwebapi", "streaming", "events", "osipi_site")

# Bottom first. A module belongs to the longest name that it begins with, and imports from its own layer or below.
LAYERS = (
    ("piwebapi.core", "piwebapi.version"),
    ("streaming.core",),
    ("piwebapi.models",),
    ("piwebapi",),  # access, queries, services and their like
    ("piwebapi.api", "piwebapi.verbs", "piwebapi.resources"),
    ("piwebapi.pages", "piwebapi.admin", "piwebapi.management", "piwebapi.apps", "piwebapi.checks"),
    ("streaming",),
    ("events",),
    ("osipi_site",),
)
RANKS = {name: rank for rank, names in enumerate(LAYERS) for name in names}

# A core computes: no Django, no I/O, no clock. Beside the standard library it may use these.
PURE = ("piwebapi.core", "streaming.core")
PURE_LIBRARIES = {"numpy", "orjson", "pint", "jsonpath", "tzlocal", "pyarrow"}
IMPURE_STANDARD = {
    "os",
    "io",
    "socket",
    "subprocess",
    "threading",
    "asyncio",
    "sqlite3",
    "urllib.request",
    "http",
    "random",
}

SOURCE_LINES, TEST_LINES, FUNCTION_LINES = 300, 400, 40

# path, or path::function -> why it may be longer.
LONGER: dict[str, str] = {
    "tests/events/warehouse.py::_handler": "a class in a function: the handler must know its warehouse",
}


def modules(*roots: str) -> list[Path]:
    found = (path for root in roots for path in (ROOT / root).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


CORES = modules("piwebapi/core", "streaming/core")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported, also inside functions; relative names are made absolute."""
    package = path.parent.relative_to(ROOT).parts
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            source = ".".join((*base, *([node.module] if node.module else [])))
            yield from ((node.lineno, f"{source}.{alias.name}") for alias in node.names)


def rank(name: str) -> int | None:
    owners = [layer for layer in RANKS if name == layer or name.startswith(layer + ".")]
    return RANKS[max(owners, key=len)] if owners else None


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def told(faults: Iterable[str]) -> None:
    """One test for a rule, which names all that break it."""
    found = list(faults)
    assert not found, "\n".join(found)


def test_a_module_imports_only_from_its_own_layer_or_below() -> None:
    ranks = {path: rank(dotted(path)) for path in modules(*APPS)}
    told(f"{named(path)} has no layer" for path, own in ranks.items() if own is None)
    told(
        f"{named(path)}:{line}: {name}"
        for path, own in ranks.items()
        for line, name in imports(path)
        if own is not None and (rank(name) or 0) > own
    )


def test_a_core_imports_nothing_that_does_io_or_reads_a_clock() -> None:
    def is_pure(name: str) -> bool:
        top = name.partition(".")[0]
        allowed = top in PURE_LIBRARIES or name.startswith(PURE) or top in sys.stdlib_module_names
        return allowed and not any(name == bad or name.startswith(bad + ".") for bad in IMPURE_STANDARD)

    told(f"{named(path)}:{line}: {name}" for path in CORES for line, name in imports(path) if not is_pure(name))


def test_a_core_is_told_what_time_it_is() -> None:
    clocks = ("now", "utcnow", "today", "time_ns", "monotonic", "perf_counter")
    told(
        f"{named(path)}:{node.lineno}: .{node.func.attr}()"
        for path in CORES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in clocks
    )


def test_a_file_keeps_to_its_length() -> None:
    for allowed, roots in ((SOURCE_LINES, APPS), (TEST_LINES, ("tests",))):
        lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules(*roots)}
        told(f"{name}: {lines} lines" for name, lines in lengths.items() if lines > allowed and name not in LONGER)


def test_a_function_keeps_to_its_length() -> None:
    told(
        f"{named(path)}::{node.name} has {length} lines"
        for path in modules(*APPS, "tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
        and f"{named(path)}::{node.name}" not in LONGER
    )


def test_every_exception_from_the_lengths_is_still_needed() -> None:
    for name in LONGER:
        path, _, function = name.partition("::")
        text = ROOT / path
        assert text.is_file(), name
        if function:
            assert function in text.read_text(encoding="utf-8"), name
        else:
            assert len(text.read_text(encoding="utf-8").splitlines()) > SOURCE_LINES, name
