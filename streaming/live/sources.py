"""Streams as the hub wants them: what a tag is called, how its values look, where they come from."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import orjson

from piwebapi.models import Point
from streaming.board import newest_all
from streaming.core import simulator
from streaming.core.render import ValueFormat, fragments, timed_values, unit_text
from streaming.core.series import Rows, Series
from streaming.readers import Computed, Simulated, Stored
from streaming.streams import Stream

from .hub import Clock, Tag

PLAIN = ValueFormat()


@dataclass(frozen=True, eq=False)
class Source:
    """The detail of a tag."""

    key: Hashable
    stream: Stream
    fmt: ValueFormat
    unit: bytes

    @property
    def point(self) -> int | None:
        """The point whose written values it tells."""
        return self.stream.reader.point if isinstance(self.stream.reader, Stored) else None

    @property
    def clock(self) -> Clock:
        if self.point is not None:
            return "log"
        if isinstance(self.stream.reader, Simulated):
            return "sampled"
        return "computed" if isinstance(self.stream.reader, Computed) else "still"

    @cached_property
    def web_id(self) -> str:
        return self.stream.web_id()

    @cached_property
    def described(self) -> orjson.Fragment:
        """What a subscriber is told of the stream; as JSON, because a thousand sockets may ask."""
        told = {"WebId": self.web_id, "Name": self.stream.name, "Path": self.stream.path}
        return orjson.Fragment(orjson.dumps({**told, "UnitsAbbreviation": self.fmt.units}))

    @property
    def usual(self) -> bool:
        """Whether `fragments` writes its values without being told how."""
        return self.fmt.type == PLAIN.type and self.fmt.states is None


def source_of(stream: Stream, *, engineering: bool = False) -> Source:
    """`engineering`: a point shows its engineering units, as the subscribe socket does; over REST it has none."""
    fmt = stream.fmt
    if engineering and isinstance(stream.obj, Point):
        fmt = replace(fmt, units=stream.obj.engineering_units)
    key = (stream.segment, type(stream.obj).__name__, stream.obj.pk, fmt.units)
    return Source(key, stream, fmt, unit_text(fmt.units))


def current_values(sources: Sequence[Source], now: int) -> list[tuple[int, bytes] | None]:
    """Time and JSON of the newest event of each; asks the database for written points, once."""
    found = newest_all([source.stream.reader for source in sources], now)
    events = [(source, series) for source, series in zip(sources, found, strict=True) if len(series)]
    texts = iter(event_texts(events))
    return [(int(series.times[0]), next(texts)) if len(series) else None for series in found]


def event_texts(events: Sequence[tuple[Source, Series]]) -> list[bytes]:
    """The JSON of events, each a series of one. Numbers of the usual kind are written together."""
    numbers = [place for place, (source, series) in enumerate(events) if source.usual and not series.is_object]
    texts = [b""] * len(events)
    if numbers:
        columns = Series.concat(*(events[place][1] for place in numbers))
        units = [events[place][0].unit for place in numbers]
        for place, text in zip(numbers, fragments(columns.times, columns.values, columns.flags, units), strict=True):
            texts[place] = text
    for place, (source, series) in enumerate(events):
        if not texts[place]:
            texts[place] = timed_values(series, source.fmt)
    return texts


class Sampler:
    """All simulated tags that somebody wants, computed in one step."""

    def __init__(self) -> None:
        self.tags: dict[Tag, None] = {}
        self._order: list[Tag] = []
        self._units: list[bytes] = []
        self._formats: dict[int, ValueFormat] = {}
        self._table = simulator.SignalTable([])
        self._seen = np.empty(0, np.int64)
        self._stale = False

    def add(self, tags: Iterable[Tag]) -> None:
        self.tags.update(dict.fromkeys(tags))
        self._stale = True

    def discard(self, tags: Iterable[Tag]) -> None:
        for tag in tags:
            if tag in self.tags:
                del self.tags[tag]
                self._stale = True

    def sample(self, now: int) -> Iterable[tuple[Tag, int, bytes]]:
        """The tags with an event that has not been sampled yet: tag, time and JSON. 0.5 us a tag. Not as a list: ten
        thousand tuples at once would call the collector of cycles every second."""
        if self._stale:
            self._build()
        times, values, flags = simulator.snapshot(self._table, now)
        rows: Rows = np.flatnonzero(times > self._seen)
        if not len(rows):
            return []
        self._seen = times
        if len(rows) == len(times):
            units, formats, tags = self._units, self._formats, self._order
        else:
            chosen = rows.tolist()
            units, tags = [self._units[row] for row in chosen], [self._order[row] for row in chosen]
            formats = {at: self._formats[row] for at, row in enumerate(chosen) if row in self._formats}
        texts = fragments(times[rows], values[rows], flags[rows], units, formats)
        return zip(tags, times[rows].tolist(), texts, strict=True)

    def _build(self) -> None:
        self._order = list(self.tags)
        details: list[Source] = [tag.detail for tag in self._order]
        self._units = [source.unit for source in details]
        self._formats = {row: source.fmt for row, source in enumerate(details) if not source.usual}
        self._table = simulator.SignalTable([source.stream.reader.signal for source in details])  # type: ignore[attr-defined]
        self._seen = np.array([tag.time for tag in self._order], np.int64)
        self._stale = False
