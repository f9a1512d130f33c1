"""Elements by the web ids that rows of the lake hold, for any number of rows."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from piwebapi.access import understand
from piwebapi.core.errors import BadRequest
from piwebapi.core.webid import WebId, fold
from piwebapi.models import Element


def elements_of(web_ids: Collection[str]) -> dict[str, Element]:
    """By web id, those that are here. By their id, else by the path that a web id holds; two queries."""
    known = {text: web_id for text in web_ids if (web_id := _element(text))}
    rows = Element.objects.select_related("database__server")
    ids = {web_id.id for web_id in known.values() if isinstance(web_id.id, UUID)}
    by_id = {row.pk: row for row in rows.filter(pk__in=ids)} if ids else {}
    found = {text: by_id[web_id.id] for text, web_id in known.items() if web_id.id in by_id}
    paths = {text: path for text, web_id in known.items() if text not in found and (path := _path(web_id))}
    if paths:
        by_path = {
            (fold(row.database.server.name), fold(row.database.name), row.path_key): row
            for row in rows.filter(path_key__in={path[2] for path in paths.values()})
        }
        found |= {text: by_path[path] for text, path in paths.items() if path in by_path}
    return found


def _element(text: str) -> WebId | None:
    try:
        web_id = understand(text)
    except BadRequest:
        return None
    return web_id if web_id.kind == "Element" else None


def _path(web_id: WebId) -> tuple[str, str, str] | None:
    """Server, database and path below it, folded."""
    parts = web_id.path.strip("\\").split("\\", 2)
    return (fold(parts[0]), fold(parts[1]), fold(parts[2])) if len(parts) == 3 else None
