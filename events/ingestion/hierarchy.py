"""The elements of an asset database into ``pi_asset_hierarchy``: one row each, with template, categories, attributes.

The table is kept equal: what has changed is written, what has gone is taken away.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from events.ingestion.faults import SourceError
from events.ingestion.paging import first_named, listed
from events.ingestion.tables import HIERARCHY
from events.ingestion.tally import SECOND, TICKS, Work

ELEMENTS = "Links.Next;" + ";".join(
    f"Items.{name}" for name in ("WebId", "Name", "Path", "TemplateName", "Description", "CategoryNames", "HasChildren")
)
ATTRIBUTES = "Links.Next;Items.WebId;Items.Path;Items.ConfigString"
KEPT = ("ingestion_timestamp",)


def ingest(work: Work) -> None:
    """One run: reads all elements of the database, writes those that differ. SourceError, also where there is none."""
    job, client = work.job, work.client
    table = work.open(HIERARCHY)
    try:
        database = database_of(work)
        elements = {item["Path"]: item for item in _elements(work, database["WebId"])}
        if not elements:  # rather a fault than an empty plant: nothing is taken away
            raise SourceError(
                f"Asset database '{database['Name']}' of source '{client.source.name}' is empty.", permanent=False
            )
        attributes = _attributes(work, database["WebId"])
        rows = [_row(path, item, elements, attributes.get(path, {})) for path, item in elements.items()]
        work.tally.read = len(rows)
        held = {one["webid"]: one for one in table.query("SELECT * FROM {table}").to_pylist(maps_as_pydicts="strict")}
        moved = [row for row in rows if not _alike(row, held.get(row["webid"]))]
        work.keep()
        if moved:
            stored = table.upsert(_arrow(moved, work))
            work.tally.written = stored.inserted + stored.changed
            work.tally.changed = stored.changed
            work.tally.saw(work.moment)
        gone = table.retain("webid", [row["webid"] for row in rows])
        work.tally.written += gone
        job.reach(work.moment * TICKS)
    finally:
        table.close()


def database_of(work: Work) -> dict[str, Any]:
    """The database that the job names (empty: the first), as its server tells it. SourceError where there is none."""
    client, wanted = work.client, work.job.database
    servers = [server for page in listed(client, "assetservers", (), client.source.page_size) for server in page]
    for server in servers:
        path = f"assetservers/{server['WebId']}/assetdatabases"
        for page in listed(client, path, (), client.source.page_size):
            for database in page:
                if not wanted or database["Name"].lower() == wanted.lower():
                    return database
    return first_named(client, "assetservers", f"of a database '{wanted}'", "asset server")


def _elements(work: Work, web_id: str) -> Iterator[dict[str, Any]]:
    query = [("searchFullHierarchy", "true"), ("selectedFields", ELEMENTS)]
    for page in listed(work.client, f"assetdatabases/{web_id}/elements", query, work.client.source.page_size):
        work.keep()
        yield from page


def _attributes(work: Work, web_id: str) -> dict[str, dict[str, str]]:
    """By path of the element: attribute -> configuration of its data reference."""
    found: dict[str, dict[str, str]] = {}
    query = [("searchFullHierarchy", "true"), ("selectedFields", ATTRIBUTES)]
    for page in listed(work.client, f"assetdatabases/{web_id}/elementattributes", query, work.client.source.page_size):
        work.keep()
        for item in page:
            path, _, name = item["Path"].partition("|")
            found.setdefault(path, {})[name] = item.get("ConfigString") or ""
    return found


def _row(path: str, item: dict[str, Any], elements: dict[str, Any], attributes: dict[str, str]) -> dict[str, Any]:
    parent = elements.get(path.rpartition("\\")[0])
    return {
        "webid": item["WebId"],
        "name": item["Name"],
        "path": path,
        "parent_webid": parent and parent["WebId"],
        "level": path.lstrip("\\").count("\\") - 1,
        "template_name": item.get("TemplateName") or None,
        "description": item.get("Description") or "",
        "category_names": sorted(item.get("CategoryNames") or []),
        "attributes": dict(sorted(attributes.items())),
        "has_children": bool(item.get("HasChildren")),
    }


def _alike(row: dict[str, Any], held: dict[str, Any] | None) -> bool:
    if held is None:
        return False
    return all(value == (_plain(held[name])) for name, value in row.items() if name in held)


def _plain(value: Any) -> Any:
    return dict(sorted(value.items())) if isinstance(value, dict) else value


def _arrow(rows: list[dict[str, Any]], work: Work) -> pa.Table:
    columns = {
        column.name: pa.array(
            [list(row[column.name].items()) if column.name == "attributes" else row[column.name] for row in rows],
            column.arrow,
        )
        for column in HIERARCHY.columns
        if column.name not in KEPT
    }
    stamp = pa.array([work.moment // SECOND * SECOND] * len(rows)).cast(HIERARCHY.arrow.field(KEPT[0]).type)
    return pa.table(columns | {KEPT[0]: stamp}, schema=HIERARCHY.arrow)
