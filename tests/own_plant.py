"""A plant of its own for a program that is run from a shell which may hold the settings of somebody's plant."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]

SETTINGS = {"DATABASE_URL", "REDIS_URL", "PORT", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG", "MOCK_PI_TAG_COUNT"}
#: names a database in which benchmarks may make and drop a schema; it is the only setting that is kept
BENCH_DATABASE = "OSIPI_BENCH_DATABASE_URL"


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that tell nothing of a plant."""
    return {
        name: value
        for name, value in environment.items()
        if name == BENCH_DATABASE
        or not (name.removesuffix("_FILE") in SETTINGS or name.startswith(("OSIPI_", "DATABRICKS_", "DJANGO_")))
    }


def own_plant(prefix: str = "osipi-bench-", **settings: str) -> Path:
    """This process and its children get a plant in a new folder, which is given, and forget every other. To be called
    before Django is set up."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    own = {"OSIPI_ENV_FILE": "none", "OSIPI_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "osipi_site.settings"}
    own |= {"OSIPI_LOG_LEVEL": "error", "OSIPI_TIME_ZONE": "UTC"}
    kept = without_settings(os.environ)
    os.environ.clear()
    os.environ.update(kept | own | settings)
    return folder


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def started() -> subprocess.Popen[bytes]:
    """A server process of this plant on its PORT, when it answers."""
    import httpx

    port = int(os.environ["PORT"])
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(64)
        command = [sys.executable, "-m", "osipi_site.server", str(listener.fileno())]
        server = subprocess.Popen(command, cwd=ROOT, pass_fds=(listener.fileno(),))
    for _ in range(600):
        try:
            httpx.get(f"http://127.0.0.1:{port}/piwebapi", timeout=5)
            break
        except httpx.TransportError:
            time.sleep(0.1)
    return server


def own_schema() -> str:
    """A schema to be made in the database of OSIPI_BENCH_DATABASE_URL, which the plant is to use from now on; nothing
    where none is named. To be called before Django is set up."""
    if not (database := os.environ.get(BENCH_DATABASE, "")):
        return ""
    schema = f"bench_{uuid4().hex[:12]}"
    os.environ["DATABASE_URL"] = f"{database}?options=-csearch_path%3D{schema}"
    return schema


@contextmanager
def tables(schema: str) -> Iterator[None]:
    """The tables of the plant; a schema is made for them and dropped in the end."""
    from django.core.management import call_command
    from django.db import connection

    if schema:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {schema}")
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        if schema:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP SCHEMA {schema} CASCADE")
