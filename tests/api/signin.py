"""Credentials as clients bring them, and what happens to the users meanwhile."""

from __future__ import annotations

from base64 import b64encode

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore

from piwebapi.api import auth
from piwebapi.api.auth import Caller, identify

ADDRESS = "192.0.2.7"


def get(headers: dict[str, str] | None = None, cookies: dict[str, str] | None = None) -> Caller:
    """Who reads with these."""
    return identify(headers or {}, cookies or {}, "GET", ADDRESS)


def start_afresh() -> None:
    """Nobody is remembered and no address has failed."""
    auth.forget()
    auth.failures.clear()


def basic(name: str, password: str, encoding: str = "utf-8") -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{name}:{password}".encode(encoding)).decode()}


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


def session_of(user: User) -> dict[str, str]:
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return {"sessionid": store.session_key}


def rename_password(user: User) -> None:
    user.set_password("new")
    user.save()


def deactivate(user: User) -> None:
    user.is_active = False
    user.save(update_fields=["is_active"])
