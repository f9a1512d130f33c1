"""A small plant to talk to over REST, a client that speaks JSON, and users who sign in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from piwebapi.api import remembered
from piwebapi.models import AssetDatabase, AssetServer, DataServer
from tests.api.signin import start_afresh

ROOT = "http://localhost/piwebapi"


@dataclass
class Api:
    """Paths are relative to the root of the service, or whole URLs as links and Location give them."""

    client: Client

    def ask(self, method: str, where: str, body: Any = None, **query: Any) -> HttpResponse:
        where = where.removeprefix(ROOT).lstrip("/")
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        return self.client.generic_json(method, f"/piwebapi/{where}", query, **more)

    def get(self, where: str, /, status: int = 200, **query: Any) -> Any:
        reply = self.ask("GET", where, **query)
        assert reply.status_code == status, reply.content
        return reply.json()

    def post(self, where: str, /, body: Any = None, **query: Any) -> str:
        """The Location of what was made."""
        reply = self.ask("POST", where, body, **query)
        assert reply.status_code == 201, reply.content
        assert reply.content == b""
        assert reply["Location"].startswith(f"{ROOT}/")
        return str(reply["Location"])

    def change(self, method: str, where: str, /, body: Any = None, status: int = 204, **query: Any) -> Any:
        reply = self.ask(method, where, body, **query)
        assert reply.status_code == status, reply.content
        return reply.json() if reply.content else None

    def names(self, where: str, /, **query: Any) -> list[str]:
        return [item["Name"] for item in self.get(where, **query)["Items"]]


class JsonClient(Client):
    def generic_json(self, method: str, path: str, query: dict[str, Any], data: Any = None, **more: Any) -> Any:
        import orjson

        raw = data if isinstance(data, bytes) else orjson.dumps(data) if data is not None else b""
        pairs = {name: value for name, value in query.items() if value is not None}
        return self.generic(method, path, raw, query_params=pairs, **more)


@pytest.fixture
def api(db: None, settings: Any) -> Api:
    settings.OSIPI_ANONYMOUS, settings.OSIPI_READ_ONLY = "write", False
    return Api(JsonClient(HTTP_HOST="localhost"))


@dataclass(frozen=True)
class Ground:
    """URLs (below the root) of a data server PI, an asset server AF and an empty database Db on it."""

    data: str
    server: str
    database: str


@pytest.fixture
def ground(db: None) -> Ground:
    server = AssetServer.objects.create(name="AF")
    database = AssetDatabase.objects.create(server=server, name="Db")
    data = DataServer.objects.create(name="PI")
    return Ground(
        f"dataservers/{data.web_id()}", f"assetservers/{server.web_id()}", f"assetdatabases/{database.web_id()}"
    )


@pytest.fixture
def afresh(settings: Any) -> Iterator[None]:
    """The usual settings of signing in, and nobody is remembered."""
    settings.OSIPI_ANONYMOUS, settings.OSIPI_READ_ONLY, settings.OSIPI_AUTH_CACHE_SECONDS = "read", False, 60
    settings.OSIPI_CORS_ORIGINS = ["*"]
    start_afresh()
    yield
    start_afresh()


@pytest.fixture
def boss() -> User:
    return User.objects.create_user("boss", password="s3cret", is_staff=True)


@pytest.fixture
def guest() -> User:
    return User.objects.create_user("guest", password="hello")


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often a password was held against a stored hash so far."""
    calls: list[str] = []
    genuine = MD5PasswordHasher.verify

    def verify(self: MD5PasswordHasher, password: str, encoded: str) -> bool:
        calls.append(password)
        return genuine(self, password, encoded)

    monkeypatch.setattr(MD5PasswordHasher, "verify", verify)
    return lambda: len(calls)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets seconds pass for what is remembered."""
    clock = [1000.0]
    monkeypatch.setattr(remembered, "monotonic", lambda: clock[0])

    def pass_by(seconds: float) -> None:
        clock[0] += seconds

    return pass_by
