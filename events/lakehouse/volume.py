"""Files on a volume of Unity Catalog: how more rows reach a MERGE than the parameters of a statement hold.

A file has a name of its own for each MERGE, so a statement that is sent again reads what it was made for, and one that
comes late finds nothing. A process that dies leaves its file behind; a day later the next one takes it away.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet

_PATH = re.compile(r"/Volumes(/[A-Za-z0-9_-]{1,255}){3,8}")
_FILE = re.compile(r"osipi-(\d{8}T\d{6})Z-[0-9a-f]{32}\.parquet")
_MOMENT = "%Y%m%dT%H%M%S"
#: longer than any process works with a file
LEFT_BEHIND = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Volume:
    """``/Volumes/catalog/schema/volume``, and folders below; letters, digits, ``_`` and ``-`` only, because a
    statement on files takes no parameters. ValueError for another text."""

    path: str

    def __post_init__(self) -> None:
        if not _PATH.fullmatch(self.path):
            raise ValueError(f"{self.path!r} is no volume: /Volumes/catalog/schema/volume is accepted")

    def new_file(self) -> str:
        return f"{self.path}/osipi-{datetime.now(UTC):{_MOMENT}}Z-{uuid4().hex}.parquet"

    def left_behind(self, names: Iterable[str]) -> Iterator[str]:
        """Of the names of files here the paths of those that a dead process has left."""
        for name in names:
            found = _FILE.fullmatch(name)
            if found and datetime.now(UTC) - datetime.strptime(found[1], _MOMENT).replace(tzinfo=UTC) > LEFT_BEHIND:
                yield f"{self.path}/{name}"


def as_parquet(rows: pa.Table) -> bytes:
    content = io.BytesIO()
    pyarrow.parquet.write_table(rows, content)
    return content.getvalue()
