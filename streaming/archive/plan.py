"""What changes come to, seen against the events that are there: pure, so that the truth table is a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .rows import Row

ADD, UPDATE, DELETE = 0, 1, 2


@dataclass(slots=True)
class Stored:
    """An event that is there; `key` is that of its row, None while it waits to be put in."""

    row: Row
    key: int | None = None
    changed: bool = False


@dataclass
class Plan:
    """`log`: each accepted change as action, point and row, in order. `bare`: points and times whose annotated
    events are gone."""

    option: str
    substituted: int
    annotated: int
    added: list[tuple[int, Stored]] = field(default_factory=list)
    updated: list[Stored] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    bare: list[tuple[int, int]] = field(default_factory=list)
    log: list[tuple[int, int, Row]] = field(default_factory=list)

    def take(self, point: int, rows: Sequence[Row], present: Mapping[int, list[Stored]]) -> None:
        """The changes of one point; `present`: its events at these times. They may share a time, so each sees
        what the ones before have done."""
        if not present and len({row[0] for row in rows}) == len(rows):
            self._all_new(point, rows)
            return
        known = dict(present)
        for row in rows:
            here = known.setdefault(row[0], [])
            if self.option == "Remove":
                self._remove(point, known.pop(row[0]))
            elif not here or self.option in ("Insert", "InsertNoCompression"):
                if self.option != "ReplaceOnly":
                    here.append(self._add(point, row))
            elif self.option in ("Replace", "ReplaceOnly"):
                self._replace(point, here[-1], row)

    def _all_new(self, point: int, rows: Sequence[Row]) -> None:
        if self.option not in ("Remove", "ReplaceOnly"):
            self.added += [(point, Stored(row)) for row in rows]
            self.log += [(ADD, point, row) for row in rows]

    def _add(self, point: int, row: Row) -> Stored:
        made = Stored(row)
        self.added.append((point, made))
        self.log.append((ADD, point, row))
        return made

    def _replace(self, point: int, event: Stored, row: Row) -> None:
        event.row = (*row[:3], row[3] | self.substituted | (event.row[3] & self.annotated))
        if event.key is not None and not event.changed:
            event.changed = True
            self.updated.append(event)
        self.log.append((UPDATE, point, event.row))

    def mark(self, point: int, event: Stored, annotated: bool) -> None:
        flags = event.row[3] | self.annotated if annotated else event.row[3] & ~self.annotated
        if flags != event.row[3]:
            event.row = (*event.row[:3], flags)
            self.updated.append(event)
            self.log.append((UPDATE, point, event.row))

    def _remove(self, point: int, events: list[Stored]) -> None:
        for event in events:
            if event.key is not None:
                self.removed.append(event.key)
            self.log.append((DELETE, point, event.row))
            if event.row[3] & self.annotated:
                self.bare.append((point, event.row[0]))
