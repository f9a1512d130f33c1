"""The rule for browsers, the rights, and the ways in beside the plain function: DRF, sockets, the command."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from piwebapi.api import auth
from piwebapi.api.auth import Caller, DrfAuthentication, identify, identify_scope
from piwebapi.callers import require
from piwebapi.core.errors import BadRequest, Forbidden, Unauthorized
from piwebapi.models import ApiToken
from tests.api.signin import basic, bearer, session_of, start_afresh

pytestmark = pytest.mark.django_db

ORIGIN = {"origin": "http://plant.example", "host": "plant.example"}
REFERER = {"referer": "http://elsewhere.example/page"}
ASKED = {"x-requested-with": ""}
WRITES = ["POST", "PUT", "PATCH", "DELETE"]


@pytest.fixture(autouse=True)
def afresh(settings: object) -> Iterator[None]:
    settings.OSIPI_ANONYMOUS, settings.OSIPI_READ_ONLY, settings.OSIPI_CORS_ORIGINS = "read", False, ["*"]
    start_afresh()
    yield
    start_afresh()


@pytest.fixture
def boss() -> User:
    return User.objects.create_user("boss", password="s3cret", is_staff=True)


def bring(scheme: str, user: User) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and cookies of one who comes by `scheme`."""
    if scheme == "basic":
        return basic("boss", "s3cret"), {}
    if scheme == "bearer":
        return bearer(ApiToken.issue(user=user, name="job")[1]), {}
    return {}, session_of(user) if scheme == "session" else {}


# ---- X-Requested-With ----------------------------------------------------------------------------

NEEDS_IT = [
    ("session", {}),
    ("session", ORIGIN),
    ("basic", ORIGIN),
    ("basic", REFERER),
    ("anonymous", ORIGIN),
    ("anonymous", REFERER),
]
NEEDS_IT_NOT = [("bearer", {}), ("bearer", ORIGIN), ("bearer", REFERER), ("basic", {}), ("anonymous", {})]


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize(("scheme", "page"), NEEDS_IT)
def test_a_browser_names_itself_to_write(
    settings: object, boss: User, scheme: str, page: dict[str, str], method: str
) -> None:
    settings.OSIPI_ANONYMOUS = "write"
    headers, cookies = bring(scheme, boss)
    with pytest.raises(BadRequest, match="X-Requested-With"):
        identify(headers | page, cookies, method, "")
    assert identify(headers | page | ASKED, cookies, method, "").scheme == scheme


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize(("scheme", "page"), NEEDS_IT_NOT)
def test_tokens_and_programs_need_no_header(
    settings: object, boss: User, scheme: str, page: dict[str, str], method: str
) -> None:
    settings.OSIPI_ANONYMOUS = "write"
    headers, cookies = bring(scheme, boss)
    assert identify(headers | page, cookies, method, "").scheme == scheme


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(("scheme", "page"), NEEDS_IT)
def test_reading_needs_no_header(boss: User, scheme: str, page: dict[str, str], method: str) -> None:
    headers, cookies = bring(scheme, boss)
    assert identify(headers | page, cookies, method, "").scheme == scheme


@pytest.mark.parametrize("page", [ORIGIN, REFERER])
def test_a_page_without_the_right_to_write_may_post_a_batch_of_reads(page: dict[str, str]) -> None:
    assert identify(page, {}, "POST", "").scheme == "anonymous"


def test_wrong_credentials_are_told_before_a_missing_header(boss: User) -> None:
    with pytest.raises(Unauthorized):
        identify(basic("boss", "wrong") | ORIGIN, {}, "POST", "")


# ---- rights --------------------------------------------------------------------------------------

ANONYMOUS = Caller("Anonymous", None, "anonymous", False, False, False)
READER = Caller("guest", None, "basic", True, False, False)
WRITER = Caller("boss", None, "bearer", True, True, True)


@pytest.mark.parametrize(("caller", "right"), [(READER, "read"), (WRITER, "read"), (WRITER, "write")])
def test_a_right_that_is_there_is_silent(caller: Caller, right: str) -> None:
    assert require(caller, right) is None


