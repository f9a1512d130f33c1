"""The chosen rows of a list as a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from django.contrib.admin.utils import label_for_field
from django.db.models import Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

AT_ONCE = 2000


def csv_of(admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> StreamingHttpResponse:
    """The columns of the list, times in ISO 8601 UTC. Rows are read in portions, never all at once."""
    columns = [name for name in admin.get_list_display(request) if name != "action_checkbox"]
    name = rows.model._meta.verbose_name_plural.replace(" ", "-").lower()
    return StreamingHttpResponse(
        _lines(admin, columns, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _lines(admin: Any, columns: list[str], rows: QuerySet[Any]) -> Iterator[str]:
    write = csv.writer(_Echo()).writerow
    readers = [_reader(admin, column, rows.model) for column in columns]
    yield write([label_for_field(column, rows.model, admin) for column in columns])
    for row in rows.iterator(AT_ONCE):
        yield write([_cell(read(row)) for read in readers])


def _reader(admin: Any, column: str, model: type[Model]) -> Callable[[Any], Any]:
    """As `django.contrib.admin.utils.lookup_field`, decided once for all rows."""
    if hasattr(admin, column):
        method: Callable[[Any], Any] = getattr(admin, column)
        return method
    read = attrgetter(column)
    field = next((field for field in model._meta.get_fields() if field.name == column), None)
    choices = dict(getattr(field, "flatchoices", None) or ())
    return (lambda row: choices.get(read(row), read(row))) if choices else read


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bool | int | float):
        return value
    text = strip_tags(value) if isinstance(value, SafeString) else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


class _Echo:
    """A file for csv.writer that hands back what is written."""

    def write(self, text: str) -> str:
        return text
