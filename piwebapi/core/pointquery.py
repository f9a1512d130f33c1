"""The search language of points: alternatives of conditions, ``tag:=sin* PointType:=Float32 OR (tag:=cos*)``.

Inside an alternative the filters are those of `querylang`. (PI Web API reference: pipoint-search-query-syntax.)
"""

from __future__ import annotations

import re

from piwebapi.core.errors import BadRequest
from piwebapi.core.querylang import Query, parse

_QUOTED = r"'[^']*(?:''[^']*)*'|\"[^\"]*(?:\"\"[^\"]*)*\""
_TOKEN = re.compile(rf"(?P<quoted>{_QUOTED})|(?P<join>(?<!\S)or(?!\S))|(?P<text>.)", re.IGNORECASE | re.DOTALL)
MOST = 50


def alternatives(text: str | None) -> tuple[Query, ...]:
    """One of these must hold; a single empty one is everything. Linear in the length of the text."""
    pieces: list[list[str]] = [[]]
    for token in _TOKEN.finditer(text or ""):
        if token["join"]:
            pieces.append([])
        else:
            pieces[-1].append(token[0])
    if len(pieces) > MOST:
        raise BadRequest(f"Parameter 'query' has more than {MOST} alternatives.")
    found = [_bare("".join(piece).strip()) for piece in pieces]
    if len(found) > 1 and not all(found):
        raise BadRequest("Parameter 'query' is not a valid search: OR stands between conditions.")
    return tuple(parse(piece) for piece in found)


def _bare(text: str) -> str:
    """Without the parentheses around a whole alternative."""
    return text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text
