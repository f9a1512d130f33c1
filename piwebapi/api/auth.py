"""Who is asking, and what they may do: the one answer for REST, batch, pages and sockets.

Four ways in: a password (Basic), an API token (Bearer), the session of a page, nothing at all.
Source: PI Web API reference, authentication, and CISA ICSA-17-164-03 for the header rule.

- Staff users write, every user reads; a token writes if its scope and its user do. What a caller
  without credentials may do is OSIPI_ANONYMOUS. OSIPI_READ_ONLY takes writing from everybody.
- Credentials that name nobody (`Basic Og==`, an empty user and password, as an anonymous Grafana
  sends) count as none. Wrong ones are 401 even where anonymous callers may read.
- Hashing a password costs some 400 ms, so a caller is remembered for OSIPI_AUTH_CACHE_SECONDS
  under a hash keyed for this process; a remembered caller costs no query. A change of a user or
  token through its model is heeded at once by the process that saves it, by other processes (and
  after `QuerySet.update`, which sends no signal) when that time is over.
- A browser adds passwords and session cookies to requests that a foreign page makes. A request
  that may write with those must therefore carry `X-Requested-With`, which such a page cannot set.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest, parse_cookie
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from piwebapi.callers import CHALLENGE, Caller, denied, of_user
from piwebapi.core.errors import BadRequest
from piwebapi.models import ApiToken

from .credentials import live_token, password_user, session_user
from .remembered import Failures, Remembered

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
REFUSED_SECONDS = 10.0


known: Remembered[Caller] = Remembered(size=4096)
refused: Remembered[bool] = Remembered(size=4096)
#: passwords that were hashed in vain; a client that repeats one wrong password stays below the limit
failures = Failures(limit=10, seconds=60.0, addresses=4096)

_KEY = secrets.token_bytes(32)
# Requests that bring the same new credentials wait for the first of them instead of hashing too.
_gates = tuple(Lock() for _ in range(64))


def identify(headers: Mapping[str, str], cookies: Mapping[str, str], method: str, address: str) -> Caller:
    """The caller of a request; header names are in lower case, `address` is the client's.

    Unauthorized for wrong credentials, BadRequest for a missing X-Requested-With. Asks the
    database nothing for anonymous and remembered callers, twice for a session.
    """
    if named := _named(headers.get("authorization", "")):
        caller = _holder(*named, address)
    else:
        user = session_user(cookies)
        caller = of_user(user, "session") if user else _anonymous()
    caller = _limited(caller)
    if (
        method.upper() not in SAFE_METHODS
        and "x-requested-with" not in headers
        and _may_be_a_foreign_page(caller, headers)
    ):
        raise BadRequest(
            "A browser's request that may write needs the header X-Requested-With, with any value, "
            "unless it carries a Bearer token."
        )
    return caller


def identify_scope(scope: Mapping[str, Any]) -> Caller:
    """The caller of a WebSocket handshake, from its ASGI scope; call it through `database_sync_to_async`.

    A page cannot set headers on a socket, so here, and only here, an API token is also taken from
    the query: ``?access_token=osipi_...``. Addresses end in logs: issue such a token to read, for
    a short time. The same-origin policy does not hold for sockets, so cookie and password are
    ignored when a foreign page brings them, unless OSIPI_CORS_ORIGINS names its origin.
    """
    headers, cookies = _presented(scope)
    address = (scope.get("client") or ("", 0))[0]
    return identify(headers, cookies, "GET", address)


def remembered(scope: Mapping[str, Any]) -> Caller | None:
    """As `identify_scope`, where that needs neither the database nor a password's hash: a token or password that was
    found good lately. None: not so."""
    named = _named(_presented(scope)[0].get("authorization", ""))
    caller = known.get(_key_of(*named)) if named else None
    return None if caller is None else _limited(caller)


def _presented(scope: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Headers, with a token of the query among them, and cookies."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}; {value}" if name == "cookie" and name in headers else value
    cookies = parse_cookie(headers.get("cookie", ""))
    if _foreign_origin(headers):
        cookies = {}
        if headers.get("authorization", "").lower().startswith("basic "):
            del headers["authorization"]
    tokens = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("access_token")
    if tokens and not _named(headers.get("authorization", "")):
        headers["authorization"] = f"Bearer {tokens[-1]}"
    return headers, cookies


class DrfAuthentication(BaseAuthentication):
    """`request.auth` is the Caller."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser | AnonymousUser, Caller]:
        headers = headers_of(request._request)
        address = request.META.get("REMOTE_ADDR", "")
        caller = identify(headers, request.COOKIES, request.method, address)
        return caller.user or AnonymousUser(), caller

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def headers_of(request: HttpRequest) -> dict[str, str]:
    """By their names in lower case; made once for a request."""
    known: dict[str, str] | None = getattr(request, "osipi_headers", None)
    if known is None:
        known = {
            name[5:].replace("_", "-").lower(): value
            for name, value in request.META.items()
            if name.startswith("HTTP_")
        }
        known |= {
            name.replace("_", "-").lower(): request.META[name]
            for name in ("CONTENT_TYPE", "CONTENT_LENGTH")
            if request.META.get(name)
        }
        request.osipi_headers = known
    return known


