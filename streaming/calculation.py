"""An expression over streams as something with values: at given times, or wherever an input has an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property

import numpy as np

from streaming.core.expressions import Evaluation, Expression, Kind, evaluate
from streaming.core.render import ValueFormat
from streaming.core.series import Series, Times, distinct
from streaming.environment import StreamEnvironment
from streaming.readers import JUDGED, read_all, refuse_long
from streaming.streams import Stream

_FORMATS = {Kind.NUMBER: "Float64", Kind.STATE: "Digital", Kind.TIME: "DateTime", Kind.OBJECT: "Object"}


@dataclass(frozen=True)
class Calculation:
    """`streams`: what the names mean (`streaming.binding`)."""

    expression: Expression
    streams: Mapping[str, Stream]
    zone: tzinfo
    now: int

    def at(self, times: Times) -> tuple[Series, ValueFormat]:
        """One value per time, in the order of the times."""
        found: Evaluation = evaluate(self.expression, StreamEnvironment(times, self.zone, self.now, self.streams))
        return found.series, ValueFormat(_FORMATS[found.kind], found.states)  # type: ignore[arg-type]

    def times(self, low: int, high: int, *, outer: bool = False) -> Times:
        """When any of the streams has an event, each time once, ascending; `outer` adds the neighbours."""
        readers = [stream.reader for stream in self._moving]
        refuse_long(readers, low, high, JUDGED)
        found = [series.times for series in read_all(readers, low, high, now=self.now, outer=outer)]
        return distinct(np.concatenate([*found, np.empty(0, np.int64)]))

    @property
    def step(self) -> bool:
        """A value holds until the next event when every input does."""
        return all(stream.step for stream in self._moving)

    @cached_property
    def _moving(self) -> list[Stream]:
        return [stream for stream in self.streams.values() if not stream.static]
