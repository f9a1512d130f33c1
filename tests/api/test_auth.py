"""Who gets in without a password or a token, and what they may do then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore

from piwebapi.api.auth import Caller
from piwebapi.core.errors import Unauthorized
from tests.api.signin import basic, deactivate, get, rename_password, session_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("afresh")]


# ---- nobody --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "reads", "writes"), [("read", True, False), ("write", True, True), ("none", False, False)]
)
def test_what_anonymous_may_is_the_setting(settings: object, mode: str, reads: bool, writes: bool) -> None:
    settings.OSIPI_ANONYMOUS = mode
    assert get() == Caller("Anonymous", None, "anonymous", reads, writes, False)


@pytest.mark.parametrize("useless", ["Basic Og==", "basic Og", "Basic", "Basic ", "Bearer ", "  "])
def test_credentials_that_name_nobody_count_as_none(useless: str) -> None:
    assert get({"authorization": useless}).scheme == "anonymous"


WRONG = [
    "Basic !!!",
    "Basic Ym9zcw==",
    "Bearer None",
    "Bearer osipi_x",
    "Negotiate",
    "NTLM TlRM",
    "boss:s3cret",
]


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_credentials_are_401_even_where_anonymous_may_write(settings: object, wrong: str) -> None:
    settings.OSIPI_ANONYMOUS = "write"
    with pytest.raises(Unauthorized) as refusal:
        get({"authorization": wrong})
    assert refusal.value.status == 401
    assert refusal.value.body == {"Message": "Authorization has been denied for this request."}
    assert refusal.value.headers["WWW-Authenticate"].startswith('Basic realm="')


def test_anonymous_callers_ask_the_database_nothing(django_assert_num_queries: Callable) -> None:
    with django_assert_num_queries(0):
        get()


# ---- sessions ------------------------------------------------------------------------------------


def test_the_session_of_a_page_is_a_caller(boss: User, django_assert_num_queries: Callable) -> None:
    cookies = session_of(boss)
    with django_assert_num_queries(2):
        assert get({}, cookies) == Caller("boss", boss, "session", True, True, True, True)


def test_a_session_signed_for_an_older_password_is_nobody_and_stays_stored(boss: User) -> None:
    cookies = session_of(boss)
    rename_password(boss)
    assert get({}, cookies).scheme == "anonymous"
    assert SessionStore(cookies["sessionid"]).exists(cookies["sessionid"])


def test_a_session_outlives_a_rotated_secret_key(settings: object, boss: User) -> None:
    cookies = session_of(boss)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "x" * 50
    assert get({}, cookies).name == "boss"


@pytest.mark.parametrize("cookie", ["", "unknown0unknown0", "a\0b", "x"])
def test_a_cookie_of_no_session_is_nobody(cookie: str) -> None:
    assert get({}, {"sessionid": cookie}).scheme == "anonymous"


def test_the_session_of_a_deactivated_user_is_nobody(boss: User) -> None:
    cookies = session_of(boss)
    deactivate(boss)
    assert get({}, cookies).scheme == "anonymous"


def test_a_header_outweighs_the_session(boss: User, guest: User) -> None:
    assert get(basic("guest", "hello"), session_of(boss)).name == "guest"
    assert get({"authorization": "Basic Og=="}, session_of(boss)).name == "boss"