def forget() -> None:
    """Every remembered sign-in, good or bad, is checked anew."""
    known.clear()
    refused.clear()


@receiver((post_save, post_delete), sender=settings.AUTH_USER_MODEL)
@receiver((post_save, post_delete), sender=ApiToken)
def _forget_on_change(using: str, update_fields: frozenset[str] | None = None, **_: object) -> None:
    """Now for the rest of this transaction; after the commit for those who read the old row meanwhile."""
    if update_fields and set(update_fields) == {"last_login"}:
        return
    forget()
    transaction.on_commit(forget, using=using)


def _may_be_a_foreign_page(caller: Caller, headers: Mapping[str, str]) -> bool:
    """Programs send neither Origin nor Referer; an anonymous caller who cannot write has nothing to lend."""
    if caller.scheme == "bearer":
        return False
    if caller.scheme == "session":
        return True
    return (caller.scheme == "basic" or caller.may_write) and ("origin" in headers or "referer" in headers)


def _foreign_origin(headers: Mapping[str, str]) -> bool:
    origin = headers.get("origin")
    if not origin or origin in getattr(settings, "OSIPI_CORS_ORIGINS", ()):
        return False
    return origin.partition("://")[2].lower() != headers.get("host", "?").lower()


def _named(authorization: str) -> tuple[str, str] | None:
    """Scheme and credentials of an Authorization header, None when they name nobody."""
    scheme, _, credentials = authorization.strip().partition(" ")
    scheme, credentials = scheme.lower(), credentials.strip()
    nobody = scheme in ("", "basic", "bearer") and not credentials
    if nobody or (scheme == "basic" and credentials.rstrip("=") == "Og"):
        return None
    return scheme, credentials


def _holder(scheme: str, credentials: str, address: str) -> Caller:
    key = _key_of(scheme, credentials)
    caller = known.get(key)
    if caller is None:
        with _gates[key[0] % len(_gates)]:
            caller = known.get(key) or _verified(key, scheme, credentials, address)
    if caller is None:
        raise denied()
    return caller


def _key_of(scheme: str, credentials: str) -> bytes:
    return blake2b(f"{scheme} {credentials}".encode(), key=_KEY, digest_size=32).digest()


def _limited(caller: Caller) -> Caller:
    if (caller.may_write or caller.may_be_granted) and getattr(settings, "OSIPI_READ_ONLY", False):
        return replace(caller, may_write=False, may_be_granted=False)
    return caller


def _verified(key: bytes, scheme: str, credentials: str, address: str) -> Caller | None:
    generations = known.generation, refused.generation
    seconds = float(settings.OSIPI_AUTH_CACHE_SECONDS)
    caller: Caller | None = None
    if scheme == "bearer" and (token := live_token(credentials)):
        caller = of_user(token.user, "bearer", token.scope == ApiToken.Scope.WRITE)
        if token.expires:
            seconds = min(seconds, (token.expires - timezone.now()).total_seconds())
    elif scheme == "basic" and not refused.get(key) and not failures.too_many(address):
        if user := password_user(credentials):
            caller = of_user(user, "basic")
        else:
            failures.add(address)
            refused.put(key, True, REFUSED_SECONDS, generations[1])
    if caller:
        known.put(key, caller, seconds, generations[0])
    return caller


def _anonymous() -> Caller:
    may = getattr(settings, "OSIPI_ANONYMOUS", "read")
    return Caller("Anonymous", None, "anonymous", may in ("read", "write"), may == "write", False)
