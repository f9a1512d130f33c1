"""How a source is asked: who asks, how often, how long, and what is never shown."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest
from pytest_django import Settings

from events.ingestion import sealing
from events.ingestion.client import PiClient, retry_after
from events.ingestion.faults import SourceError
from events.ingestion.paging import listed
from events.models.ingest import IngestionSource

from .conftest import Place
from .plain_server import PlainServer


def source(plain: PlainServer, **more: Any) -> IngestionSource:
    return IngestionSource(**{"name": "plain", "url": plain.url, "timeout_seconds": 5, "requests_per_second": 0} | more)


def names(plain: PlainServer, size: int, **more: Any) -> list[str]:
    with PiClient(source(plain, **more)) as client:
        return [item["Name"] for page in listed(client, "dataservers/S1/points", (), size) for item in page]


@pytest.mark.parametrize("size", [1, 3, 7, 10, 11, 50])
@pytest.mark.parametrize("links", [True, False])
def test_every_page_size_lists_every_point_once(plain: PlainServer, size: int, links: bool) -> None:
    plain.links = links
    plain.values = {f"P{number:02}": [] for number in range(10)}
    assert names(plain, size) == sorted(plain.values)


@pytest.mark.parametrize("fault", ["repeat", "empty", "503", "cut"])
def test_a_page_that_comes_wrong_is_asked_for_again(
    plain: PlainServer, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.ingestion.client.FIRST_REST", 0.001)
    plain.values = {f"P{number:02}": [] for number in range(10)}
    waiting = ["", fault, "", fault]
    plain.faults = lambda path: waiting.pop(0) if waiting else ""
    assert names(plain, 4) == sorted(plain.values)


def test_the_server_says_how_long_to_rest(plain: PlainServer) -> None:
    rests: list[float] = []
    waiting = ["429", "429"]
    plain.faults = lambda path: waiting.pop(0) if waiting else ""
    with PiClient(source(plain), sleep=rests.append) as client:
        client.get("dataservers")
        assert (client.requests, client.retries) == (3, 2)
    assert rests == [0.05, 0.05]  # the header says 0.02; less than 0.05 is no rest


def test_without_patience_left_the_source_is_given_up_until_the_next_run(plain: PlainServer) -> None:
    plain.faults = lambda path: "garbage"
    client = PiClient(source(plain), patience=1.0, sleep=lambda seconds: None)
    with client, pytest.raises(SourceError) as caught:
        client.get("dataservers")
    assert not caught.value.permanent
    assert "answers that are no JSON" in caught.value.sentence


def test_retry_after_may_be_a_date() -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
    answer = httpx.Response(503, headers={"Retry-After": "Mon, 02 Mar 2026 12:00:07 GMT"})
    assert retry_after(answer, now) == 7


def test_a_token_that_has_expired_is_replaced_and_the_request_repeated(plain: PlainServer) -> None:
    more = {"authentication": "oauth", "user": "client", "token_url": f"{plain.url}/token"}
    plain.token = "never given"
    with PiClient(source(plain, sealed=sealing.seal("hush"), **more)) as client:
        client.get("dataservers")
        plain.faults = lambda path: "expire"
        with pytest.raises(SourceError):  # expires with every request
            client.get("dataservers")
        plain.faults = lambda path: ""
        client.get("dataservers")
    assert plain.tokens >= 3


def test_a_token_that_expires_in_the_middle_of_a_run_loses_nothing(place: Place) -> None:
    row = place.job.source
    row.authentication, row.user, row.token_url = "oauth", "client", f"{place.plain.url}/token"
    row.sealed = sealing.seal("hush")
    row.save()
    place.plain.token = "never given"
    place.fill(4, -100, 0)
    asked = 0

    def expire(path: str) -> str:
        nonlocal asked
        asked += 1
        return "expire" if asked % 4 == 3 else ""

    place.plain.faults = expire
    assert place.run().state == "done"
    assert place.lake() == place.source()


def test_wrong_credentials_are_told_once_and_need_somebody(plain: PlainServer) -> None:
    plain.token = "another"
    with PiClient(source(plain, authentication="bearer", sealed=sealing.seal("mine"))) as client:
        with pytest.raises(SourceError) as caught:
            client.get("dataservers")
        assert client.requests == 1
    assert caught.value.permanent
    assert "mine" not in caught.value.sentence


def test_a_sealed_secret_is_not_its_text_and_opens_with_this_key_only(settings: Settings) -> None:
    sealed = sealing.seal("hush")
    assert "hush" not in sealed
    row = IngestionSource(name="one", sealed=sealed)
    assert sealing.opened(row) == "hush"
    settings.SECRET_KEY = "another key altogether, of some length"
    with pytest.raises(SourceError, match="enter it again"):
        sealing.opened(row)


def test_a_secret_may_stand_in_a_variable_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    row = IngestionSource(name="one", secret_variable="OSIPI_SOURCE_ONE")
    with pytest.raises(SourceError, match="OSIPI_SOURCE_ONE is not set"):
        sealing.opened(row)
    monkeypatch.setenv("OSIPI_SOURCE_ONE", "from outside")
    assert sealing.opened(row) == "from outside"


def test_only_variables_that_are_meant_for_sources_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "not yours")
    with pytest.raises(SourceError, match="OSIPI_SOURCE_"):
        sealing.opened(IngestionSource(name="one", secret_variable="SECRET_KEY"))


def test_kerberos_without_its_package_says_what_to_install(plain: PlainServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx_gssapi", None)
    with pytest.raises(SourceError, match="pip install httpx-gssapi") as caught:
        PiClient(source(plain, authentication="kerberos"))
    assert caught.value.permanent


def test_kerberos_signs_in_by_its_package_and_a_missing_ticket_is_a_sentence(
    plain: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoTicket(Exception):
        pass

    class Ticket(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Any:
            request.headers["Authorization"] = "Negotiate abc"
            yield request
            if len(plain.requests) > 1:
                raise NoTicket("the ticket has expired")

    package = ModuleType("httpx_gssapi")
    package.HTTPSPNEGOAuth = Ticket  # type: ignore[attr-defined]
    package.exceptions = SimpleNamespace(SPNEGOExchangeError=NoTicket, MutualAuthenticationError=NoTicket)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "httpx_gssapi", package)
    with PiClient(source(plain, authentication="kerberos")) as client:
        assert client.get("dataservers")["Items"]
        with pytest.raises(SourceError, match="Kerberos: the ticket has expired"):
            client.get("dataservers")


def test_this_server_is_asked_for_half_of_the_time_at_most(
    plain: PlainServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("events.ingestion.client.time", clock)
    settings.OSIPI_HOST, settings.OSIPI_PORT = "127.0.0.1", int(plain.url.split(":")[2].split("/")[0])
    own = IngestionSource(name="this server", requests_per_second=10)
    for one, expected in ((own, [1.5, 1.5]), (source(plain, url=""), [])):
        rests: list[float] = []
        with PiClient(one, sleep=lambda seconds, rests=rests: clock.pass_by(seconds, rests)) as client:
            monkeypatch.setattr(client._http, "send", clock.taking(client._http.send, 1.5))
            for _ in range(3):
                client.get("dataservers")
        assert rests == expected


class Clock:
    """As the module `time`; stands still but for what passes by."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    time = monotonic

    def pass_by(self, seconds: float, told: list[float]) -> None:
        self.now += seconds
        told.append(seconds)

    def taking(self, original: Any, seconds: float) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.now += seconds
            return original(*args, **kwargs)

        return call
