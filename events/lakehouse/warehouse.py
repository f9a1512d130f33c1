"""Which SQL warehouse, and how to sign in there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .gateway import GatewayError
from .schema import TableName


@dataclass(frozen=True, slots=True)
class DatabricksConfig:
    """`port` and `ca_file` differ from their defaults only behind a proxy of one's own, and in tests."""

    host: str
    http_path: str
    table: TableName
    token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    port: int = 443
    ca_file: str | None = None

    def __post_init__(self) -> None:
        missing = [] if self.http_path else ["DATABRICKS_HTTP_PATH"]
        if not self.token and not (self.client_id and self.client_secret):
            missing.append("DATABRICKS_TOKEN (or DATABRICKS_CLIENT_ID with DATABRICKS_CLIENT_SECRET)")
        if missing:
            raise GatewayError(f"DATABRICKS_HOST is set, but not {' nor '.join(missing)}.", permanent=True)

    @classmethod
    def read(cls, values: Mapping[str, Any], table: TableName) -> DatabricksConfig:
        """Keys host, http_path, token, client_id, client_secret. A host may be given as the address of its page."""
        host = values.get("host", "").strip().removeprefix("https://").rstrip("/")
        keys = ("http_path", "token", "client_id", "client_secret")
        texts: dict[str, Any] = {key: values.get(key) or "" for key in keys}
        return cls(host=host, table=table, **texts)

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in (self.token, self.client_secret) if secret)
