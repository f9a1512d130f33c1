"""Who is asking, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser

from piwebapi.core.errors import Forbidden, Unauthorized

DENIED = "Authorization has been denied for this request."
CHALLENGE = 'Basic realm="PI Web API", Bearer realm="PI Web API"'
READ_ONLY = "The server is read-only; it takes no writes from anybody."

Scheme = Literal["anonymous", "basic", "bearer", "session"]
Right = Literal[
    "read",
    "write",
    "delete",
    "execute",
    "admin",
    "read_data",
    "write_data",
    "subscribe",
    "subscribe_others",
    "annotate",
]
#: rights that are needed for reading; they also go without credentials for writing
READING = ("read", "read_data", "subscribe")


@dataclass(frozen=True, slots=True)
class Caller:
    """`user` may be shared by many requests at once: read it, never save it.

    `may_write` holds for the whole server; `may_be_granted` means that the credentials are good for writing
    where a security entry allows it.
    """

    name: str
    user: AbstractBaseUser | None
    scheme: Scheme
    may_read: bool
    may_write: bool
    is_staff: bool
    may_be_granted: bool = False


def denied() -> Unauthorized:
    return Unauthorized(DENIED, headers={"WWW-Authenticate": CHALLENGE})


def require(caller: Caller, right: Right, granted: bool = False) -> None:
    """Unauthorized where signing in can help, Forbidden where it cannot. `granted`: an entry may have given
    the right, so that only the credentials count."""
    reading = right in READING
    if caller.may_read if reading else caller.may_write or (granted and caller.may_be_granted):
        return
    if not reading and getattr(settings, "OSIPI_READ_ONLY", False):
        raise Forbidden(READ_ONLY)
    if caller.scheme == "anonymous":
        raise denied()
    raise Forbidden(f"User '{caller.name}' may not {right.replace('_', ' ')} with these credentials.")


def of_user(user: AbstractBaseUser, scheme: Scheme = "basic", may_write: bool = True) -> Caller:
    """Staff write everywhere, others where they are granted it."""
    staff = bool(user.is_staff)  # type: ignore[attr-defined]
    return Caller(user.get_username(), user, scheme, True, may_write and staff, staff, may_write)
