"""How many queries each list takes, recorded: a change shows as a difference of `query_counts.txt`.

The lists hold three objects each; where a page can be smaller, one object takes as many queries as three.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

from piwebapi.api.resource import Endpoint
from piwebapi.verbs import children, identity, search
from tests.contract.client import get, service

RECORDED = Path(__file__).with_name("query_counts.txt")
LISTS = (children.listed, identity.categories, search.searched)
MOST = 10
_fresh = count()


def queries(endpoint: Endpoint, homes: dict[str, str], **more: object) -> tuple[int, int]:
    """Items and queries of a list; what is remembered of answers does not count."""
    asked: dict[str, object] = {"fresh": next(_fresh), **more}
    for param in endpoint.params:
        if param.name in ("databaseWebId", "assetServerWebId"):
            asked[param.name] = homes["AssetDatabase" if param.name[0] == "d" else "AssetServer"].split("/")[1]
    if endpoint.operation.endswith(("GetEventFrames",)):
        asked["startTime"] = "*-1d"
    if "{webId}" in endpoint.route:
        assert endpoint.resource is not None
        path = f"{homes[endpoint.resource.name]}/{endpoint.route.rpartition('/')[2]}"
    else:
        path = endpoint.route
    with CaptureQueriesContext(connection) as captured:
        answer = get(path, **asked)
    return len(answer.items), len(captured)


def test_lists_take_as_many_queries_as_recorded_whatever_their_length(homes: dict[str, str]) -> None:
    get("assetservers")  # what is remembered of rights
    lines: list[str] = []
    growing: dict[str, object] = {}
    for endpoint in sorted(service.endpoints, key=lambda one: one.operation):
        if endpoint.handler not in LISTS:
            continue
        length, taken = queries(endpoint, homes)
        lines.append(f"{endpoint.operation} {taken} for {length}")
        if taken > MOST:
            growing[endpoint.operation] = taken
        if any(param.name == "maxCount" for param in endpoint.params) and length > 1:
            _, of_one = queries(endpoint, homes, maxCount=1)
            if of_one + 1 < taken:  # a page that is not the last one counts what there is
                growing[endpoint.operation] = (of_one, taken)
    assert not growing
    told = RECORDED.read_text(encoding="utf-8").splitlines()
    assert lines == told, "\n".join(lines)
