"""What can go wrong with a request, as one small tree.

An error carries the HTTP status and the sentences for the client; it is rendered in one place
(`piwebapi.api.render`). Errors of the service itself become ``{"Errors": [...]}``; errors of
the web framework (no route, wrong method, not signed in) become ``{"Message": "..."}``, as
clients of the vendor's server expect.
"""

from __future__ import annotations

from typing import ClassVar


class ApiError(Exception):
    """A refusal with a status and at least one sentence. `about`: the identifier that a list of several was asked
    with, where the refusal stands in the place of what it names."""

    status: ClassVar[int] = 500
    framework: ClassVar[bool] = False
    about: str = ""

    def __init__(self, *messages: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(*messages)
        self.messages: tuple[str, ...] = messages or (self.__class__.__name__,)
        self.headers = headers or {}

    @property
    def body(self) -> dict[str, object]:
        if self.framework:
            return {"Message": self.messages[0]}
        return {"Errors": list(self.messages)}


class BadRequest(ApiError):
    status = 400


class Unauthorized(ApiError):
    status = 401
    framework = True


class Forbidden(ApiError):
    status = 403


class NotFound(ApiError):
    status = 404


class NoRoute(NotFound):
    framework = True


class MethodNotAllowed(ApiError):
    status = 405
    framework = True


class Conflict(ApiError):
    """Only where the vendor documents 409: one widespread client takes it for throttling."""

    status = 409


class TooLarge(ApiError):
    status = 413


class UnsupportedMedia(ApiError):
    status = 415
    framework = True


class TooMany(ApiError):
    status = 429


class NotSupported(ApiError):
    status = 501


class Unavailable(ApiError):
    status = 503
