"""What a browser is told about every HTML answer: run our own files only, and let nobody frame us."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

DIRECTIVES = (
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
POLICY = "; ".join(DIRECTIVES)
#: Alpine, with which the pages of the admin are made, compiles expressions in attributes and sets style attributes.
ADMIN_POLICY = "; ".join((*DIRECTIVES, "script-src 'self' 'unsafe-eval'", "style-src-attr 'unsafe-inline'"))


class PageHeaders:
    """Middleware: a strict content security policy on HTML, unless the view has set its own."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            policy = ADMIN_POLICY if request.path.startswith("/admin/") else POLICY
            response.headers.setdefault("Content-Security-Policy", policy)
            response.headers.setdefault("X-Frame-Options", "DENY")
        return response
