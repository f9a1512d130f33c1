"""Who is asking, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser

from piwebapi.core.errors import Forbidden, Unauthorized

DENIED = "Authorization has been denied for this request."
CHALLENGE = 'Basic realm="PI Web API", Bearer realm="PI Web API"'

Scheme = Literal["anonymous", "basic", "bearer", "session"]
Right = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class Caller:
    """`user` may be shared by many requests at once: read it, never save it."""

    name: str
    user: AbstractBaseUser | None
    scheme: Scheme
    may_read: bool
    may_write: bool
    is_staff: bool


def denied() -> Unauthorized:
    return Unauthorized(DENIED, headers={"WWW-Authenticate": CHALLENGE})


def require(caller: Caller, right: Right) -> None:
    """Unauthorized where signing in can help, Forbidden where it cannot."""
    if caller.may_write if right == "write" else caller.may_read:
        return
    if right == "write" and getattr(settings, "OSIPI_READ_ONLY", False):
        raise Forbidden("The server is read-only; it takes no writes from anybody.")
    if caller.scheme == "anonymous":
        raise denied()
    raise Forbidden(f"User '{caller.name}' may not {right} with these credentials.")
