"""How a request to a source says who asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

import httpx

from events.ingestion import sealing
from events.ingestion.faults import SourceError
from events.models.ingest import IngestionSource

#: a token is renewed so many seconds before it ends
EARLY = 60.0


def auth_of(source: IngestionSource, transport: Callable[[], httpx.Client]) -> httpx.Auth | None:
    """`transport` makes the client that asks for OAuth tokens."""
    match source.authentication:
        case "basic":
            return httpx.BasicAuth(source.user, sealing.opened(source))
        case "bearer":
            return Bearer(sealing.opened(source))
        case "oauth":
            return ClientCredentials(source, transport)
        case "kerberos":
            return kerberos(source)
    return None


def kerberos(source: IngestionSource) -> httpx.Auth:
    """By Negotiate, with the ticket that the process holds (`kinit`, or a keytab that KRB5_CLIENT_KTNAME names). The
    package is no requirement of the server: it needs the C library of Kerberos."""
    try:
        import httpx_gssapi
    except ImportError:
        sentence = (
            f"Source '{source.name}' signs in by Kerberos, and the package for that is not there: "
            "pip install httpx-gssapi (and libkrb5 with its headers)."
        )
        raise SourceError(sentence, permanent=True) from None
    faults = (httpx_gssapi.exceptions.SPNEGOExchangeError, httpx_gssapi.exceptions.MutualAuthenticationError)
    return Negotiate(httpx_gssapi.HTTPSPNEGOAuth(), faults, source.name)


class Negotiate(httpx.Auth):
    """What goes wrong with the ticket, as a sentence."""

    def __init__(self, inner: httpx.Auth, faults: tuple[type[Exception], ...], name: str) -> None:
        self._inner, self._faults, self._name = inner, faults, name

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        try:
            yield from self._inner.sync_auth_flow(request)
        except self._faults as error:
            raise SourceError(f"Source '{self._name}': Kerberos: {error}", permanent=True) from None


class Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class ClientCredentials(httpx.Auth):
    """The client credentials grant. A token that the server no longer takes is replaced once per request."""

    def __init__(self, source: IngestionSource, transport: Callable[[], httpx.Client]) -> None:
        self._source, self._transport = source, transport
        self._token, self._until = "", 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._current()}"
        answer = yield request
        if answer.status_code == 401:
            self._token = ""
            request.headers["Authorization"] = f"Bearer {self._current()}"
            yield request

    def _current(self) -> str:
        if not self._token or time.monotonic() > self._until:
            self._renew()
        return self._token

    def _renew(self) -> None:
        source = self._source
        form = {"grant_type": "client_credentials"} | ({"scope": source.scope} if source.scope else {})
        with self._transport() as client:
            answer = client.post(source.token_url, data=form, auth=(source.user, sealing.opened(source)))
        if answer.status_code >= 500 or answer.status_code == 429:
            raise httpx.ConnectError(f"the token service answers {answer.status_code}")
        if answer.status_code != 200:
            sentence = f"The token service of source '{source.name}' refused the client ({answer.status_code})."
            raise SourceError(sentence, permanent=True)
        told = answer.json()
        self._token = str(told["access_token"])
        self._until = time.monotonic() + max(float(told.get("expires_in", 300)) - EARLY, 5.0)
