"""The content of an AF table, with an index per column that is asked for equality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from piwebapi.core.webid import fold

from .values import converted, text_of


class Rows:
    """`columns` maps names to types in order (``{"Model": "String"}``); `cells` has one sequence per row.

    Texts compare without regard to case, as in a .NET DataTable. The first look-up by a column reads all rows
    once, the next ones are a dict access.
    """

    def __init__(self, columns: Mapping[str, str], cells: Sequence[Sequence[object]]) -> None:
        self.types = list(columns.values())
        self.cells = cells
        self._position = {fold(name): at for at, name in enumerate(columns)}
        self._index: dict[int, dict[str, list[int]]] = {}

    def position(self, column: str) -> int | None:
        return self._position.get(fold(column))

    def cell(self, row: int, at: int) -> object:
        """As a Python value: columns of dates and times give aware datetimes."""
        cells = self.cells[row]
        return converted(cells[at], self.types[at]) if at < len(cells) else None

    def equal(self, at: int, value: object) -> Sequence[int]:
        """The rows whose cell reads as the value does, in order. ValueError for a value that the column
        cannot hold."""
        if at not in self._index:
            index = self._index[at] = {}
            for row in range(len(self.cells)):
                index.setdefault(_key(self.cell(row, at)), []).append(row)
        return self._index[at].get(_key(converted(value, self.types[at])), ())


def _key(value: object) -> str:
    return fold(text_of(value)).rstrip()
