"""Whose page opened a socket: the same-origin policy does not hold for sockets, so the server must ask."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from osipi_site.lifespan import Scope


def cookie_checked(scope: Scope) -> Scope:
    """The scope, without its cookies when a page of another origin opened the socket.

    Such a page may still read what anonymous clients may, or sign in with a token of its own; it cannot
    borrow the session of whoever looks at it. Origins named in OSIPI_CORS_ORIGINS are trusted with cookies,
    as over HTTP. Programs send no Origin and no cookies of a browser.
    """
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    if not origin or urlsplit(origin).netloc == host or origin in settings.CORS_ALLOWED_ORIGINS:
        return scope
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"cookie"]}
