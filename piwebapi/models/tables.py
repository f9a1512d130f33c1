"""AF tables."""

from __future__ import annotations

from django.db import models

from .base import InDatabase
from .categories import TableCategory


class Table(InDatabase):
    """`columns`: name to type in order; `rows`: one list of values per row, in that order."""

    KIND = "Table"
    COLLECTION = "Tables"

    time_zone = models.CharField(max_length=100, default="UTC", blank=True)
    convert_to_local_time = models.BooleanField(default=False)
    columns = models.JSONField(default=dict, blank=True)
    rows = models.JSONField(default=list, blank=True)
    categories = models.ManyToManyField(TableCategory, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("database", "name_key", name="table_name")]

    def records(self) -> list[dict[str, object]]:
        return [dict(zip(self.columns, row, strict=False)) for row in self.rows]
