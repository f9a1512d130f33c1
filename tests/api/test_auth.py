"""Who gets in, with what, and what they may do then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.db.models import QuerySet
from django.utils import timezone

from piwebapi.api import auth, remembered
from piwebapi.api.auth import Caller, identify
from piwebapi.core.errors import Unauthorized
from piwebapi.models import ApiToken
from tests.api.signin import basic, bearer, deactivate, rename_password, session_of, start_afresh

pytestmark = pytest.mark.django_db

ADDRESS = "192.0.2.7"


def get(headers: dict[str, str] | None = None, cookies: dict[str, str] | None = None) -> Caller:
    return identify(headers or {}, cookies or {}, "GET", ADDRESS)


@pytest.fixture(autouse=True)
def afresh(settings: object) -> Iterator[None]:
    settings.OSIPI_ANONYMOUS, settings.OSIPI_READ_ONLY, settings.OSIPI_AUTH_CACHE_SECONDS = "read", False, 60
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


# ---- passwords -----------------------------------------------------------------------------------


def test_staff_write_and_other_users_read(boss: User, guest: User) -> None:
    assert get(basic("boss", "s3cret")) == Caller("boss", boss, "basic", True, True, True, True)
    assert get(basic("guest", "hello")) == Caller("guest", guest, "basic", True, False, False, True)


@pytest.mark.parametrize("name", ["boss", "PLANT\\boss", "boss@plant.example", "PLANT\\boss@plant.example"])
def test_a_domain_may_be_written_with_the_name(boss: User, name: str) -> None:
    assert get(basic(name, "s3cret")).user == boss


def test_a_user_whose_name_is_an_address_is_not_cut_off(boss: User) -> None:
    User.objects.create_user("boss@plant.example", password="other")
    assert get(basic("boss@plant.example", "other")).name == "boss@plant.example"
    with pytest.raises(Unauthorized):
        get(basic("boss@plant.example", "s3cret"))


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_an_umlaut_may_come_as_utf_8_or_latin_1(encoding: str) -> None:
    User.objects.create_user("jürgen", password="größe:7")
    assert get(basic("jürgen", "größe:7", encoding)).name == "jürgen"


@pytest.mark.parametrize(("name", "password"), [("boss", "S3cret"), ("boss", ""), ("", "s3cret"), ("x", "y")])
def test_a_wrong_name_or_password_is_refused(boss: User, name: str, password: str) -> None:
    with pytest.raises(Unauthorized):
        get(basic(name, password))


def test_a_nul_is_refused_before_a_database_that_cannot_store_one(
    django_assert_num_queries: Callable,
) -> None:
    with django_assert_num_queries(0), pytest.raises(Unauthorized):
        get(basic("b\0oss", "s3cret"))
    with django_assert_num_queries(0):
        assert get({}, {"sessionid": "unknown\0unknown"}).scheme == "anonymous"


@pytest.mark.parametrize(("name", "queries"), [("boss", 1), ("PLANT\\boss", 2)])
def test_only_a_name_with_a_domain_is_looked_up_twice(
    boss: User, name: str, queries: int, django_assert_num_queries: Callable
) -> None:
    with django_assert_num_queries(queries):
        get(basic(name, "s3cret"))


def test_a_second_request_neither_hashes_nor_queries(
    boss: User, hashed: Callable[[], int], django_assert_num_queries: Callable
) -> None:
    get(basic("boss", "s3cret"))
    assert hashed() == 1
    with django_assert_num_queries(0):
        assert get(basic("boss", "s3cret")).user == boss
    assert hashed() == 1


def test_a_password_is_checked_again_after_the_time_of_the_setting(
    boss: User, hashed: Callable[[], int], later: Callable[[float], None]
) -> None:
    get(basic("boss", "s3cret"))
    later(59.9)
    get(basic("boss", "s3cret"))
    assert hashed() == 1
    later(0.2)
    get(basic("boss", "s3cret"))
    assert hashed() == 2


def test_zero_seconds_remember_nothing(settings: object, boss: User, hashed: Callable[[], int]) -> None:
    settings.OSIPI_AUTH_CACHE_SECONDS = 0
    get(basic("boss", "s3cret"))
    get(basic("boss", "s3cret"))
    assert hashed() == 2


@pytest.mark.parametrize("change", [rename_password, deactivate, User.delete])
def test_a_changed_user_is_heeded_at_once(boss: User, change: Callable[[User], object]) -> None:
    text = ApiToken.issue(user=boss, name="job")[1]
    get(basic("boss", "s3cret"))
    get(bearer(text))
    change(boss)
    with pytest.raises(Unauthorized):
        get(basic("boss", "s3cret"))
    if change is not rename_password:
        with pytest.raises(Unauthorized):
            get(bearer(text))


def test_a_user_who_loses_staff_writes_no_more(boss: User) -> None:
    assert get(basic("boss", "s3cret")).may_write
    boss.is_staff = False
    boss.save()
    assert not get(basic("boss", "s3cret")).may_write


def test_a_password_changed_while_it_is_being_checked_is_not_remembered(
    boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change_meanwhile(credentials: str) -> User:
        rename_password(User.objects.get(pk=boss.pk))
        return boss

    with monkeypatch.context() as patch:
        patch.setattr(auth, "password_user", change_meanwhile)
        get(basic("boss", "s3cret"))
    with pytest.raises(Unauthorized):
        get(basic("boss", "s3cret"))


def test_a_password_set_while_it_is_being_refused_is_not_remembered_as_wrong(
    boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(auth, "password_user", lambda _: rename_password(boss))
        with pytest.raises(Unauthorized):
            get(basic("boss", "new"))
    assert get(basic("boss", "new")).name == "boss"


def test_what_another_thread_learned_before_the_commit_is_forgotten_after_it(
    boss: User, django_capture_on_commit_callbacks: Callable
) -> None:
    with django_capture_on_commit_callbacks() as committed:
        rename_password(boss)
    auth.known.put(b"learned from the old row", get(), 60, auth.known.generation)
    for callback in committed:
        callback()
    assert auth.known.get(b"learned from the old row") is None


def test_signing_in_to_the_pages_forgets_nobody(boss: User, hashed: Callable[[], int]) -> None:
    get(basic("boss", "s3cret"))
    boss.save(update_fields=["last_login"])
    get(basic("boss", "s3cret"))
    assert hashed() == 1


def test_a_repeated_wrong_password_is_hashed_once_in_ten_seconds(
    boss: User, hashed: Callable[[], int], later: Callable[[float], None]
) -> None:
    for seconds in (0, 9.9, 0.2):
        later(seconds)
        with pytest.raises(Unauthorized):
            get(basic("boss", "wrong"))
    assert hashed() == 2


def test_a_password_that_was_wrong_works_as_soon_as_it_is_set(boss: User) -> None:
    with pytest.raises(Unauthorized):
        get(basic("boss", "new"))
    rename_password(boss)
    assert get(basic("boss", "new")).name == "boss"


def test_after_ten_wrong_passwords_an_address_waits_a_minute(
    boss: User, guest: User, hashed: Callable[[], int], later: Callable[[float], None]
) -> None:
    get(basic("guest", "hello"))
    for number in range(10):
        with pytest.raises(Unauthorized):
            get(basic("boss", f"wrong {number}"))
    assert hashed() == 11
    with pytest.raises(Unauthorized):
        get(basic("boss", "s3cret"))
    assert hashed() == 11
    assert get(basic("guest", "hello")).name == "guest"  # already known at this address
    assert identify(basic("boss", "s3cret"), {}, "GET", "192.0.2.8").name == "boss"
    auth.forget()
    later(60.1)
    assert get(basic("boss", "s3cret")).name == "boss"


# ---- tokens --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("staff", "scope", "writes"),
    [(True, "write", True), (True, "read", False), (False, "write", False), (False, "read", False)],
)
def test_a_token_writes_if_its_scope_and_its_user_do(staff: bool, scope: str, writes: bool) -> None:
    user = User.objects.create_user("program", is_staff=staff)
    text = ApiToken.issue(user=user, name="job", scope=scope)[1]
    assert get(bearer(text)) == Caller("program", user, "bearer", True, writes, staff, scope == "write")


def test_a_token_is_remembered(boss: User, django_assert_num_queries: Callable) -> None:
    text = ApiToken.issue(user=boss, name="job")[1]
    get(bearer(text))
    with django_assert_num_queries(0):
        assert get(bearer(text)).user == boss


def test_an_expired_token_is_refused(boss: User) -> None:
    text = ApiToken.issue(user=boss, name="job", expires=timezone.now() - timedelta(seconds=1))[1]
    with pytest.raises(Unauthorized):
        get(bearer(text))


def test_a_token_is_not_remembered_beyond_its_expiry(boss: User, later: Callable[[float], None]) -> None:
    token, text = ApiToken.issue(user=boss, name="job", expires=timezone.now() + timedelta(seconds=20))
    get(bearer(text))
    ApiToken.objects.filter(pk=token.pk).update(expires=timezone.now())  # without a signal
    later(19)
    assert get(bearer(text)).user == boss
    later(1)
    with pytest.raises(Unauthorized):
        get(bearer(text))


def test_a_deleted_token_is_refused_at_once(boss: User) -> None:
    token, text = ApiToken.issue(user=boss, name="job")
    get(bearer(text))
    token.delete()
    with pytest.raises(Unauthorized):
        get(bearer(text))


def test_the_last_use_of_a_token_is_written_once_a_minute(boss: User) -> None:
    token, text = ApiToken.issue(user=boss, name="job")
    get(bearer(text))
    token.refresh_from_db()
    first = token.last_used
    assert abs(timezone.now() - first) < timedelta(seconds=30)
    auth.forget()
    get(bearer(text))
    token.refresh_from_db()
    assert token.last_used == first
    ApiToken.objects.update(last_used=first - timedelta(seconds=61))
    auth.forget()
    get(bearer(text))
    token.refresh_from_db()
    assert token.last_used > first


def test_a_locked_database_costs_the_last_use_not_the_request(boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object, **__: object) -> int:
        raise OperationalError("database is locked")

    text = ApiToken.issue(user=boss, name="job")[1]
    monkeypatch.setattr(QuerySet, "update", locked)
    assert get(bearer(text)).user == boss


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
