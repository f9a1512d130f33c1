"""The outside of the service, through the whole ASGI application: methods, slashes, headers, sizes, origins."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from osipi_site import asgi, lifespan, threaded
from piwebapi.models import AssetDatabase, AssetServer, DataServer, Element

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def plant(transactional_db: None, settings: Any) -> Iterator[None]:
    settings.OSIPI_ANONYMOUS, settings.OSIPI_READ_ONLY = "write", False
    server = AssetServer.objects.create(name="AF")
    database = AssetDatabase.objects.create(server=server, name="Db")
    DataServer.objects.create(name="PI")
    names = [f"Element {number:03}" for number in range(40)]
    for name in names:
        Element.objects.create(database=database, name=name, path=name)
    yield


@pytest.fixture(autouse=True)
async def served(plant: None) -> AsyncIterator[None]:
    yield
    await lifespan.stop()


def elements() -> str:
    return f"/piwebapi/assetdatabases/{AssetDatabase.objects.get().web_id()}/elements"


async def elements_url() -> str:
    from asgiref.sync import sync_to_async

    return await sync_to_async(elements)()


@pytest.mark.parametrize(
    "path",
    [
        "/piwebapi/assetservers",
        "/piwebapi/assetservers/",
        "/piwebapi//assetservers",
        "/PIWebAPI/AssetServers",
        "/PIWEBAPI/ASSETSERVERS",
        "/piwebapi/assetservers?",
        "/piwebapi/%61ssetservers",
    ],
)
async def test_a_path_means_the_same_with_more_slashes_and_in_any_case(http: httpx.AsyncClient, path: str) -> None:
    reply = await http.get(path)
    assert reply.status_code == 200, reply.text
    assert [item["Name"] for item in reply.json()["Items"]] == ["AF"]


async def test_slashes_before_the_root_do_not_count_either() -> None:
    status, _, body = await raw("GET", "//PIwebapi///assetservers//")
    assert (status, [item["Name"] for item in json.loads(body)["Items"]]) == (200, ["AF"])


@pytest.mark.parametrize("path", ["/piwebapi", "/piwebapi/", "/PIWebAPI//"])
async def test_the_root_answers_with_its_links(http: httpx.AsyncClient, path: str) -> None:
    reply = await http.get(path)
    assert reply.status_code == 200
    assert reply.json()["Links"]["AssetServers"] == "http://localhost/piwebapi/assetservers"


@pytest.mark.parametrize(
    "query",
    [r"path=\\AF\Db\Element 007", r"PATH=%5C%5CAF%5CDb%5CElement+007", r"path=\\AF\Db\Elements[Element 007]&x=;;"],
)
async def test_raw_backslashes_blanks_and_semicolons_in_a_query_are_understood(query: str) -> None:
    status, _, body = await raw("GET", "/piwebapi/elements", query.replace(" ", "%20"))
    assert status == 200
    assert json.loads(body)["Name"] == "Element 007"


async def raw(
    method: str, path: str, query: str = "", headers: dict[str, str] | None = None, chunks: tuple[bytes, ...] = (b"",)
) -> tuple[int, dict[str, str], bytes]:
    """A request as the server hands it over, with nothing escaped or added by a client library."""
    sent: list[dict[str, Any]] = []
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": at < len(chunks) - 1} for at, chunk in enumerate(chunks)
    ]

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    pairs = {"host": "localhost", **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in pairs.items()],
        "client": ("127.0.0.1", 1234),
        "server": ("localhost", 80),
    }
    await asgi.application(scope, receive, send)
    head, *bodies = sent
    replied = {name.decode(): value.decode() for name, value in head["headers"]}
    return head["status"], replied, b"".join(body["body"] for body in bodies)


async def test_head_has_the_headers_of_get_and_no_body(http: httpx.AsyncClient) -> None:
    url = await elements_url()
    got, head = await http.get(url), await http.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.headers["content-type"] == got.headers["content-type"] == "application/json; charset=utf-8"


async def test_options_tells_the_methods_of_a_path(http: httpx.AsyncClient) -> None:
    reply = await http.options(await elements_url())
    assert reply.status_code in (200, 204)
    assert reply.headers["allow"] == "GET, POST, OPTIONS"


async def test_a_method_that_a_path_lacks_is_405_and_tells_those_it_has(http: httpx.AsyncClient) -> None:
    reply = await http.delete("/piwebapi/assetservers", headers={"X-Requested-With": "x"})
    assert reply.status_code == 405
    assert reply.json() == {"Message": "The requested resource does not support http method 'DELETE'."}
    assert reply.headers["allow"] == "GET"


@pytest.mark.parametrize("path", ["/piwebapi/nothing", "/piwebapi/elements/a/b/c/d", "/piwebapi/assetservers/x/y"])
async def test_a_path_that_is_no_route_is_404_in_the_words_of_the_framework(http: httpx.AsyncClient, path: str) -> None:
    reply = await http.get(path)
    assert reply.status_code == 404
    assert reply.json() == {"Message": "No HTTP resource was found that matches the request URI."}


async def test_answers_are_compressed_for_those_who_take_gzip(http: httpx.AsyncClient) -> None:
    url = await elements_url()
    _, plain_headers, plain = await raw("GET", url)
    _, headers, packed = await raw("GET", url, headers={"accept-encoding": "gzip, deflate, br"})
    assert headers["content-encoding"] == "gzip"
    assert int(headers["content-length"]) == len(packed) < len(plain) / 3
    assert gzip.decompress(packed) == plain
    assert "content-encoding" not in plain_headers
    assert "Accept-Encoding" in headers["vary"]
    _, refused, _ = await raw("GET", url, headers={"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in refused


async def test_a_preflight_is_answered_without_credentials(http: httpx.AsyncClient, settings: Any) -> None:
    settings.OSIPI_ANONYMOUS = "none"
    headers = {
        "Origin": "https://board.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, x-requested-with",
    }
    reply = await http.options("/piwebapi/batch", headers=headers)
    assert reply.status_code == 200
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "POST" in reply.headers["access-control-allow-methods"]
    allowed = reply.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "x-requested-with"))


async def test_an_answer_across_origins_lets_location_be_read(http: httpx.AsyncClient) -> None:
    headers = {"Origin": "https://board.example"}
    reply = await http.get("/piwebapi/assetservers", headers=headers)
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "Location" in reply.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in reply.headers


async def test_a_page_of_another_site_cannot_write_without_the_header(http: httpx.AsyncClient) -> None:
    url, body = await elements_url(), {"Name": "New"}
    refused = await http.post(url, json=body, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 400
    assert "X-Requested-With" in refused.json()["Errors"][0]
    headers = {"Origin": "https://board.example", "X-Requested-With": "XMLHttpRequest"}
    assert (await http.post(url, json=body, headers=headers)).status_code == 201
    # programs send no Origin: several known clients do not send the header either
    assert (await http.post(url, json={"Name": "Newer"})).status_code == 201


async def test_a_read_only_server_takes_no_write_of_any_kind(http: httpx.AsyncClient, settings: Any) -> None:
    settings.OSIPI_READ_ONLY = True
    url = await elements_url()
    for method in ("POST", "PATCH", "DELETE"):
        where = url if method == "POST" else url.removesuffix("/elements")
        reply = await http.request(method, where, content=b'{"Name": "X"}')
        assert reply.status_code == 403, (method, reply.text)
        assert reply.json() == {"Errors": ["The server is read-only; it takes no writes from anybody."]}
    assert (await http.get(url)).status_code == 200


async def test_anonymous_none_asks_for_credentials(http: httpx.AsyncClient, settings: Any) -> None:
    settings.OSIPI_ANONYMOUS = "none"
    reply = await http.get("/piwebapi/assetservers")
    assert reply.status_code == 401
    assert reply.json() == {"Message": "Authorization has been denied for this request."}
    assert reply.headers["www-authenticate"].startswith("Basic realm=")


async def test_anonymous_read_may_not_write(http: httpx.AsyncClient, settings: Any) -> None:
    settings.OSIPI_ANONYMOUS = "read"
    url = await elements_url()
    assert (await http.get(url)).status_code == 200
    assert (await http.post(url, json={"Name": "X"})).status_code == 401


LIMIT = asgi.http_api.max_body


async def test_a_body_above_the_limit_is_413_whether_announced_or_not(http: httpx.AsyncClient) -> None:
    url = await elements_url()
    status, headers, body = await raw("POST", url, headers={"content-length": str(LIMIT + 1)})
    assert (status, headers["connection"]) == (413, "close")
    assert json.loads(body) == {"Errors": [f"The body of the request is longer than {LIMIT} bytes."]}
    chunk = b" " * (LIMIT // 2 + 1)
    status, _, _ = await raw("POST", url, chunks=(chunk, chunk))
    assert status == 413


async def test_a_body_of_another_media_type_is_415(http: httpx.AsyncClient) -> None:
    url = await elements_url()
    reply = await http.post(url, content=b"a=1", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert reply.status_code == 415
    assert "application/x-www-form-urlencoded" in str(reply.json())
    for media in ("application/json", "text/json", "application/json; charset=utf-8", ""):
        name = f"Media {media.replace('/', ' ').replace(';', ' ')}"
        headers = {"Content-Type": media} if media else {}
        sent = await http.post(url, content=json.dumps({"Name": name}), headers=headers)
        assert sent.status_code == 201, sent.text


async def test_a_body_that_is_compressed_is_415(http: httpx.AsyncClient) -> None:
    url, body = await elements_url(), gzip.compress(b'{"Name": "Packed"}')
    reply = await http.post(url, content=body, headers={"Content-Encoding": "GZIP"})
    assert (reply.status_code, "'gzip'" in reply.json()["Message"]) == (415, True)
    sent = await http.post(url, json={"Name": "Plain"}, headers={"Content-Encoding": "identity"})
    assert sent.status_code == 201


@pytest.mark.parametrize("header", [(b"content-length", b"20"), (b"transfer-encoding", b"chunked")])
@pytest.mark.parametrize("first", [[], [b'{"Name"']])
async def test_a_body_that_does_not_come_is_408(
    monkeypatch: pytest.MonkeyPatch, first: list[bytes], header: tuple[bytes, bytes]
) -> None:
    monkeypatch.setattr(threaded, "SILENT_SECONDS", 0.05)
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in first]
    silence, answers = asyncio.Event(), []

    async def receive() -> dict[str, Any]:
        if not messages:
            await silence.wait()
        return messages.pop()

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    scope = {"type": "http", "method": "POST", "path": "/piwebapi/batch", "query_string": b""}
    await asgi.application(scope | {"headers": [header]}, receive, send)
    assert (answers[0]["status"], (b"connection", b"close") in answers[0]["headers"]) == (408, True)
    assert "body" in json.loads(answers[1]["body"])["Errors"][0]


async def test_a_foreign_host_name_is_refused_in_json(http: httpx.AsyncClient) -> None:
    status, _, body = await raw("GET", "/piwebapi", headers={"host": "evil.example"})
    assert status == 400
    assert list(json.loads(body)) == ["Errors"]


async def test_answers_are_not_kept_by_caches_or_read_as_something_else(http: httpx.AsyncClient) -> None:
    reply = await http.get("/piwebapi/assetservers")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "Accept" in reply.headers["vary"]


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/json", "application/xml", ""])
async def test_whatever_a_program_accepts_it_gets_json(http: httpx.AsyncClient, accept: str) -> None:
    reply = await http.get("/piwebapi/assetservers", headers={"Accept": accept})
    assert reply.status_code in (200, 406)
    assert reply.headers["content-type"].startswith("application/json")
