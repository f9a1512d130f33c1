"""What may not be read is nowhere in any answer: every operation that reads, asked about everything else.

Names of hidden objects begin with ``Hush``; they count wherever they stand, in WebIds too. What the vendor tells of the
library by name (the template or the categories of an object) is not hidden from who sees the object.
"""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest

from piwebapi.api.resource import Endpoint
from piwebapi.core.errors import ApiError
from piwebapi.core.webid import decode
from tests.contract.client import READER, Answer, ask, get, post, service

WEB_ID = re.compile(r"\b[FP]1[A-Za-z0-9_-]{8,}")
NOTHING = {"SecurityIdentityName": "World", "AllowRights": [], "DenyRights": []}


def hide(address: str) -> str:
    made = post(f"{address}/securityentries", NOTHING, applyToChildren=True)
    assert made.status == 201, made.body
    return address


def secrets(answer: Answer) -> set[str]:
    body = answer.reply.body
    text = body.decode() if isinstance(body, bytes) else orjson.dumps(body).decode()
    found = set(re.findall(r"Hush\w*", text))
    for web_id in WEB_ID.findall(text):
        try:
            found |= set(re.findall(r"HUSH\w*", decode(web_id).path.upper()))
        except ApiError:
            continue
    return found


@pytest.fixture
def hidden(root: str, homes: dict[str, str]) -> dict[str, str]:
    """Beside what everybody may read and joined to it: an element, event frames, a database, and of the library."""
    server, element, frame = homes["AssetServer"], homes["Element"], homes["EventFrame"]
    secret = post(f"{element}/elements", {"Name": "HushElement", "TemplateName": "T0"}).location
    web_id = secret.split("/")[1]
    post(f"{secret}/attributes", {"Name": "HushAttribute"})
    post(f"{secret}/attributes", {"Name": "A9", "Type": "Double"})
    post(f"{secret}/analyses", {"Name": "HushAnalysis"})
    post(f"{secret}/notificationrules", {"Name": "HushRule"})
    post(f"{root}/referencedelements", referencedElementWebId=web_id)
    visible = post(f"{secret}/elements", {"Name": "Seen"}).location
    post(f"{element}/referencedelements", referencedElementWebId=visible.split("/")[1])
    post(f"{root}/eventframes", {"Name": "F9", "StartTime": "*-1h", "RefElementWebIds": [web_id]})
    inner = post(
        f"{frame}/eventframes", {"Name": "HushFrame", "StartTime": "*-1h", "RefElementWebIds": [web_id]}
    ).location
    post(f"{inner}/attributes", {"Name": "HushOfFrame"})
    found = [secret, inner]
    template = post(f"{root}/elementtemplates", {"Name": "HushTemplate"}).location
    post(f"{template}/attributetemplates", {"Name": "HushAttributeTemplate"})
    post(f"{template}/notificationruletemplates", {"Name": "HushRuleTemplate"})
    found += [template, post(f"{root}/elementtemplates", {"Name": "HushDerived", "BaseTemplate": "T1"}).location]
    found += [post(f"{root}/{kind}", {"Name": "HushLibrary"}).location for kind in ("tables", "enumerationsets")]
    kinds = ("element", "attribute", "analysis", "table")
    found += [post(f"{root}/{kind}categories", {"Name": "HushCategory"}).location for kind in kinds]
    found.append(post(f"{server}/notificationcontacttemplates", {"Name": "HushContact"}).location)
    database = post(f"{server}/assetdatabases", {"Name": "HushDatabase"}).location
    post(f"{database}/elements", {"Name": "HushInside"})
    found.append(database)
    return {address: hide(address) for address in found}


def addresses(endpoint: Endpoint, ids: dict[str, list[str]]) -> list[str]:
    first = endpoint.route.split("/")[0]
    kinds = {"streamsets": "elements", "eventframetemplates": "elementtemplates", "streams": "attributes"}
    several = ids.get(kinds.get(first, first), []) if "{webId}" in endpoint.route else [""]
    return [re.sub(r"\{\w+\}", "World", endpoint.route.replace("{webId}", web_id)) for web_id in several]


def every_answer(ids: dict[str, list[str]]) -> dict[str, Answer]:
    found = {}
    known: dict[str, Any] = {"databaseWebId": ids["assetdatabases"][0], "assetServerWebId": ids["assetservers"][0]}
    known |= {"dataServerWebId": ids["dataservers"][0], "searchFullHierarchy": True, "associations": "Paths"}
    known |= {"showDescendants": True, "category": "all", "webId": ids["elements"], "time": "*", "expression": "1"}
    for one in service.endpoints:
        if one.method != "GET" or one.operation == "Home_OpenApi":
            continue
        query = {param.name: known[param.name] for param in one.params if param.name in known}
        for number, address in enumerate(addresses(one, ids)):
            found[f"{one.operation} {number}"] = ask("GET", address, None, READER, **query)
    return found


def readable(homes: dict[str, str], root: str) -> dict[str, list[str]]:
    """WebIds of what a reader finds, by the first part of the address."""
    found: dict[str, list[str]] = {}
    for address in homes.values():
        found.setdefault(address.split("/")[0], []).append(address.split("/")[1])
    for kind in ("elements", "eventframes", "elementtemplates"):
        rows = ask("GET", f"{root}/{kind}", None, READER, searchFullHierarchy=True, startTime="*-1d").items
        found[kind] = [row["WebId"] for row in rows]
    return found


def test_no_answer_tells_of_what_may_not_be_read(root: str, homes: dict[str, str], hidden: dict[str, str]) -> None:
    for address in hidden:
        assert ask("GET", address, None, READER).status == 404, address
        assert get(address).status == 200
    answers = every_answer(readable(homes, root))
    assert sum(answer.status == 200 for answer in answers.values()) > 300
    told = {name: secrets(answer) for name, answer in answers.items() if answer.status == 200}
    assert not {name: found for name, found in told.items() if found}
