"""Recorded values of many streams in a window: every one once, however the server cuts its answers.

A stream set is asked for at most so many values of each stream. Where an answer is full, the stream goes on at the time
of its last value, which is held back: it comes again, with whatever else happened at that time, so neither a gap
nor a double can arise. That value (the anchor) has to be in the next answer; if it is not, the answer lacks something
and is asked for again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from events.ingestion.client import PiClient
from events.ingestion.columns import Events, events_of, iso
from events.ingestion.faults import NotFound, SourceError, TooMuch

FIELDS = ";".join(
    (
        *("Items.WebId", "Items.Errors", "Items.UnitsAbbreviation", "Items.Items.Timestamp", "Items.Items.Value"),
        *("Items.Items.Good", "Items.Items.Questionable", "Items.Items.Substituted", "Items.Items.UnitsAbbreviation"),
    )
)
AGAIN = 3
#: a server that refuses so few values in one answer is not asked for fewer
LEAST = 8


@dataclass(slots=True)
class Cursor:
    """Where a stream goes on (microseconds). `anchor`: when a value is known to be. `page`: asked alone, for so many
    values."""

    web_id: str
    at: int
    anchor: int | None = None
    error: str = ""
    units: str = ""
    tries: int = 0
    page: int = 0


@dataclass(slots=True)
class Portion:
    """How much is asked at once: halved where the server says that it is too much, as often as needed."""

    streams: int
    values: int
    span: int

    def halve(self) -> None:
        self.streams = max(self.streams // 2, 1)
        self.values //= 2
        self.span //= 2

    @property
    def is_least(self) -> bool:
        return self.values < LEAST


@dataclass(frozen=True, slots=True)
class Asked:
    start: int
    until: int
    page: int
    end: int


def recorded(client: PiClient, cursors: Sequence[Cursor], end: int) -> Iterator[tuple[Cursor, Events]]:
    """The values with at <= time <= end of each stream, in their order. A stream that fails tells so in its cursor
    and is left; what it gave before is good. Holds one answer at a time."""
    source = client.source
    waiting = [cursor for cursor in cursors if cursor.at <= end]
    if not waiting:
        return
    portion = Portion(source.streams_per_request, source.values_per_request, end - min(one.at for one in waiting) + 1)
    while waiting:
        waiting.sort(key=lambda cursor: (cursor.page, cursor.at))
        group = waiting[:1] if waiting[0].page else [one for one in waiting[: portion.streams] if not one.page]
        try:
            answers = _ask(client, group, end, portion)
        except TooMuch as error:
            _ask_less(group, portion, error)
            answers = []
        except NotFound as error:
            if len(group) == 1:
                group[0].error = error.sentence
            portion.streams = max(len(group) // 2, 1)
            answers = []
        over = {id(cursor) for cursor in group if cursor.error}
        for cursor, events, whole in answers:
            if events is not None and len(events):
                yield cursor, events
            if whole or cursor.error:
                over.add(id(cursor))
        waiting = [cursor for cursor in waiting if id(cursor) not in over]


def _ask_less(group: Sequence[Cursor], portion: Portion, error: TooMuch) -> None:
    if group[0].page:
        group[0].error = "more values stand at one time than the server gives at once"
        return
    portion.halve()
    if portion.is_least:
        raise SourceError(error.sentence, permanent=True)


def _ask(
    client: PiClient, group: Sequence[Cursor], end: int, portion: Portion
) -> list[tuple[Cursor, Events | None, bool]]:
    start = min(cursor.at for cursor in group)
    page = group[0].page or max(portion.values // len(group), 2)
    asked = Asked(start, min(end, start + portion.span), page, end)
    query = [("webId", cursor.web_id) for cursor in group]
    query += [("startTime", iso(start)), ("endTime", iso(asked.until)), ("maxCount", str(page))]
    body = client.get("streamsets/recorded", [*query, ("selectedFields", FIELDS)])
    found = {str(item.get("WebId")): item for item in body.get("Items") or [] if isinstance(item, dict)}
    return [_taken(cursor, found.get(cursor.web_id), asked) for cursor in group]


def _taken(cursor: Cursor, item: dict[str, Any] | None, asked: Asked) -> tuple[Cursor, Events | None, bool]:
    """What the answer brings for one stream, and whether it is read to the end. (cursor, None, False): ask again."""
    rows = (item or {}).get("Items")
    if item is None or item.get("Errors") or not isinstance(rows, list):
        return _again(cursor, f"the server tells {(item or {}).get('Errors') or 'nothing about it'}")
    try:
        events = _ordered(events_of(rows))
    except ValueError as error:
        return _again(cursor, str(error))
    if rows:
        cursor.units = str(rows[0].get("UnitsAbbreviation") or item.get("UnitsAbbreviation") or cursor.units)
    full = len(events) >= asked.page
    reach = int(events.times[-1]) if full else asked.until
    is_lost = cursor.anchor is not None and cursor.at <= cursor.anchor <= reach and cursor.anchor not in events.times
    if is_lost and cursor.tries < AGAIN:  # after that it counts as deleted at the source
        cursor.tries += 1
        return cursor, None, False
    if full and reach <= asked.start:  # a page of values at one time
        cursor.page = asked.page * 2
        return cursor, None, False
    if reach < cursor.at or (full and reach == cursor.at):
        return cursor, None, False  # others of the group are behind
    cursor.tries = 0
    wanted = events.take((events.times >= cursor.at) & (events.times <= reach))
    if not full and asked.until == asked.end:
        return cursor, wanted, True
    cursor.at, cursor.page = reach, 0
    cursor.anchor = reach if reach in events.times else None
    return cursor, wanted.take(wanted.times < reach), False


def _ordered(events: Events) -> Events:
    if len(events) > 1 and bool((np.diff(events.times) < 0).any()):
        return events.take(np.argsort(events.times, kind="stable"))
    return events


def _again(cursor: Cursor, told: str) -> tuple[Cursor, None, bool]:
    cursor.tries += 1
    if cursor.tries > AGAIN:
        cursor.error = told
    return cursor, None, bool(cursor.error)
