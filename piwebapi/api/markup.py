"""JSON for reading in a browser: indented, coloured, long parts folded, URLs of this server clickable.

Everything is escaped; a string becomes a link only if it begins with the address of this very service, so
a stored ``javascript:`` or foreign address stays text. The size is bounded: of a long list only what fits
into `limit` lines is shown, and what is left out is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import islice
from typing import Any

import orjson

LIMIT = 1500


class Markup:
    """One document; `lines` counts what has been written."""

    def __init__(self, base: str, limit: int = LIMIT) -> None:
        self.base = base
        self.limit = limit
        self.lines = 0
        self.left_out = 0

    def render(self, value: Any) -> str:
        return "".join(self._lines("", value, "", 0))

    def _lines(self, label: str, value: Any, comma: str, depth: int) -> Iterator[str]:
        self.lines += 1
        if isinstance(value, dict | list) and value:
            yield from self._block(label, value, comma, depth)
        else:
            yield f"<div>{label}{self._scalar(value)}{comma}</div>"

    def _block(self, label: str, value: Any, comma: str, depth: int) -> Iterator[str]:
        first, last = ("{", "}") if isinstance(value, dict) else ("[", "]")
        closed = depth > 1 and _is_links(value)
        noun = "link" if closed else "member" if isinstance(value, dict) else "item"
        count = f"{len(value):,} {noun}{'' if len(value) == 1 else 's'}"
        yield f"<details{'' if closed else ' open'}><summary>{label}{first}<em> {count} {last}{comma}</em></summary>"
        yield '<div class="in">'
        yield from self._members(value, depth)
        yield f"</div><div>{last}{comma}</div></details>"

    def _members(self, value: Any, depth: int) -> Iterator[str]:
        rows = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        end = len(value)
        for at, (key, item) in enumerate(islice(rows, end), 1):
            if self.lines >= self.limit and isinstance(value, list):
                self.left_out += end - at + 1
                yield f"<div><em>… {end - at + 1:,} more, left out here</em></div>"
                return
            label = "" if key is None else f"<i>{_text(key)}</i>: "
            yield from self._lines(label, item, "," if at < end else "", depth + 1)

    def _scalar(self, value: Any) -> str:
        if isinstance(value, str):
            shown = _text(value)
            if value == self.base or value.startswith((self.base + "/", self.base + "?")):
                return f'<a href="{escape(value)}">{shown}</a>'
            return f"<s>{shown}</s>"
        return f"<u>{_text(value)}</u>"


def _text(value: Any) -> str:
    return escape(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode(), quote=False)


def _is_links(value: Any) -> bool:
    """A dictionary of addresses only."""
    return isinstance(value, dict) and all(isinstance(item, str) and "://" in item for item in value.values())
