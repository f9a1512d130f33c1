"""Recorded values of many streams in a window: every one once, however the server cuts its answers.

A stream set is asked for at most so many values of each stream. Where an answer is full, the stream goes on at the time
of its last value, which is held back: it comes again, with whatever else happened at that time, so neither a gap
nor a double can arise. The value at which a stream goes on has to be in the next answer; if it is not, the answer lacks
something and is asked for again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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
#: fewer values of one stream are not asked for: pages would become tiny
LEAST = 100


@dataclass(slots=True)
class Cursor:
    """Where a stream goes on (microseconds). `anchored`: a value is known to be there."""

    web_id: str
    at: int
    anchored: bool = False
    error: str = ""
    tries: int = 0
    units: str = ""
    page: int = 0
    lost_anchors: int = field(default=0)


def recorded(client: PiClient, cursors: Sequence[Cursor], end: int) -> Iterator[tuple[Cursor, Events]]:
    """The values with at <= time <= end of each stream, in their order. A stream that fails tells so in its cursor
    and is left; what it gave before is good. Holds one answer at a time."""
    source = client.source
    waiting = [cursor for cursor in cursors if cursor.at <= end]
    most = max(source.streams_per_request, 1)
    while waiting:
        waiting.sort(key=lambda cursor: (cursor.page, cursor.at))
        group = [cursor for cursor in waiting[:most] if cursor.page == waiting[0].page]
        try:
            answers = _asked(client, group, end)
        except TooMuch:
            most = _less(group, most)
            continue
        except NotFound as error:
            most = _without(group, most, error)
            waiting = [cursor for cursor in waiting if not cursor.error]
            continue
        over = set()
        for cursor, events, whole in answers:
            if events is not None and len(events):
                yield cursor, events
            if whole or cursor.error:
                over.add(id(cursor))
        waiting = [cursor for cursor in waiting if id(cursor) not in over]


def _less(group: Sequence[Cursor], most: int) -> int:
    """How many streams to ask next. With one stream alone its page is halved."""
    if len(group) > 1:
        return max(len(group) // 2, 1)
    [cursor] = group
    cursor.page = _page_of(cursor, 1, most) // 2
    if cursor.page < LEAST:
        cursor.error = "the server allows too few values at once"
        cursor.page = LEAST
        raise SourceError(f"The server takes no request for {LEAST} values of one stream.", permanent=True)
    return most


def _without(group: Sequence[Cursor], most: int, error: NotFound) -> int:
    """One of the streams is gone: they are asked in smaller groups until it is alone."""
    if len(group) > 1:
        return max(len(group) // 2, 1)
    group[0].error = error.sentence
    return max(most, 1) * 2


def _page_of(cursor: Cursor, streams: int, most: int) -> int:
    return cursor.page or max(most // max(streams, 1), LEAST)


def _asked(client: PiClient, group: Sequence[Cursor], end: int) -> list[tuple[Cursor, Events | None, bool]]:
    start = min(cursor.at for cursor in group)
    page = group[0].page or max(client.source.values_per_request // len(group), LEAST)
    query = [("webId", cursor.web_id) for cursor in group]
    query += [("startTime", iso(start)), ("endTime", iso(end)), ("maxCount", str(page)), ("selectedFields", FIELDS)]
    body = client.get("streamsets/recorded", query)
    found = {str(item.get("WebId")): item for item in body.get("Items") or []}
    return [_taken(cursor, found.get(cursor.web_id), start, end, page) for cursor in group]


def _taken(
    cursor: Cursor, item: dict[str, object] | None, start: int, end: int, page: int
) -> tuple[Cursor, Events | None, bool]:
    """What the answer brings for one stream, and whether it is read to the end. (cursor, None, False): ask again."""
    if item is None or item.get("Errors"):
        return _retry(cursor, f"the server tells {(item or {}).get('Errors') or 'nothing about it'}")
    rows = item.get("Items")
    try:
        events = events_of(rows if isinstance(rows, list) else [])
    except ValueError as error:
        return _retry(cursor, str(error))
    if rows and isinstance(rows, list):
        cursor.units = str(rows[0].get("UnitsAbbreviation") or item.get("UnitsAbbreviation") or cursor.units)
    full = len(events) >= page
    if not full and cursor.anchored and not bool((events.times == cursor.at).any()):
        if cursor.tries < AGAIN:
            cursor.tries += 1
            return cursor, None, False
        cursor.lost_anchors += 1  # deleted at the source since, or never to be had again
    if len(events) > 1 and bool((np.diff(events.times) < 0).any()):
        events = events.take(np.argsort(events.times, kind="stable"))
    last = int(events.times[-1]) if len(events) else cursor.at
    wanted = events.take((events.times >= cursor.at) & (events.times <= end))
    if not full:
        cursor.tries = 0
        return cursor, wanted, True
    if last <= start:  # a page of values at one time
        cursor.page = page * 2
        return cursor, None, False
    if last <= cursor.at:
        return cursor, None, False  # the others of the group were behind; it goes on where it stands
    cursor.tries, cursor.at, cursor.anchored = 0, last, True
    return cursor, wanted.take(wanted.times < last), False


def _retry(cursor: Cursor, told: str) -> tuple[Cursor, None, bool]:
    cursor.tries += 1
    if cursor.tries > AGAIN:
        cursor.error = told
        return cursor, None, True
    return cursor, None, False
