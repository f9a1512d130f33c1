"""The archive once more, as a list of events: the oracle of the tables."""

from __future__ import annotations

from typing import Any

Event = tuple[int, Any, int]  # ticks, value, flags
BAD, SUBSTITUTED = 1, 4


class PlainArchive:
    """One point. Events of one time stay in the order in which they came."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.log: list[tuple[str, Event]] = []

    def write(self, changes: list[Event], option: str) -> None:
        for change in changes:
            self._write(change, option)
        self.events.sort(key=lambda event: event[0])  # stable

    def _write(self, change: Event, option: str) -> None:
        here = [place for place, event in enumerate(self.events) if event[0] == change[0]]
        if option == "Remove":
            self.log += [("Delete", self.events[place]) for place in here]
            self.events = [event for event in self.events if event[0] != change[0]]
        elif option in ("Insert", "InsertNoCompression") or (not here and option != "ReplaceOnly"):
            self.events.append(change)
            self.log.append(("Add", change))
        elif here and option in ("Replace", "ReplaceOnly"):
            new = (change[0], change[1], change[2] | SUBSTITUTED)
            self.events[here[-1]] = new
            self.log.append(("Update", new))

    def read(self, start: int, end: int, outer: bool, limit: int | None, reverse: bool) -> list[Event]:
        before = [event for event in self.events if event[0] < start][-1:] if outer else []
        after = [event for event in self.events if event[0] > end][:1] if outer else []
        inside = [event for event in self.events if start <= event[0] <= end]
        if limit is not None and len(inside) > limit:
            inside = inside[-limit:] if reverse else inside[:limit]
            before, after = ([], after) if reverse else (before, [])
        return before + inside + after
