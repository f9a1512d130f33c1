"""The rule for browsers, the rights, and the way in through Django REST framework."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from piwebapi.api.auth import Caller, DrfAuthentication, identify
from piwebapi.callers import require
from piwebapi.core.errors import BadRequest, Forbidden, Unauthorized
from piwebapi.models import ApiToken
from tests.api.signin import basic, bearer, session_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("afresh")]


ORIGIN = {"origin": "http://plant.example", "host": "plant.example"}
REFERER = {"referer": "http://elsewhere.example/page"}
ASKED = {"x-requested-with": ""}
WRITES = ["POST", "PUT", "PATCH", "DELETE"]


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
