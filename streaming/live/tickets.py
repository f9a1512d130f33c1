"""A ticket opens one socket in the name of who asked for it: for browsers, which cannot send headers with one.

``POST channels/tickets`` gives it to a signed-in caller, ``?ticket=`` uses it, once, within half a minute. So no
token stands in an address that ends in somebody's log. What it stands for is kept in the cache.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

from django.core.cache import cache

from piwebapi.callers import Caller, denied
from piwebapi.core.errors import Conflict

from .standing import Standing, fallen

SECONDS = 30


def issue(caller: Caller, standing: Standing) -> str:
    if caller.user is None:
        raise Conflict("An anonymous caller needs no ticket: open the socket without one.")
    ticket = secrets.token_urlsafe(24)
    cache.set(_key(ticket), (caller, standing), SECONDS)
    return ticket


def redeem(scope: Mapping[str, Any]) -> tuple[Caller, Standing] | None:
    """Who is behind the ticket of a handshake; None without a ticket, Unauthorized with one that is no good."""
    given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("ticket")
    if not given:
        return None
    key = _key(given[-1])
    found: tuple[Caller, Standing] | None = cache.get(key)
    if found is None or not cache.delete(key) or fallen([found[1]]):
        raise denied()
    return found


def _key(ticket: str) -> str:
    return "ticket:" + sha256(ticket.encode()).hexdigest()
