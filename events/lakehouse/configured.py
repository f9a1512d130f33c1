"""The gateway that the settings ask for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .databricks import DatabricksGateway
from .delta import DeltaGateway
from .gateway import Gateway, GatewayError
from .schema import TableName
from .warehouse import DatabricksConfig


def configured_gateway(data_dir: Path, databricks: Mapping[str, Any]) -> Gateway:
    """With a host in `databricks` the Unity Catalog table, else a local Delta table below `data_dir`.

    Opens nothing. A permanent GatewayError names the setting that is missing or wrong.
    """
    parts = (databricks.get(key) or default for key, default in _DEFAULTS.items())
    try:
        table = TableName(*parts)
    except ValueError as error:
        raise GatewayError(f"DATABRICKS_CATALOG, DATABRICKS_SCHEMA or the table: {error}.", permanent=True) from None
    if databricks.get("host"):
        return DatabricksGateway(DatabricksConfig.read(databricks, table))
    return DeltaGateway(Path(data_dir) / "lake", table)


_DEFAULTS = {"catalog": "osipi", "schema": "bronze", "frames_table": "pi_event_frames"}
