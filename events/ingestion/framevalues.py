"""What belongs to event frames of a source, for many frames in one request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from events.ingestion.client import PiClient
from events.ingestion.faults import SourceError
from piwebapi.core.chunks import chunks

AGAIN = 3
AT_ONCE = 50


def values_of(client: PiClient, web_ids: Sequence[str], chosen: str) -> dict[str, dict[str, str]]:
    """By frame: attribute -> value as text. `chosen`: names with commas; empty: all of them."""
    wanted = {name.strip().lower() for name in chosen.split(",") if name.strip()}
    fields = "Items.Name;Items.Path;Items.Value.Value;Items.Value.Good"
    requests = {web_id: f"streamsets/{web_id}/value?selectedFields={fields}" for web_id in web_ids}
    found: dict[str, dict[str, str]] = {}
    for web_id, content in _batched(client, requests).items():
        values = {}
        for item in content.get("Items") or []:
            name = str(item.get("Path") or "").partition("|")[2] or str(item["Name"])
            if not wanted or name.lower() in wanted:
                values[name] = _text(item.get("Value") or {})
        found[web_id] = values
    return found


def _batched(client: PiClient, resources: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Contents by name. Sub-requests that the server was too busy for are sent again."""
    found: dict[str, dict[str, Any]] = {}
    waiting = dict(resources)
    for _ in range(AGAIN):
        if not waiting:
            break
        asked = {name: {"Method": "GET", "Resource": f"{client.base}/{path}"} for name, path in waiting.items()}
        for name, answer in client.batch(asked).items():
            if answer.get("Status") == 200 and isinstance(answer.get("Content"), dict):
                found[name] = answer["Content"]
                waiting.pop(name, None)
            elif answer.get("Status") == 404:
                waiting.pop(name, None)  # deleted meanwhile
    if waiting:
        raise SourceError(f"Source '{client.source.name}' leaves requests of a batch unanswered.", permanent=False)
    return found


def _text(value: dict[str, Any]) -> str:
    """As this server writes values of attributes into the lake: a state by its name, a bad value as nothing."""
    inner = value.get("Value")
    if isinstance(inner, dict):
        return str(inner.get("Name") or "") if value.get("Good", True) else ""
    if inner is None:
        return ""
    return str(inner).lower() if isinstance(inner, bool) else str(inner)


def element_paths(client: PiClient, web_ids: Sequence[str]) -> dict[str, str]:
    found = {}
    for some in chunks(web_ids, AT_ONCE):
        query = [("webId", web_id) for web_id in some]
        body = client.get("elements/multiple", [*query, ("selectedFields", "Items.Identifier;Items.Object.Path")])
        for item in body.get("Items") or []:
            if (item.get("Object") or {}).get("Path"):
                found[str(item["Identifier"])] = str(item["Object"]["Path"])
    return found


def gone(client: PiClient, web_ids: Sequence[str]) -> set[str]:
    """Those that the source answers 404 for."""
    lost = set()
    for some in chunks(web_ids, AT_ONCE):
        requests = {
            web_id: {"Method": "GET", "Resource": f"{client.base}/eventframes/{web_id}?selectedFields=WebId"}
            for web_id in some
        }
        lost |= {web_id for web_id, answer in client.batch(requests).items() if answer.get("Status") == 404}
    return lost
