"""AF tables."""

from __future__ import annotations

from typing import Any

from django.db import models

from .base import InDatabase
from .categories import TableCategory


class ColumnsField(models.JSONField):
    """Names to types in their order. Stored as a list of pairs: PostgreSQL's jsonb does not keep the order of
    an object's members."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> dict[str, str] | None:
        found = super().from_db_value(value, expression, connection)
        return dict(found) if found is not None else None

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        pairs = list(value.items()) if isinstance(value, dict) else value
        return super().get_db_prep_value(pairs, connection, prepared)


class Table(InDatabase):
    """`columns`: name to type in order; `rows`: one list of values per row, in that order."""

    KIND = "Table"
    COLLECTION = "Tables"

    time_zone = models.CharField(max_length=100, default="UTC", blank=True)
    convert_to_local_time = models.BooleanField(default=False)
    columns = ColumnsField(default=dict, blank=True)
    rows = models.JSONField(default=list, blank=True)
    categories = models.ManyToManyField(TableCategory, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("database", "name_key", name="table_name")]

    def records(self) -> list[dict[str, object]]:
        return [dict(zip(self.columns, row, strict=False)) for row in self.rows]
