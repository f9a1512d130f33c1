"""What the tables of both engines have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import pyarrow as pa

from events.ingestion.tables import TableShape, fitted
from events.lakehouse.gateway import GatewayError

if TYPE_CHECKING:
    from events.lakehouse.databricks import DatabricksGateway
    from events.lakehouse.delta import DeltaGateway

G = TypeVar("G", "DatabricksGateway", "DeltaGateway")


class ShapedTable(Generic[G]):
    """A table with the columns of a shape. Opening, retries and faults are those of its `gateway`."""

    def __init__(self, gateway: G, shape: TableShape) -> None:
        self._gateway: G = gateway
        self.shape = shape
        self.name = gateway.name
        #: of the table, as they were found at first
        self.columns: list[str] = []

    def describe(self) -> str:
        """Which table, and where, for people."""
        return self._gateway.describe()

    def close(self) -> None:
        self._gateway.close()

    def _fitted(self, rows: pa.Table) -> pa.Table:
        """The rows with the columns of the table. GatewayError where they do not fit."""
        if not self.columns:
            self.columns = self._gateway.columns() or list(self.shape.names)
        try:
            return fitted(rows, self.shape, self.columns)
        except ValueError as error:
            raise GatewayError(f"The {self.describe()} does not fit: {error}.", permanent=True) from None
