"""The answer to a request under /piwebapi: Django's resolver and the view, around them what an API needs.

In use are the CORS, security-header, session and authentication middleware themselves, so `request.session`
and `request.user` mean what they mean on the pages; left out is what pages need (messages, CSRF forms,
static files). Every fault is JSON, never a page: `{"Errors": [...]}`, or `{"Message": ...}` for what the
vendor's framework refuses.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable

import orjson
from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import DisallowedHost, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django.urls import Resolver404, ResolverMatch, get_resolver

from osipi_site.lifespan import Scope
from osipi_site.page_headers import PageHeaders
from piwebapi.core.errors import ApiError, NoRoute

log = logging.getLogger(__name__)

PREFIX = "/piwebapi"
SLASHES = re.compile("/{2,}")


def is_api(path: str) -> bool:
    """Whether the path is ours, however its first segment is spelled: clients write /PIWebAPI as often."""
    first = SLASHES.sub("/", path[:64]).split("/", 2)[1:2]
    return bool(first) and first[0].lower() == PREFIX[1:]


def normal_path(path: str) -> str:
    """One slash between segments, none at the end, the prefix in lower case. Clients join URLs carelessly."""
    path = SLASHES.sub("/", path).rstrip("/")
    return PREFIX + path[len(PREFIX) :]


def normalised(scope: Scope) -> Scope:
    if scope["path"] == (path := normal_path(scope["path"])):
        return scope
    return {**scope, "path": path, "raw_path": None}


@functools.lru_cache(maxsize=8192)
def resolve(urlconf: str, path: str) -> ResolverMatch:
    """Django's resolver tries one pattern after the other; a client asks the same paths over and over."""
    return get_resolver(urlconf).resolve(path)


def answer(request: HttpRequest) -> HttpResponseBase:
    """The view's answer, or the JSON form of what it raised."""
    try:
        match = resolve(settings.ROOT_URLCONF, request.path_info)
        request.resolver_match = match
        response = match.func(request, *match.args, **match.kwargs)
        if hasattr(response, "render"):
            response = response.render()
        return response
    except ApiError as fault:
        return refuse_with(fault)
    except Resolver404:
        return refuse_with(
            NoRoute(f"No HTTP resource was found that matches the request URI '{request.build_absolute_uri()}'.")
        )
    except Http404 as fault:
        return refuse(404, str(fault) or "The requested object was not found.")
    except PermissionDenied as fault:
        return refuse(403, str(fault) or "Access is denied.")
    except SuspiciousOperation as fault:
        log.warning("%s %s refused: %s", request.method, request.path, fault)
        return refuse(400, str(fault).partition("\n")[0])
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return refuse(500, "The server failed to answer this request; the reason is in its log.")


def refuse(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(
        orjson.dumps({"Errors": [sentence]}), status=status, content_type="application/json; charset=utf-8"
    )


def refuse_with(fault: ApiError) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(fault.body),
        status=fault.status,
        content_type="application/json; charset=utf-8",
        headers=fault.headers,
    )


class Identified:
    """Lazy `request.session` and `request.user` as on the pages; without the cookie they cost no query."""

    def __init__(self) -> None:
        self.session = SessionMiddleware(answer)
        self.authentication = AuthenticationMiddleware(answer)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        self.session.process_request(request)
        self.authentication.process_request(request)
        return answer(request)


class ApiChain:
    """Built once per process; each link is called synchronously and costs microseconds, not a thread hop."""

    def __init__(self, innermost: Callable[[HttpRequest], HttpResponseBase] | None = None) -> None:
        self.chain = CorsMiddleware(SecurityMiddleware(PageHeaders(innermost or Identified())))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            request.get_host()  # a page elsewhere may have rebound its own name to this machine
        except DisallowedHost as fault:
            return refuse(400, str(fault))
        return self.chain(request)
