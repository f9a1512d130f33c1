"""Who opens a socket: password, token, session, and what a foreign page may not bring."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from piwebapi.api.auth import identify_scope, remembered
from piwebapi.core.errors import Unauthorized
from piwebapi.models import ApiToken
from tests.api.signin import basic, bearer, session_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("afresh")]


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


def test_who_was_found_good_lately_is_remembered_until_that_is_over(
    boss: User, settings: object, django_assert_num_queries: object
) -> None:
    row, token = ApiToken.issue(user=boss, name="job")
    asked = [handshake(basic("boss", "s3cret")), handshake(bearer(token)), handshake({}, f"access_token={token}")]
    assert [remembered(scope) for scope in asked] == [None] * 3
    callers = [identify_scope(scope) for scope in asked]
    with django_assert_num_queries(0):
        assert [remembered(scope) for scope in asked] == callers
        assert remembered(handshake({})) is None
        foreign = {"origin": "http://elsewhere.example", **basic("boss", "s3cret")}
        assert remembered(handshake(foreign)) is None
    settings.OSIPI_READ_ONLY = True
    assert [caller and caller.may_write for caller in map(remembered, asked)] == [False] * 3
    row.delete()
    assert [remembered(scope) for scope in asked] == [None] * 3
