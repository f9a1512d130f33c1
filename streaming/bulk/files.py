"""Files of values: rows of point, timestamp, value and quality, batch by batch, so that any size fits.

A CSV file (UTF-8, optionally with a header that names the columns in any order; separated by comma, semicolon or tab)
or a Parquet file with columns of these names, whose timestamps are times, dates or texts.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from piwebapi.core.errors import BadRequest

COLUMNS = ("point", "timestamp", "value", "quality")
AT_ONCE = 20_000


class Row(NamedTuple):
    """`line`: where it begins, from 1, in a CSV file with its header. `wrong`: why there is nothing else."""

    line: int
    point: str = ""
    timestamp: Any = None  # a text or ticks
    value: Any = None
    quality: str = ""
    wrong: str = ""


@dataclass(frozen=True)
class Source:
    """`total` units of work, of which `read(skip)` tells with each batch how many it has done; `skip`: the line of the
    last row that is not wanted."""

    total: int
    unit: str
    read: Callable[[int], Iterator[tuple[list[Row], int]]]


def source_of(path: Path) -> Source:
    if not path.is_file():
        raise BadRequest(f"There is no file '{path}'.")
    if path.suffix.lower() in (".parquet", ".pq"):
        from .parquet import parquet_source

        return parquet_source(path)
    with path.open("rb") as file:
        start = file.read(2)
    if not start:
        raise BadRequest(f"'{path.name}' is empty.")
    if start in (b"\xff\xfe", b"\xfe\xff"):
        raise BadRequest(f"'{path.name}' is UTF-16; save it as UTF-8.")
    return Source(path.stat().st_size, "bytes", lambda skip: _csv(path, skip))


def _csv(path: Path, skip: int) -> Iterator[tuple[list[Row], int]]:
    with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
        layout: Layout | None = None
        rows: list[Row] = []
        begun = 0
        for line, cells, wrong in _records(file):
            if layout is None and cells:
                layout = Layout.of(cells)
                if layout.named:
                    continue
            if line > skip and (cells or wrong):
                rows.append(Row(line, wrong=wrong) if wrong or layout is None else layout.row(line, cells))
            if len(rows) >= AT_ONCE:
                yield rows, file.tell() - begun
                rows, begun = [], file.tell()
        yield rows, file.tell() - begun


@dataclass(frozen=True)
class Layout:
    """`pick`: the four columns out of the cells; how many of them a line has; whether the first line names them."""

    pick: Callable[[list[str]], tuple[str, str, str, str]]
    counts: Sequence[int]
    named: bool

    @classmethod
    def of(cls, cells: Sequence[str]) -> Layout:
        names = [cell.strip().lower() for cell in cells]
        if not set(COLUMNS[:3]) <= set(names):
            return cls(itemgetter(0, 1, 2, 3), (4, 3), False)
        places = [names.index(column) if column in names else -1 for column in COLUMNS]
        return cls(itemgetter(*places), (len(names),), True)

    def row(self, line: int, cells: list[str]) -> Row:
        """Too many cells may be a number with a comma, too few a line that was cut off: neither is guessed at."""
        if len(cells) not in self.counts and any(cells[self.counts[0] :]) or len(cells) < self.counts[-1]:
            return Row(line, wrong=f"{len(cells)} columns instead of {' or '.join(map(str, sorted(self.counts)))}.")
        if not "".join(cells).isascii() and not _is_text(cells):
            return Row(line, wrong="it is not UTF-8.")
        cells.append("")  # for what is not there
        point, timestamp, value, quality = self.pick(cells)
        return Row(line, point.strip(), timestamp, value, quality.strip())


def _is_text(cells: Sequence[str]) -> bool:
    """Whether no byte had to be escaped."""
    return not any("\udc80" <= letter <= "\udcff" for cell in cells for letter in cell)


class _Lines:
    """The lines of a file, which may be put back; `taken` since the last record."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.back: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.back.popleft() if self.back else self.file.readline()  # unlike iteration it lets `tell` work
        if not line:
            raise StopIteration
        self.taken.append(line)
        return line


def _records(file: TextIO) -> Iterator[tuple[int, list[str], str]]:
    """Line, cells, and what is wrong. A text in quotes may have several lines; of one that does not end only its first
    line is lost."""
    first = next((line for line in iter(file.readline, "") if line.strip()), "")
    file.seek(0)
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=max(",;\t", key=first.count), strict=True)
    line = 1
    while True:
        lines.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.back.extendleft(reversed(lines.taken[1:]))
            yield line, [], f"{error}."
            line += 1
        else:
            yield line, cells, ""
            line += len(lines.taken)
