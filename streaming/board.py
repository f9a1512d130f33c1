"""Current events."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from streaming.archive import archive
from streaming.core import simulator
from streaming.core.series import SECOND, Series
from streaming.readers import Reader, Simulated, Stored, table_of


def newest_all(readers: Sequence[Reader], now: int) -> list[Series]:
    """The current event of each reader: simulated ones from the board, stored ones in one query."""
    found = iter(board.newest([reader for reader in readers if isinstance(reader, Simulated)], now))
    points = {reader.point for reader in readers if isinstance(reader, Stored)}
    written = archive.newest(sorted(points)) if points else {}
    rows: list[Series] = []
    for reader in readers:
        if isinstance(reader, Simulated):
            rows.append(next(found))
        elif isinstance(reader, Stored):
            rows.append(written.get(reader.point) or reader.birth())
        else:
            rows.append(reader.newest(now))
    return rows


class Board:
    """The current events of the simulated points that were asked for lately, worked out for all of them at once
    each second: 0.6 ms for 10,000 points, where one by itself costs 0.15 ms. They happen at whole seconds."""

    MOST, LONGEST = 20_000, 60

    def __init__(self) -> None:
        self._lock = Lock()
        self._second = self._since = -1
        #: by the key of the signal; the reader is compared, since a point may have changed
        self._current: dict[int, tuple[Simulated, Series]] = {}

    def newest(self, readers: Sequence[Simulated], now: int) -> list[Series]:
        second = now // SECOND
        if second > self._second:
            self._turn(second)
        current = self._current
        rows: list[Series | None] = []
        for reader in readers:
            entry = current.get(reader.signal.key) if second == self._second else None
            rows.append(entry[1] if entry and (entry[0] is reader or entry[0] == reader) else None)
        missing = [place for place, row in enumerate(rows) if row is None]
        for place, row in zip(missing, _snapshot([readers[place] for place in missing], now), strict=True):
            rows[place] = row
            if len(current) < self.MOST:
                current[readers[place].signal.key] = readers[place], row
        return rows  # type: ignore[return-value]

    def _turn(self, second: int) -> None:
        """All that was asked for, at the new second; now and then forgetting what nobody asks for any more."""
        with self._lock:
            if second <= self._second:
                return
            readers = [reader for reader, _ in list(self._current.values())]
            if second - self._since > self.LONGEST:
                self._since, readers = second, []
            rows = _snapshot(readers, second * SECOND)
            self._current = {reader.signal.key: (reader, row) for reader, row in zip(readers, rows, strict=True)}
            self._second = second


def _snapshot(readers: Sequence[Simulated], now: int) -> list[Series]:
    if len(readers) < 2:
        return [reader.newest(now) for reader in readers]
    times, values, flags = simulator.snapshot(table_of(tuple(reader.signal for reader in readers)), now)
    return [Series(times[row : row + 1], values[row : row + 1], flags[row : row + 1]) for row in range(len(readers))]


board = Board()
