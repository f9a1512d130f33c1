"""Is this password, token or session good, and whose is it? Each asks the database anew."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    authenticate,
    get_user_model,
    load_backend,
)
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import OperationalError
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from piwebapi.models import ApiToken

LAST_USED_STEP = timedelta(minutes=1)


def password_user(credentials: str) -> AbstractBaseUser | None:
    """Whose name and password these are (Basic, base64; UTF-8 or else Latin-1); None where they are not good."""
    try:
        raw = b64decode(credentials, validate=True)
    except ValueError:
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    name, colon, password = text.partition(":")
    if not colon or "\0" in text:  # PostgreSQL refuses a NUL with an exception
        return None
    return authenticate(username=_account(name), password=password)


def _account(name: str) -> str:
    r"""The user spelled `name` if there is one, else without its domain: ``DOMAIN\user``, ``user@domain``."""
    short = name.rpartition("\\")[2].partition("@")[0]
    if short == name:
        return name
    users = get_user_model()
    return name if users.objects.filter(**{users.USERNAME_FIELD: name}).exists() else short


def live_token(text: str) -> ApiToken | None:
    """The token of this text, unless it has expired or its user is not active; its use is noted from time to time."""
    token = ApiToken.objects.select_related("user").filter(digest=ApiToken.digest_of(text)).first()
    now = timezone.now()
    if token is None or not token.user.is_active or (token.expires and token.expires <= now):
        return None
    if token.last_used is None or token.last_used <= now - LAST_USED_STEP:
        _mark_used(token, now)
    return token


def _mark_used(token: ApiToken, now: datetime) -> None:
    """Without a signal, which would forget the token. Not worth failing a read while SQLite is locked."""
    with suppress(OperationalError):
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)


def session_user(cookies: Mapping[str, str]) -> AbstractBaseUser | None:
    """As `django.contrib.auth.get_user`, but never writing: no response of ours could carry a new cookie."""
    cookie = cookies.get(settings.SESSION_COOKIE_NAME, "")
    if not cookie or not cookie.isprintable():
        return None
    session = import_module(settings.SESSION_ENGINE).SessionStore(cookie)
    backend = session.get(BACKEND_SESSION_KEY)
    if backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = load_backend(backend).get_user(get_user_model()._meta.pk.to_python(session[SESSION_KEY]))
    if user is None:
        return None
    signed = session.get(HASH_SESSION_KEY, "")
    valid = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    if not any(constant_time_compare(signed, one) for one in valid):
        return None
    return user
