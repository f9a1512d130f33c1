"""Which SQL warehouse, and how to sign in there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .gateway import GatewayError
from .schema import TableName
from .volume import Volume


@dataclass(frozen=True, slots=True)
class DatabricksConfig:
    """`volume`: for files of many rows; empty: all travels in statements. `port` and `ca_file` differ from their
    defaults only behind a proxy of one's own, and in tests."""

    host: str
    http_path: str
    table: TableName
    token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    volume: str = ""
    port: int = 443
    ca_file: str | None = None

    def __post_init__(self) -> None:
        missing = [] if self.http_path else ["DATABRICKS_HTTP_PATH"]
        if not self.token and not (self.client_id and self.client_secret):
            missing.append("DATABRICKS_TOKEN (or DATABRICKS_CLIENT_ID with DATABRICKS_CLIENT_SECRET)")
        if self.volume:
            try:
                Volume(self.volume)
            except ValueError as error:
                raise GatewayError(f"DATABRICKS_VOLUME: {error}.", permanent=True) from None
        if missing:
            raise GatewayError(f"DATABRICKS_HOST is set, but not {' nor '.join(missing)}.", permanent=True)

    @classmethod
    def read(cls, values: Mapping[str, Any], table: TableName) -> DatabricksConfig:
        """Keys host, http_path, token, client_id, client_secret, volume. A host may be given as the address of its
        page, and with a port."""
        host, _, port = values.get("host", "").strip().removeprefix("https://").rstrip("/").partition(":")
        if port and not port.isdecimal():
            raise GatewayError(f"DATABRICKS_HOST: {port!r} is no port.", permanent=True)
        keys = ("http_path", "token", "client_id", "client_secret", "volume")
        texts: dict[str, Any] = {key: values.get(key) or "" for key in keys}
        return cls(host=host, table=table, port=int(port or 443), **texts)

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in (self.token, self.client_secret) if secret)
