"""How a page reads: through the same service as every client, with the rights of whoever looks at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import orjson
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from piwebapi.api.auth import identify
from piwebapi.api.render import json_bytes
from piwebapi.api.service import Request, service
from piwebapi.callers import Caller
from piwebapi.core.errors import ApiError, Unauthorized
from piwebapi.core.times import from_datetime
from piwebapi.securables import visible


class Refused(Exception):
    """The service refused; `status` and the sentences are as a client gets them."""

    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self.messages = list(body.get("Errors") or [body.get("Message", "")]) if isinstance(body, dict) else []
        super().__init__(" ".join(self.messages))


@dataclass(frozen=True)
class Reader:
    caller: Caller
    base: str
    now: int

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """The answer of `GET /piwebapi/<path>`; parameters that are None are left out."""
        asked = [(name, value) for name, value in query.items() if value is not None]
        reply = service.answer(Request("GET", path, urlencode(asked, doseq=True), self.caller, self.now, self.base))
        body = orjson.loads(json_bytes(reply.body)) if reply.body is not None else {}
        if reply.status >= 400:
            raise Refused(reply.status, body)
        return body

    def visible(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that the caller may read."""
        return visible(self.caller, rows)

    @property
    def may_write(self) -> bool:
        """Whether it makes sense to offer a change; the service decides about each."""
        return self.caller.may_write or self.caller.may_be_granted

    def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        return self.get(path, **query)["Items"]


def reader_of(request: HttpRequest) -> Reader:
    headers = {name.lower(): value for name, value in request.headers.items()}
    caller = identify(headers, request.COOKIES, "GET", request.META.get("REMOTE_ADDR", ""))
    base = f"{request.scheme}://{request.get_host()}/piwebapi"
    return Reader(caller, base, from_datetime(timezone.now()))


View = Callable[..., HttpResponseBase]


def page(view: View) -> View:
    """A page that asks for `reader`; whoever may not read is sent to sign in."""

    @wraps(view)
    def guarded(request: HttpRequest, **more: Any) -> HttpResponseBase:
        try:
            reader = reader_of(request)
        except Unauthorized:
            return _sign_in(request)
        if reader.caller.may_read:
            try:
                return view(request, reader, **more)
            except (Refused, ApiError) as error:
                return _fault(request, error)
        if reader.caller.user is None:
            return _sign_in(request)
        raise PermissionDenied("Your account may not read this server.")

    return guarded


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    return redirect(f"/sign-in/?{urlencode({'next': request.get_full_path()})}")


def _fault(request: HttpRequest, error: Refused | ApiError) -> HttpResponseBase:
    name = "404.html" if error.status == 404 else "400.html"
    return render(request, name, {"sentence": " ".join(error.messages)}, status=error.status)


def data(view: Callable[..., Any]) -> View:
    """A JSON endpoint beside a page: what the view returns, or the refusal in the shape of the service."""

    @wraps(view)
    def guarded(request: HttpRequest, **more: Any) -> HttpResponseBase:
        try:
            reader = reader_of(request)
            if not reader.caller.may_read:
                return JsonResponse({"Errors": ["Sign in to read this server."]}, status=401)
            answer = view(request, reader, **more)
        except Refused as refused:
            return JsonResponse({"Errors": refused.messages}, status=refused.status)
        except ApiError as error:
            return JsonResponse(error.body, status=error.status)
        return answer if isinstance(answer, HttpResponseBase) else JsonResponse(answer)

    return guarded
