"""Tables for spreadsheets."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse


def safe_cell(value: Any) -> str:
    """A spreadsheet runs a text that begins like a formula, so such texts get an apostrophe; numbers do not."""
    text = "" if value is None else str(value)
    if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class _Line:
    """`csv.writer` writes into it and gets the line back."""

    def write(self, text: str) -> str:
        return text


def table(name: str, header: list[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """A CSV file that is sent while it is made."""

    def lines() -> Iterator[str]:
        writer = csv.writer(_Line())
        yield writer.writerow(header)
        for row in rows:
            yield writer.writerow([safe_cell(cell) for cell in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    plain = re.sub(r"[^\w.-]+", "_", name, flags=re.ASCII)
    response["Content-Disposition"] = f'attachment; filename="{plain}.csv"'
    return response
