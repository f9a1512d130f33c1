"""API tokens, and the command that issues them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.db.models import QuerySet
from django.utils import timezone

from piwebapi.api import auth
from piwebapi.api.auth import Caller, identify
from piwebapi.core.errors import Unauthorized
from piwebapi.models import ApiToken
from tests.api.signin import bearer, get

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("afresh")]


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
