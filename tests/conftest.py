"""Services that a test may want, and which tests touch the database.

A test that wants PostgreSQL, Redis or Chromium asks for the fixture of that name. Where the service is missing the test
is skipped with the reason; OSIPI_REQUIRE_SERVICES=1 (as CI sets it) makes that a failure. Every test that touches the
database is marked `database`, so that `make test` can run those once more on PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from typing import Any, NoReturn

import httpx
import psycopg
import pytest
import redis as redis_client
from django.db import connection

from tests.pages.plant_server import PlantServer

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server", "admin_client", "admin_user"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)


def missing(reason: str) -> NoReturn:
    if os.environ.get("OSIPI_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{reason} (OSIPI_REQUIRE_SERVICES is 1)", pytrace=False)
    pytest.skip(reason)


def named_service(variable: str) -> str:
    url = os.environ.get(variable, "")
    if not url:
        missing(f"{variable} is not set")
    return url


@pytest.fixture(scope="session")
def postgres() -> str:
    """URL of a PostgreSQL database where a test may make databases and schemas of its own."""
    url = named_service("OSIPI_TEST_DATABASE_URL")
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as fault:
        missing(f"PostgreSQL of OSIPI_TEST_DATABASE_URL does not answer: {str(fault).splitlines()[0]}")
    return url


@pytest.fixture(scope="session")
def redis() -> str:
    """URL of a Redis database; other programs may use it too, so keys want a name of the test's own."""
    url = named_service("OSIPI_TEST_REDIS_URL")
    try:
        with redis_client.Redis.from_url(url, socket_connect_timeout=5) as client:
            client.ping()
    except redis_client.RedisError as fault:
        missing(f"Redis of OSIPI_TEST_REDIS_URL does not answer: {fault}")
    return url


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser. Start it headless, with a data directory of its own and --disable-background-networking."""
    found = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
    return found or missing("chromium is not on the PATH")


@pytest.fixture(scope="session")
def prepared_plant(tmp_path_factory: pytest.TempPathFactory) -> PlantServer:
    """To be copied: making the demo plant takes ten seconds of a processor."""
    server = PlantServer(tmp_path_factory.mktemp("prepared"))
    server.prepare()
    return server


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole ASGI application, without a port. It sees only what a test has committed."""
    from osipi_site import lifespan
    from osipi_site.asgi import application

    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
    await lifespan.stop()  # its threads take their database connections along


def sql_flush(self: Any, style: Any, tables: list[str], **_: Any) -> list[str]:
    """Empties the few tables that a test has filled; Django truncates all 120, which takes PostgreSQL a second."""
    if not tables:
        return []
    names = [self.quote_name(table) for table in tables]
    asked = " UNION ALL ".join(f"SELECT {place} WHERE EXISTS (SELECT FROM {name})" for place, name in enumerate(names))
    with self.connection.cursor() as cursor:
        cursor.execute(asked)
        return [f"DELETE FROM {names[place]}" for (place,) in cursor.fetchall()]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """At the end of a run on PostgreSQL, the connections of threads that live as long as the process go first."""
    if connection.vendor == "postgresql":
        type(connection.ops).sql_flush = sql_flush
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            own = "datname = current_database() AND pid <> pg_backend_pid()"
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {own}")
