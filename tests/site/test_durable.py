"""What is answered is on the disk."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from osipi_site import data_dir


def test_sqlite_writes_each_commit_through(tmp_path: Path) -> None:
    """https://sqlite.org/pragma.html#pragma_synchronous: 2 is FULL, without which a power cut takes commits back."""
    with sqlite3.connect(tmp_path / "some.sqlite3") as connection:
        connection.executescript(data_dir.SQLITE_PRAGMAS)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
