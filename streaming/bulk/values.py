"""Importing values: rows of a file to the archive, a batch at a time, each batch whole or not at all.

How far a file is done is kept in the database, in the transaction of the batch: an import that was cut off goes on
where it was, and no batch is stored twice, whatever the update option.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from piwebapi.core.chunks import chunks
from piwebapi.core.errors import ApiError, BadRequest
from piwebapi.core.times import parse_time
from piwebapi.core.webid import fold
from piwebapi.models import Counter, DataServer, Point
from streaming import writing
from streaming.archive import sealing
from streaming.compression import Event
from streaming.core.series import BAD, QUESTIONABLE
from streaming.core.states import BAD_INPUT, system_code

from .files import Row, Source

#: so many values are packed before more come, or each insert into the table of rows takes longer than the last
SEALED_EVERY = 500_000


@dataclass
class Report:
    """`line`: the last one that is done. `needless`: rows that changed nothing, since an event was there, none was, or
    compression leaves them out."""

    line: int = 0
    stored: int = 0
    needless: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Progress:
    """A file that has changed is another one; so is one that goes to another server or with another option."""

    name: str

    @classmethod
    def of(cls, path: Path, server: DataServer, option: str) -> Progress:
        stat = path.stat()
        told = f"{path.resolve()}\n{stat.st_size}\n{stat.st_mtime_ns}\n{server.pk}\n{option}"
        return cls(f"import:{blake2b(told.encode(), digest_size=8).hexdigest()}:")

    def report(self) -> Report:
        rows = Counter.objects.filter(name__startswith=self.name).values_list("name", "value")
        return Report(**{name.removeprefix(self.name): value for name, value in rows})

    def keep(self, report: Report) -> None:
        for part in fields(report):
            Counter.objects.update_or_create(name=self.name + part.name, defaults={"value": getattr(report, part.name)})

    def forget(self) -> None:
        Counter.objects.filter(name__startswith=self.name).delete()


def run(
    source: Source,
    progress: Progress,
    *,
    server: DataServer,
    option: str,
    now: int,
    tell: Callable[[int], Any],
    fault: Callable[[int, str], Any],
) -> Report:
    """`tell`: how much more is done; `fault`: a line and why it is refused, in their order."""
    report = progress.report()
    reader = Reader(server, option, now)
    fresh = 0
    for rows, done in source.read(report.line):
        if rows:
            events, faults = reader.events_of(rows)
            with transaction.atomic():
                outcome = writing.store(events, reader.written(events), option)
                stored = outcome.added + outcome.updated + outcome.removed
                report.line, report.refused = rows[-1].line, report.refused + len(faults)
                report.stored += stored
                report.needless += max(len(rows) - len(faults) - stored, 0)
                progress.keep(report)
            for line, why in faults:
                fault(line, why)
            fresh += stored
        if fresh >= SEALED_EVERY:
            fresh -= sealing.seal()
        tell(done)
    while sealing.seal():
        pass
    progress.forget()
    return report


class Reader:
    """Rows into events, with what the rows have in common: points, sets of states, times."""

    def __init__(self, server: DataServer, option: str, now: int) -> None:
        self.server, self.option, self.now = server, option, now
        self.points: dict[str, Point | None] = {}
        self.states: dict[Any, dict[str, int]] = {}
        self.times: dict[str, int] = {}

    def events_of(self, rows: list[Row]) -> tuple[dict[int, list[Event]], list[tuple[int, str]]]:
        """By point, and the lines that are refused with the reasons."""
        self._look_up({row.point for row in rows} - self.points.keys())
        self.times.clear()
        events: dict[int, list[Event]] = {}
        faults: list[tuple[int, str]] = []
        for row in rows:
            try:
                point = self._point(row)
                event = self._event(row, point)
            except ApiError as error:
                faults.append((row.line, error.messages[0]))
            else:
                events.setdefault(point.pk, []).append(event)
        return events, faults

    def written(self, events: Mapping[int, Any]) -> list[Point]:
        return [point for point in self.points.values() if point is not None and point.pk in events]

    def _point(self, row: Row) -> Point:
        if row.wrong:
            raise BadRequest(row.wrong)
        if not row.point:
            raise BadRequest("the point is missing.")
        point = self.points[row.point]
        if point is None:
            raise BadRequest(f"there is no point '{row.point}'.")
        writing.refuse_unwritable(point)
        return point

    def _event(self, row: Row, point: Point) -> Event:
        ticks = row.timestamp if isinstance(row.timestamp, int) else self._time(row.timestamp)
        writing.refuse_out_of_time(point, ticks, self.now)
        if self.option == "Remove":
            return ticks, 0.0, 0
        value, quality = row.value, row.quality.casefold()
        if quality not in ("", "good", "questionable"):
            return ticks, float(_state(quality, value)), BAD
        if value is None or (value == "" and point.point_type != "String"):
            raise BadRequest("the value is missing.")
        kept, bad = writing.kept_of(point, value, self.states.get(point.digital_set_id, {}), self.now)
        return ticks, kept, bad | (QUESTIONABLE if quality == "questionable" else 0)

    def _time(self, text: str | None) -> int:
        """Files tell many values of one time, one after the other."""
        if not text:
            raise BadRequest("the timestamp is missing.")
        if text not in self.times:
            zone = timezone.get_default_timezone()
            self.times[text] = parse_time(text, now=self.now, zone=zone, name="timestamp")
        return self.times[text]

    def _look_up(self, names: set[str]) -> None:
        """Tags of the data server, whatever their case; a path may name it, too."""
        prefix = fold(f"\\\\{self.server.name}\\")
        keys = {name: fold(name).removeprefix(prefix) for name in names}
        found: dict[str, Point] = {}
        for chunk in chunks(sorted(set(keys.values()))):
            rows = Point.objects.filter(server=self.server, name_key__in=chunk)
            found |= {point.name_key: point for point in rows}
        self.points.update({name: found.get(key) for name, key in keys.items()})
        self.states |= writing.states_of(found.values())


def _state(quality: str, value: Any) -> int:
    """``bad`` with the name of a SYSTEM state as the value, or the name as the quality; else Bad Input: a point
    cannot hold a number and that it is bad."""
    code = system_code(str(value)) if quality == "bad" else system_code(quality)
    if code is None and quality != "bad":
        raise BadRequest(f"the quality '{quality}' is not good, questionable, bad or a state of the SYSTEM set.")
    return BAD_INPUT if code is None else code
