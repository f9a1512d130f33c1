"""A grant on one object opens nothing else: every writing operation, asked about other objects."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User

from piwebapi.api.resource import Endpoint
from piwebapi.callers import Caller, of_user
from tests.contract.client import Answer, ask, get, post, service

#: captured parts of addresses beside the WebId
PARTS = {"name": "World", "id": "0e0e0e0e-0000-4000-8000-0e0e0e0e0e0e", "key": "DebugMode"}
WRITING = [one for one in service.endpoints if one.right == "write"]


@pytest.fixture
def granted(root: str, homes: dict[str, str]) -> Caller:
    """A user without staff rights who may do everything with one element, which stands alone."""
    user = of_user(User.objects.create_user("ann"))
    alone = post(f"{root}/elements", {"Name": "Alone"}).location
    server = homes["AssetServer"]
    identity = post(f"{server}/securityidentities", {"Name": "Ann"}).web_id
    post(f"{server}/securitymappings", {"Account": "ann", "SecurityIdentityWebId": identity})
    entry = {"SecurityIdentityName": "Ann", "AllowRights": ["All"], "DenyRights": []}
    assert post(f"{alone}/securityentries", entry, applyToChildren=True).status == 201
    assert ask("PATCH", alone, {"Description": "x"}, user).status == 204
    homes |= {"Stream": homes["Attribute"], "StreamSet": homes["Element"]}
    homes["AttributeCategory"] = get(f"{root}/attributecategories").items[0]["WebId"]
    return user


def address(endpoint: Endpoint, homes: dict[str, str]) -> str:
    controller = endpoint.operation.partition("_")[0]
    web_id = homes.get(controller, "").split("/")[-1]
    found = endpoint.route.replace("{webId}", web_id)
    for name, text in PARTS.items():
        found = found.replace(f"{{{name}}}", text)
    return found


def refused(answer: Answer) -> bool:
    """As a whole, or in each of the substatuses of a write to several streams."""
    told = re.findall(r"'Substatus': (\d+)", str(answer.body)) if answer.status == 207 else []
    return answer.status == 403 or (bool(told) and set(told) == {"403"})


def test_a_grant_on_one_element_opens_no_other_write(homes: dict[str, str], granted: Caller) -> None:
    asked, open_ones = 0, {}
    known = {"analysisWebId": "Analysis", "referencedElementWebId": "Element", "webId": "Attribute"}
    for one in WRITING:
        controller = one.operation.partition("_")[0]
        if "{webId}" in one.route and controller not in homes:
            continue
        query = {param.name: homes[known[param.name]].split("/")[1] for param in one.params if param.name in known}
        body: object = {"Name": "x"} if one.body == "json" else None
        if one.operation.startswith("StreamSet_Update"):
            body = [{"WebId": homes["Attribute"].split("/")[1], "Value": {"Value": 1}}]
        answer = ask(one.method, address(one, homes), body, granted, **query)
        asked += 1
        if not refused(answer):
            open_ones[one.operation] = (answer.status, answer.body)
    assert asked > 100
    assert not open_ones


def test_nothing_was_changed_by_asking(root: str, homes: dict[str, str], granted: Caller) -> None:
    before = ask("GET", f"{root}/export", exportMode="NoUniqueID").reply.body
    test_a_grant_on_one_element_opens_no_other_write(homes, granted)
    assert ask("GET", f"{root}/export", exportMode="NoUniqueID").reply.body == before
