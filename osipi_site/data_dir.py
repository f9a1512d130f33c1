"""What lives in the data directory, and the settings that follow: database, queue, generated key."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

KEY_FILE = "secret_key"

# WAL lets readers go on while one writer writes; FULL: what was answered is on the disk, as on PostgreSQL (NORMAL would
# lose the last commits on a power cut). mmap and the 16 MB page cache are per connection, that is per thread.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-16000;"
    "PRAGMA mmap_size=268435456;PRAGMA temp_store=MEMORY;PRAGMA journal_size_limit=67108864"
)


def prepared(given: str, base: Path) -> Path:
    """The data directory, absolute, made if it is not there. A relative path starts at the checkout."""
    path = (base / Path(given).expanduser()).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise ImproperlyConfigured(
            f"OSIPI_DATA_DIR is {given!r}; accepted is a directory that can be made ({fault.strerror})."
        ) from None
    return path


def secret_key(directory: Path) -> str:
    """The key generated at the first start, readable by its owner only.

    Server and worker may start at once on an empty directory: the file is linked into place whole, so that
    the second of the two finds the first one's key and no process ever reads half of it.
    """
    path = directory / KEY_FILE
    if not path.exists():
        draft = directory / f"{KEY_FILE}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50), encoding="ascii")
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


def database(directory: Path, url: str) -> dict[str, Any]:
    """Django's description of the one database: PostgreSQL by `url`, else SQLite in the data directory.

    Connections live as long as their thread, and threads are bounded (OSIPI_THREADS per process and
    Channels' own), so a pool on top would only add a hand-over. A transaction on SQLite takes the write
    lock when it begins: upgrading a read transaction later fails at once, whatever the timeout.
    """
    if url:
        return dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": directory / "osipi.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": SQLITE_PRAGMAS},
    }


def file_broker(directory: Path) -> dict[str, Any]:
    """Options of `file_queue.py` for `queue/`: works across processes, needs no server.

    A message is taken by renaming it into `done/`, which is atomic on one disk;
    `osipi_site.tasks.sweep_queue` empties that folder. kombu makes none of the folders itself.
    """
    queue = directory / "queue"
    for name in ("waiting", "done", "control"):
        (queue / name).mkdir(parents=True, exist_ok=True)
    waiting = str(queue / "waiting")
    return {
        "data_folder_in": waiting,
        "data_folder_out": waiting,
        "store_processed": True,
        "processed_folder": str(queue / "done"),
        "control_folder": str(queue / "control"),
        "polling_interval": 0.5,
    }


def time_zone(given: str, machine: str) -> str:
    try:
        return ZoneInfo(given or machine).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if not given:
            return "UTC"
        raise ImproperlyConfigured(
            f"OSIPI_TIME_ZONE is {given!r}; accepted is an IANA time zone, as Europe/Berlin."
        ) from None
