"""How much there is, by walking the REST service page by page, as a client does; and what the home page says."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx

AT_ONCE = 1000
ALWAYS = {"startTime": "1970-01-01", "endTime": "*+1d"}


def items(client: httpx.Client, path: str, **params: Any) -> Iterator[dict[str, Any]]:
    start = 0
    while True:
        asked = {**params, "startIndex": start, "maxCount": AT_ONCE}
        answer = client.get(f"/piwebapi/{path}", params=asked)
        assert answer.status_code == 200, answer.text
        found = answer.json()["Items"]
        yield from found
        if len(found) < AT_ONCE:
            return
        start += AT_ONCE


def by_the_service(client: httpx.Client) -> dict[str, int]:
    servers = [one["WebId"] for one in client.get("/piwebapi/dataservers").json()["Items"]]
    assets = [one["WebId"] for one in client.get("/piwebapi/assetservers").json()["Items"]]
    databases = [one["WebId"] for asset in assets for one in items(client, f"assetservers/{asset}/assetdatabases")]

    def counted(parents: list[str], child: str, **params: Any) -> int:
        return sum(1 for parent in parents for _ in items(client, f"{parent}/{child}", **params))

    at = [f"assetdatabases/{web_id}" for web_id in databases]
    only = {"selectedFields": "Items.WebId"}
    whole = {"searchFullHierarchy": "true", **only}
    return {
        "points": counted([f"dataservers/{web_id}" for web_id in servers], "points", **only),
        "databases": len(databases),
        "elements": counted(at, "elements", **whole),
        "attributes": counted(at, "elementattributes", **whole),
        "eventframes": counted(at, "eventframes", **ALWAYS, **only),
        "open": counted(at, "eventframes", searchMode="InProgress", **ALWAYS, **only),
    }


def on_the_page(client: httpx.Client) -> dict[str, str]:
    """Every number of the page, as it is written there; the same name always with the same number."""
    page = client.get("/", headers={"Accept": "text/html"}).text
    found = re.findall(r'data-count="(\w+)">([^<]*)<', page)
    told = dict(found)
    assert all(told[name] == text for name, text in found)
    return told


def compare(client: httpx.Client, patience: float = 90.0) -> dict[str, int]:
    """Events come and go and the page counts at most every 15 seconds, so a difference must last to be one."""
    deadline = time.monotonic() + patience
    while True:
        told, true = on_the_page(client), by_the_service(client)
        same = {name: f"{count:,}" for name, count in true.items()}
        shown = {name: text for name, text in told.items() if name in true}
        if shown == same:
            return true
        assert time.monotonic() < deadline, (shown, same)
        time.sleep(1)
