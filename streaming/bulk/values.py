"""Importing values: rows of a file to the archive, a batch at a time, each batch whole or not at all.

Every batch that is stored is noted in a file of the data directory, so an import that was cut off goes on where
it was. With the usual option NoReplace a batch that was stored, but not yet noted, changes nothing again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from piwebapi.core.errors import BadRequest
from piwebapi.core.times import format_ticks
from piwebapi.core.webid import fold
from piwebapi.models import DataServer, Point
from streaming import writing
from streaming.core.states import BAD_INPUT, system_code

from .files import Row, Source


@dataclass
class Report:
    rows: int = 0
    stored: int = 0
    refused: int = 0
    #: the first ones, with their lines
    faults: list[str] = field(default_factory=list)

    def fault(self, row: Row, why: str, most: int = 1_000) -> None:
        self.refused += 1
        if len(self.faults) < most:
            self.faults.append(f"line {row.line}: {why}")


@dataclass(frozen=True)
class Progress:
    """How many lines of a file are done. A file that has changed is another one."""

    note: Path

    @classmethod
    def of(cls, path: Path, folder: Path) -> Progress:
        stat = path.stat()
        key = blake2b(f"{path.resolve()}\n{stat.st_size}\n{stat.st_mtime_ns}".encode(), digest_size=8).hexdigest()
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder / f"{key}.json")

    def done(self) -> int:
        return int(orjson.loads(self.note.read_bytes())["line"]) if self.note.exists() else 0

    def set(self, line: int) -> None:
        draft = self.note.with_suffix(".new")
        draft.write_bytes(orjson.dumps({"line": line}))
        draft.replace(self.note)

    def forget(self) -> None:
        self.note.unlink(missing_ok=True)


def run(
    source: Source,
    progress: Progress,
    *,
    server: DataServer,
    option: str,
    now: int,
    tell: Callable[[int], Any],
) -> Report:
    report = Report()
    points: dict[str, Point | None] = {}
    for rows, done in source.read(progress.done()):
        if rows:
            _store(rows, points, server, option, now, report)
            progress.set(rows[-1].line)
        tell(done)
    progress.forget()
    return report


def _store(
    rows: list[Row], points: dict[str, Point | None], server: DataServer, option: str, now: int, report: Report
) -> None:
    _look_up({row.point for row in rows} - points.keys(), points, server)
    by_point: dict[int, tuple[Point, list[Row], list[dict[str, Any]]]] = {}
    for row in rows:
        report.rows += 1
        point = points[row.point]
        if point is None:
            report.fault(row, f"there is no point '{row.point}'." if row.point else "the point is missing.")
            continue
        try:
            value = _value(row, point)
        except BadRequest as error:
            report.fault(row, error.messages[0])
            continue
        _, told, values = by_point.setdefault(point.pk, (point, [], []))
        told.append(row)
        values.append(value)
    fates = writing.write([(point, values) for point, _, values in by_point.values()], option, now)
    for (_, told, _), several in zip(by_point.values(), fates, strict=True):
        for row, fate in zip(told, several, strict=True):
            if fate.status >= 400:
                report.fault(row, fate.message)
            else:
                report.stored += 1


def _look_up(names: set[str], points: dict[str, Point | None], server: DataServer) -> None:
    """Tags of the data server, whatever their case; a path may name it, too."""
    prefix = fold(f"\\\\{server.name}\\")
    keys = {name: fold(name).removeprefix(prefix) for name in names}
    found: dict[str, Point] = {}
    for chunk in _chunks(sorted(set(keys.values()))):
        rows = Point.objects.filter(server=server, name_key__in=chunk).select_related("digital_set")
        found |= {point.name_key: point for point in rows}
    points.update({name: found.get(key) for name, key in keys.items()})


def _chunks(items: list[str], size: int = 500) -> Iterator[list[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _value(row: Row, point: Point) -> dict[str, Any]:
    """The row as a client would send it."""
    value = row.value
    quality = row.quality.casefold()
    if value is None or value == "":
        if quality in ("", "good", "questionable") and point.point_type != "String":
            raise BadRequest("the value is missing.")
        value = "" if value is None else value
    stamp = format_ticks(row.timestamp) if isinstance(row.timestamp, int) else row.timestamp
    if stamp in (None, ""):
        raise BadRequest("the timestamp is missing.")
    found = {"Timestamp": stamp, "Value": value}
    if quality == "questionable":
        found["Questionable"] = True
    elif quality not in ("", "good"):
        found["Value"] = {"IsSystem": True, "Value": _state(quality, value)}
    return found


def _state(quality: str, value: Any) -> int:
    """``bad`` with the name of a SYSTEM state as the value, or the name as the quality; else Bad Input: a point
    cannot hold a number and that it is bad."""
    code = system_code(str(value)) if quality == "bad" else system_code(quality)
    if code is None and quality != "bad":
        raise BadRequest(f"the quality '{quality}' is not good, questionable, bad or a state of the SYSTEM set.")
    return BAD_INPUT if code is None else code
