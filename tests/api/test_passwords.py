"""Passwords: whom they name, how often they are hashed, and when they are checked anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection

from piwebapi.api import auth
from piwebapi.api.auth import Caller, identify
from piwebapi.core.errors import Unauthorized
from piwebapi.models import ApiToken
from tests.api.signin import basic, bearer, deactivate, get, rename_password

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("afresh")]


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