@pytest.mark.parametrize(
    ("caller", "right", "error"),
    [(ANONYMOUS, "read", Unauthorized), (ANONYMOUS, "write", Unauthorized), (READER, "write", Forbidden)],
)
def test_who_is_unknown_may_sign_in_and_who_is_known_may_not(
    caller: Caller, right: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as refusal:
        require(caller, right)
    assert len(refusal.value.messages) == 1
    assert ("WWW-Authenticate" in refusal.value.headers) == (error is Unauthorized)


@pytest.mark.parametrize("scheme", ["basic", "session", "anonymous"])
def test_a_read_only_server_takes_no_writes_from_anybody(settings: object, boss: User, scheme: str) -> None:
    settings.OSIPI_ANONYMOUS = "write"
    headers, cookies = bring(scheme, boss)
    assert identify(headers, cookies, "GET", "").may_write  # and is remembered so
    settings.OSIPI_READ_ONLY = True
    caller = identify(headers | ASKED, cookies, "POST", "")
    assert caller.may_read
    with pytest.raises(Forbidden, match="read-only"):
        require(caller, "write")


# ---- Django REST framework -----------------------------------------------------------------------


def drf(**headers: str) -> Request:
    return Request(APIRequestFactory().get("/piwebapi", **headers), authenticators=[DrfAuthentication()])


def test_the_framework_sees_the_user_and_the_caller(boss: User) -> None:
    request = drf(HTTP_AUTHORIZATION=basic("boss", "s3cret")["authorization"])
    assert (request.user, request.auth.scheme) == (boss, "basic")
    assert isinstance(drf().user, AnonymousUser)
    assert drf().auth.scheme == "anonymous"


def test_the_framework_hands_the_session_and_the_address_on(boss: User) -> None:
    request = drf(HTTP_COOKIE=f"sessionid={session_of(boss)['sessionid']}")
    assert request.auth.scheme == "session"
    for number in range(10):
        with pytest.raises(Unauthorized):
            _ = drf(HTTP_AUTHORIZATION=basic("x", str(number))["authorization"], REMOTE_ADDR="192.0.2.1").user
    with pytest.raises(Unauthorized):
        _ = drf(HTTP_AUTHORIZATION=basic("boss", "s3cret")["authorization"], REMOTE_ADDR="192.0.2.1").user
    assert drf(HTTP_AUTHORIZATION=basic("boss", "s3cret")["authorization"]).user == boss


def test_the_framework_is_told_the_challenge() -> None:
    assert DrfAuthentication().authenticate_header(drf()).startswith("Basic ")


# ---- sockets -------------------------------------------------------------------------------------


def handshake(headers: dict[str, str], query: str = "") -> dict[str, object]:
    given = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    given.append((b"Host", b"plant.example:8010"))
    return {
        "type": "websocket",
        "headers": given,
        "query_string": query.encode(),
        "client": ["192.0.2.7", 50000],
    }


def test_a_socket_is_opened_with_password_token_session_or_nothing(boss: User) -> None:
    cookie = {"cookie": f"theme=dark; sessionid={session_of(boss)['sessionid']}"}
    token = ApiToken.issue(user=boss, name="job")[1]
    for headers, scheme in (
        (basic("boss", "s3cret"), "basic"),
        (bearer(token), "bearer"),
        (cookie, "session"),
        ({}, "anonymous"),
    ):
        assert identify_scope(handshake(headers)).scheme == scheme


def test_a_socket_without_a_client_address_is_served() -> None:
    assert identify_scope({"type": "websocket", "headers": [], "client": None}).scheme == "anonymous"


def test_a_page_may_open_a_socket_with_a_token_in_the_address(boss: User) -> None:
    token = ApiToken.issue(user=boss, name="page")[1]
    anonymous_grafana = {"authorization": "Basic Og==", "origin": "http://elsewhere.example"}
    assert identify_scope(handshake(anonymous_grafana, f"webId=a&access_token={token}")).user == boss
    with pytest.raises(Unauthorized):
        identify_scope(handshake({}, "access_token=osipi_wrong"))


def test_a_header_outweighs_the_token_in_the_address(boss: User) -> None:
    with pytest.raises(Unauthorized):
        token = ApiToken.issue(user=boss, name="page")[1]
        identify_scope(handshake(basic("boss", "wrong"), f"access_token={token}"))


@pytest.mark.parametrize(
    ("origin", "named", "scheme"),
    [
        ("http://plant.example:8010", [], True),
        ("https://PLANT.example:8010", [], True),
        ("http://plant.example:3000", [], False),
        ("http://elsewhere.example", ["*"], False),
        ("http://elsewhere.example", ["http://elsewhere.example"], True),
        ("null", ["*"], False),
        ("null", ["null"], True),
    ],
)
@pytest.mark.parametrize("by", ["session", "basic"])
def test_a_foreign_page_cannot_use_what_the_browser_adds(
    settings: object, boss: User, origin: str, named: list[str], scheme: bool, by: str
) -> None:
    settings.OSIPI_CORS_ORIGINS = named
    cookie = {"cookie": f"sessionid={session_of(boss)['sessionid']}"}
    headers = {"origin": origin} | (cookie if by == "session" else basic("boss", "s3cret"))
    assert identify_scope(handshake(headers)).scheme == (by if scheme else "anonymous")


def test_cookies_may_come_in_several_headers(boss: User) -> None:
    scope = handshake({"cookie": f"sessionid={session_of(boss)['sessionid']}"})
    scope["headers"].append((b"cookie", b"theme=dark"))
    assert identify_scope(scope).user == boss


@pytest.mark.django_db(transaction=True)
def test_many_who_bring_the_same_new_password_at_once_are_hashed_once(
    boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def slow(credentials: str) -> User:
        calls.append(credentials)
        time.sleep(0.1)
        return boss

    def come(_: int) -> str:
        try:
            return identify(basic("boss", "s3cret"), {}, "GET", "").name
        finally:
            connection.close()

    monkeypatch.setattr(auth, "password_user", slow)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(come, range(4))) == ["boss"] * 4
    assert len(calls) == 1


# ---- the command ---------------------------------------------------------------------------------


def test_the_command_prints_a_token_that_works(boss: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_token", "historian job", "--user=boss", "--scope=write", "--days=30")
    text = capsys.readouterr().out.strip()
    caller = identify(bearer(text), {}, "POST", "")
    assert (caller.name, caller.may_write) == ("boss", True)
    token = ApiToken.objects.get()
    assert (token.name, token.digest) == ("historian job", ApiToken.digest_of(text))
    assert abs(token.expires - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)


def test_a_token_reads_and_does_not_expire_unless_told(boss: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_token", "panel", "--user=boss")
    token = ApiToken.objects.get()
    assert (token.scope, token.expires) == ("read", None)
    assert "not shown again" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--user=nobody"], "no user 'nobody'"),
        (["--user=gone"], "not active"),
        (["--user=guest", "--scope=write"], "not staff"),
        (["--user=boss", "--days=0"], "whole number of days"),
        (["--user=boss", "--scope=all"], "invalid choice"),
    ],
)
def test_the_command_says_why_it_issues_nothing(boss: User, arguments: list[str], reason: str) -> None:
    User.objects.create_user("guest")
    User.objects.create_user("gone", is_active=False)
    with pytest.raises(CommandError, match=reason):
        call_command("create_token", "job", *arguments)
    assert not ApiToken.objects.exists()
