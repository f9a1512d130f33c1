"""What went wrong at a warehouse, as one sentence, and whether trying again can help.

The connector raises DB-API errors, bare urllib3 errors (host unreachable, retries used up), operating system errors
and, for a server that is none, thrift's own. Texts of servers are cut short and cleared of our secrets.
"""

from __future__ import annotations

import re
from typing import Any

from .gateway import GatewayError
from .warehouse import DatabricksConfig

SIGN_IN = "check DATABRICKS_TOKEN (or the client id and secret) and the rights on the warehouse"
_BY_STATUS = {
    400: ("refused the request", True),
    401: (f"refused the credentials: {SIGN_IN}", True),
    403: (f"refused access: {SIGN_IN}", True),
    404: ("has no such SQL warehouse: check DATABRICKS_HTTP_PATH", True),
    429: ("is busy", False),
    501: ("does not offer this service: check DATABRICKS_HTTP_PATH", True),
    503: ("is starting or busy", False),
}
#: found in the text of a failed statement; the first that fits counts
_BY_TEXT = (
    (
        re.compile(r"DELTA_CONCURRENT_|ConcurrentModification|CONCURRENT_APPEND", re.I),
        "another writer was faster",
        False,
    ),
    (re.compile(r"Invalid SessionHandle|SESSION_(CLOSED|EXPIRED)", re.I), "the session has expired", False),
    (re.compile(r"INSUFFICIENT_PERMISSIONS|PERMISSION_DENIED|does not have .* on", re.I), "rights are missing", True),
    (re.compile(r"VOLUME_(NOT_FOUND|DOES_NOT_EXIST)", re.I), "the volume is not there: check DATABRICKS_VOLUME", True),
    (re.compile(r"(TABLE_OR_VIEW|SCHEMA|CATALOG)_NOT_FOUND|NO_SUCH_CATALOG", re.I), "the table is not there", True),
    (re.compile(r"timed? ?out|TEMPORARILY_UNAVAILABLE|CANCELL?ED", re.I), "it took too long or was cancelled", False),
)
_CERTIFICATE = re.compile(r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|doesn't match", re.I)
_ON_FILES = re.compile(r"Staging operation over HTTP was unsuccessful: (\d{3})")
_TOO_MANY = re.compile(r"too many (\d{3}) error responses")


def explain(error: BaseException, config: DatabricksConfig) -> GatewayError:
    """A GatewayError for anything that a statement or a connection attempt raised."""
    for one in (error, *error.args):  # the connector wraps what the sign-in raised
        if isinstance(one, GatewayError):
            return one
    text = _readable(error, config)
    if found := _ON_FILES.search(text):
        lasting = found[1] in ("401", "403", "404")
        return GatewayError(f"The storage of {config.volume} refused a file (HTTP {found[1]}).", permanent=lasting)
    context = getattr(error, "context", None) or {}
    status = context.get("http-code") or _exhausted(text)
    where = f"The warehouse at {config.host}"
    if isinstance(status, int) and status != 200:
        told, permanent = _BY_STATUS.get(status, ("failed", False))
        return GatewayError(f"{where} {told} (HTTP {status}).", permanent=permanent)
    if _CERTIFICATE.search(text):
        return GatewayError(f"The certificate of {config.host} is not trusted: {text}", permanent=True)
    for pattern, told, permanent in _BY_TEXT:
        if pattern.search(text):
            return GatewayError(f"{where} refused a statement on {config.table}: {told}. {text}", permanent=permanent)
    if _is_server_operation(error):
        return GatewayError(f"{where} refused a statement on {config.table}: {text}", permanent=True)
    return GatewayError(f"{where} cannot be reached: {text}", permanent=False)


def table_is_missing(error: BaseException) -> bool:
    return "_NOT_FOUND" in str(error) and _is_server_operation(error)


def _is_server_operation(error: BaseException) -> bool:
    from databricks.sql.exc import RequestError, ServerOperationError

    return isinstance(error, ServerOperationError) and not isinstance(error, RequestError)


def _exhausted(text: str) -> int | None:
    found = _TOO_MANY.search(text)
    return int(found[1]) if found else None


def _readable(error: BaseException, config: DatabricksConfig) -> str:
    cause: Any = getattr(error, "reason", None) or error  # MaxRetryError tells what it met at last
    text = " ".join(str(cause).split()) or type(cause).__name__
    for secret in config.secrets:
        text = text.replace(secret, "***")
    text = re.sub(r"<[\w.]+ object at 0x[0-9a-f]+>:? ?", "", text)
    return text if len(text) <= 300 else f"{text[:297]}..."
