"""One PI Web API server as a source: requests that are answered in the end, or one sentence why not.

429 and 503 are waited out as Retry-After says, else with growing rests; a broken connection, a late or unreadable
answer is asked for again: all requests here only read. What must be mended by somebody is told at once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import orjson
from django.conf import settings

from events import turns
from events.ingestion.faults import NotFound, SourceError, TooMuch
from events.ingestion.signin import auth_of
from events.models.ingest import IngestionSource

ATTEMPTS = 8
FIRST_REST, LONGEST_REST = 0.25, 20.0
BUSY = (408, 425, 429, 500, 502, 503, 504)
EXCEEDED = "is greater than the maximum allowed"
Parameters = Sequence[tuple[str, str]]
T = TypeVar("T")


def address_of(source: IngestionSource) -> str:
    """The base URL, without a slash at its end."""
    if source.url:
        return source.url.rstrip("/")
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.OSIPI_HOST, settings.OSIPI_HOST)
    return f"http://{host}:{settings.OSIPI_PORT}/piwebapi"


class PiClient:
    """`patience`: so many seconds may go by with waiting and asking again in all; a run of a schedule has little.

    Use as a context manager. `requests` and `retries` count what was sent.
    """

    def __init__(
        self, source: IngestionSource, *, patience: float = 120.0, sleep: Callable[[float], None] = turns.pause
    ) -> None:
        self.source = source
        self.base = address_of(source)
        self.requests = self.retries = 0
        self._left = patience
        self._sleep = sleep
        self._last = self._took = 0.0
        self._http = self._made(auth_of(source, self._made))

    def _made(self, auth: httpx.Auth | None = None) -> httpx.Client:
        source = self.source
        verify: Any = source.verify_tls
        if source.verify_tls and source.ca_file:
            import ssl

            verify = ssl.create_default_context(cafile=source.ca_file)
        headers = {"Accept": "application/json", "X-Requested-With": "osipi", "User-Agent": "osipi-ingestion"}
        limits = httpx.Limits(max_connections=4)
        return httpx.Client(
            auth=auth, headers=headers, verify=verify, timeout=source.timeout_seconds, limits=limits, trust_env=False
        )

    def __enter__(self) -> PiClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, parameters: Parameters = ()) -> dict[str, Any]:
        """`path` below the base, or the path and query of a link that the server gave."""
        request = self._http.build_request("GET", self._url(path), params=list(parameters) or None)
        return self._answered(request, self._parsed)

    def text(self, path: str, parameters: Parameters = ()) -> bytes:
        """What is no JSON, as an export."""
        headers = {"Accept": "application/xml, text/xml;q=0.9, */*;q=0.1"}
        request = self._http.build_request("GET", self._url(path), params=list(parameters) or None, headers=headers)
        return self._answered(request, lambda answer: answer.content)

    def batch(self, requests: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """The answers of sub-requests by their names: {"Status", "Headers", "Content"}."""
        content = orjson.dumps(requests)
        headers = {"Content-Type": "application/json"}
        request = self._http.build_request("POST", self._url("batch"), content=content, headers=headers)
        return self._answered(request, self._parsed)

    def _url(self, path: str) -> str:
        """A link is followed on the server that we were told: a proxy may call it by another name."""
        if "://" in path:
            link, base = urlsplit(path), urlsplit(self.base)
            return f"{base.scheme}://{base.netloc}{link.path}" + (f"?{link.query}" if link.query else "")
        return f"{self.base}/{path}"

    def _answered(self, request: httpx.Request, read: Callable[[httpx.Response], T]) -> T:
        told = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self.retries += 1
            self._keep_pace()
            self.requests += 1
            asked = None
            try:
                answer = self._send(request)
                if 200 <= answer.status_code < 300:
                    return read(answer)
                if answer.status_code not in BUSY:
                    raise self._refused(answer)
                asked = retry_after(answer, time.time())
                told = f"answers {answer.status_code}"
            except httpx.TransportError as error:
                told = f"cannot be reached ({type(error).__name__})"
            except (orjson.JSONDecodeError, UnicodeDecodeError, httpx.DecodingError):
                told = "gives answers that are no JSON"
            self._rest(attempt, asked, told)
        raise self._fault(told, permanent=False)

    def _send(self, request: httpx.Request) -> httpx.Response:
        began = time.monotonic()
        try:
            return self._http.send(request)
        finally:
            self._took = time.monotonic() - began

    def _keep_pace(self) -> None:
        """This server is asked for half of the time at most, so that its other clients are served between."""
        if self.source.requests_per_second > 0:
            apart = 1.0 / self.source.requests_per_second
            rest = apart if self.source.url else max(apart, 2.0 * self._took)
            due = self._last + rest - time.monotonic()
            if due > 0:
                self._sleep(due)
        self._last = time.monotonic()

    def _rest(self, attempt: int, asked: float | None, told: str) -> None:
        rest = min(FIRST_REST * 2.0**attempt, LONGEST_REST) * random.uniform(0.7, 1.3)
        if asked is not None:
            rest = max(asked, 0.05)
        if rest > self._left:
            raise self._fault(told, permanent=False)
        self._left -= rest
        self._sleep(rest)

    def _parsed(self, answer: httpx.Response) -> dict[str, Any]:
        body = orjson.loads(answer.content)
        if not isinstance(body, dict):
            raise self._fault("answers with something else than a PI Web API does", permanent=True)
        return body

    def _refused(self, answer: httpx.Response) -> SourceError:
        status, text = answer.status_code, _text(answer)
        if status in (413, 414) or (status == 400 and EXCEEDED in text):
            return TooMuch(f"Source '{self.source.name}': {text or status}")
        if status == 404:
            return NotFound(f"Source '{self.source.name}' answers 404: {text}")
        if status in (401, 403):
            return self._fault(f"refuses the credentials ({status})", permanent=True)
        if 300 <= status < 400:
            return self._fault(f"sends elsewhere ({status}): give its final URL", permanent=True)
        return self._fault(f"refuses a request ({status}): {text}", permanent=True)

    def _fault(self, told: str, *, permanent: bool) -> SourceError:
        return SourceError(f"Source '{self.source.name}' at {self.base} {told}.", permanent=permanent)


def _text(answer: httpx.Response) -> str:
    """What the server says is wrong, cut short."""
    try:
        errors = orjson.loads(answer.content).get("Errors", [])
        return " ".join(str(error) for error in errors)[:300]
    except (orjson.JSONDecodeError, AttributeError, TypeError):
        return answer.text[:100]


def retry_after(answer: httpx.Response, now: float) -> float | None:
    """Seconds, from either form of the header."""
    text = answer.headers.get("Retry-After", "").strip()
    if not text:
        return None
    if text.replace(".", "", 1).isdecimal():
        return float(text)
    try:
        moment: datetime = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now, 0.0)
