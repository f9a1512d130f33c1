"""The direct way of a GET gives what the framework gives, and leaves to it what is the framework's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.contrib.auth import get_user_model
from django.core import signals
from django.db import close_old_connections

from osipi_site import direct, lean
from osipi_site.direct import DirectHandler
from osipi_site.threaded import Answer, ThreadedHandler
from osipi_site.workers import Workers
from piwebapi.api import auth
from piwebapi.api.resource import Reply
from piwebapi.models import ApiToken, AssetDatabase, AssetServer, Element

pytestmark = pytest.mark.django_db

HOST = (b"host", b"localhost:8010")
HANDLERS = {
    kind: kind(lean.ApiChain(), lean.refuse, Workers(1, "test"), 2**20) for kind in (DirectHandler, ThreadedHandler)
}


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is remembered, and the transaction of the test stays open, as with Django's client."""
    auth.forget()
    direct.envelope_of.cache_clear()
    monkeypatch.setattr(direct, "close_old_connections", lambda: None)
    marks = (signals.request_started, signals.request_finished)
    for mark in marks:
        mark.disconnect(close_old_connections)
    yield
    for mark in marks:
        mark.connect(close_old_connections)
    direct.envelope_of.cache_clear()


@pytest.fixture
def database() -> AssetDatabase:
    server = AssetServer.objects.create(name="Direct")
    made = AssetDatabase.objects.create(server=server, name="Plant")
    for number in range(9):
        Element.objects.create(database=made, name=f"Unit {number}", path=f"Unit {number}")
    return made


def scope_of(path: str, query: str = "", *more: tuple[bytes, bytes], method: str = "GET") -> dict[str, Any]:
    scope = {"type": "http", "http_version": "1.1", "method": method, "scheme": "http", "root_path": ""}
    scope |= {"path": f"/piwebapi{path}", "query_string": query.encode(), "headers": [HOST, *more]}
    return {**scope, "raw_path": None, "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8010)}


def both(*asked: Any, **more: Any) -> tuple[Answer, Answer]:
    answers = [handler.work(scope_of(*asked, **more), b"") for handler in HANDLERS.values()]
    return answers[0], answers[1]


def same(first: Answer, second: Answer) -> bool:
    """Status, headers in whatever order, body."""
    return (first[0], sorted(first[1]), first[2]) == (second[0], sorted(second[1]), second[2])


@pytest.mark.parametrize("more", [(), ((b"accept", b"application/json"),), ((b"accept-encoding", b"gzip"),)])
@pytest.mark.parametrize("path", ["", "/system/versions", "/elements/nonsense", "/assetservers/"])
def test_it_answers_as_the_framework_does(path: str, more: Any) -> None:
    assert direct.direct(scope_of(path, "", *more)) is not None
    assert same(*both(path, "", *more))


@pytest.mark.parametrize("query", ["", "selectedFields=Items.Name", "nameFilter=Unit%20[1-2]", "maxCount=no"])
@pytest.mark.parametrize("coding", [b"gzip, deflate", b"identity"])
def test_long_answers_are_compressed_alike(database: AssetDatabase, query: str, coding: bytes) -> None:
    path = f"/assetdatabases/{database.web_id()}/elements"
    first, second = both(path, query, (b"accept-encoding", coding))
    assert same(first, second)
    assert (b"content-encoding" in dict(first[1])) == (coding != b"identity" and query[:3] in ("", "nam"))


@pytest.mark.parametrize(
    "media", ["application/xml; charset=utf-8", "text/plain", "text/css; charset=utf-8", "image/png"]
)
@pytest.mark.parametrize("size", [10, 5000])
def test_a_file_is_made_once(database: AssetDatabase, monkeypatch: pytest.MonkeyPatch, media: str, size: int) -> None:
    made: list[int] = []

    def answer(request: Any) -> Reply:
        made.append(1)
        return Reply(200, b"x" * size, {"Content-Disposition": 'attachment; filename="f"'}, media)

    monkeypatch.setattr(direct.service, "answer", answer)
    asked = (f"/assetdatabases/{database.web_id()}/export", "", (b"accept-encoding", b"gzip"))
    first = HANDLERS[DirectHandler].work(scope_of(*asked), b"")
    assert len(made) == 1
    assert same(first, HANDLERS[ThreadedHandler].work(scope_of(*asked), b""))
    assert dict(first[1])[b"content-type"] == media.encode()


@pytest.mark.parametrize(
    "scope",
    [
        scope_of("", "", method="POST"),
        scope_of("", "", method="HEAD"),
        scope_of("", "", (b"cookie", b"sessionid=x")),
        scope_of("", "", (b"origin", b"https://elsewhere.example")),
        scope_of("", "", (b"accept", b"text/html")),
        scope_of("/help"),
        scope_of("/nowhere"),
        scope_of("", "", (b"authorization", b"Bearer osipi_wrong")),
        {**scope_of(""), "headers": [(b"host", b"elsewhere.example")]},
        {**scope_of(""), "headers": []},
        {**scope_of(""), "root_path": "/plant"},
    ],
    ids=[
        *("post", "head", "cookie", "origin", "page", "help", "nowhere", "wrong token", "foreign host", "no host"),
        "mounted below a path",
    ],
)
def test_what_is_the_frameworks_is_left_to_it(scope: dict[str, Any]) -> None:
    if scope["headers"]:
        assert direct.direct(scope) is None
    first, second = (handler.work(scope, b"") for handler in HANDLERS.values())
    assert (first[0], dict(first[1]).keys()) == (second[0], dict(second[1]).keys())  # a page tells the time
    if scope["path"] == "/piwebapi/help":
        assert first[0] == 200 and dict(first[1])[b"content-type"].startswith(b"text/html")


def test_who_may_not_read_is_refused(settings: Any) -> None:
    settings.OSIPI_ANONYMOUS = "none"
    first, second = both("/assetservers")
    assert first[0] == 401 and same(first, second)
    assert b"www-authenticate" in dict(first[1])


def test_a_token_names_its_user(settings: Any) -> None:
    settings.OSIPI_ANONYMOUS = "none"
    user = get_user_model().objects.create_user("direct-reader")
    _, text = ApiToken.issue(user=user, name="direct", scope="read")
    first, second = both("/system/userinfo", "", (b"authorization", f"Bearer {text}".encode()))
    assert first[0] == 200 and same(first, second)
    assert orjson.loads(first[2])["Name"].endswith("direct-reader")


def test_the_way_to_https_is_shown(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert direct.direct(scope_of("")) is None


def test_a_fault_on_the_direct_way_leaves_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "direct", lambda scope: 1 / 0)
    assert HANDLERS[DirectHandler].work(scope_of(""), b"")[0] == 200
