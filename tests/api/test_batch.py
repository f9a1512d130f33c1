"""Batches as vendors' samples and clients in the field send them."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import User
from httpx import AsyncClient

from piwebapi.api import batchplan
from piwebapi.models import AssetDatabase, AssetServer, Element

pytestmark = pytest.mark.django_db(transaction=True)

BASE = "https://elsewhere.example/piwebapi"
WRITER = {"Authorization": "Basic " + b64encode(b"writer:secret").decode()}


@pytest.fixture(autouse=True)
def plant() -> AssetDatabase:
    server = AssetServer.objects.create(name="AFDEMO")
    database = AssetDatabase.objects.create(server=server, name="Plant")
    for name in ("Mixer", "Pump", "Tank & Valve"):
        Element.objects.create(database=database, name=name, path=name)
    User.objects.create_user("writer", password="secret", is_staff=True)
    return database


async def send(http: AsyncClient, body: Any, headers: dict[str, str] = WRITER, status: int = 207) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    answer = await http.post("/piwebapi/batch", content=text, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def get(resource: str, **more: Any) -> dict[str, Any]:
    return {"Method": "GET", "Resource": resource, **more}


LIST = get(BASE + "/assetdatabases?path=\\\\AFDEMO\\Plant")
ELEMENTS = get("{0}?sortField=Name", ParentIds=["db"], Parameters=["$.db.Content.Links.Elements"])


async def test_an_element_is_created_read_by_its_location_and_changed_below(http: AsyncClient) -> None:
    made = {
        "Method": "POST",
        "Resource": "{0}",
        "Parameters": ["$.db.Content.Links.Elements"],
        "Content": '{"Name": "Dryer"}',
        "ParentIds": ["db"],
    }
    read = get("$.made.Headers.Location", ParentIds=["made"])
    below = {**made, "Parameters": ["$.2.Content.Links.Attributes"], "Content": {"Name": "Heat"}, "ParentIds": ["2"]}
    found = await send(http, {"3": below, "2": read, "made": made, "db": LIST})
    assert list(found) == ["3", "2", "made", "db"]
    assert [found[key]["Status"] for key in found] == [201, 200, 201, 200]
    assert found["2"]["Content"]["Path"] == "\\\\AFDEMO\\Plant\\Dryer"
    assert found["made"]["Content"] == ""
    assert all(isinstance(text, str) for text in found["made"]["Headers"].values())


async def test_a_template_is_sent_once_for_every_token(http: AsyncClient) -> None:
    each = {
        "Method": "GET",
        "RequestTemplate": {"Resource": BASE + "/elements/{0}?selectedFields=Name"},
        "Parameters": ["$.list.Content.Items[*].WebId"],
        "ParentIds": ["list"],
    }
    found = await send(http, {"db": LIST, "list": ELEMENTS, "each": each})
    assert found["each"]["Status"] == 207
    assert found["each"]["Content"]["Total"] == 3
    names = [item["Content"]["Name"] for item in found["each"]["Content"]["Items"]]
    assert names == ["Mixer", "Pump", "Tank & Valve"]


async def test_a_template_without_tokens_has_no_items(http: AsyncClient) -> None:
    empty = get("{0}?nameFilter=Nobody", ParentIds=["db"], Parameters=["$.db.Content.Links.Elements"])
    each = {"Method": "GET", "RequestTemplate": {"Resource": "/elements/{0}"}, "ParentIds": ["list"]}
    each["Parameters"] = ["$.list.Content.Items[*].WebId"]
    found = await send(http, {"db": LIST, "list": empty, "each": each})
    assert found["each"]["Content"] == {"Total": 0, "Items": []}


async def test_tokens_in_a_query_keep_their_ampersands(http: AsyncClient) -> None:
    named = get(
        "{0}?nameFilter={1}",
        ParentIds=["list"],
        Parameters=["$.db.Content.Links.Elements", "$.list.Content.Items[2].Name"],
    )
    found = await send(http, {"db": LIST, "list": ELEMENTS, "named": named})
    assert [item["Name"] for item in found["named"]["Content"]["Items"]] == ["Tank & Valve"]


async def test_a_failed_parent_stops_its_children_only(http: AsyncClient) -> None:
    child = {**ELEMENTS, "ParentIds": ["bad"]}
    found = await send(http, {"bad": get("/elements/nonsense"), "child": child, "db": LIST})
    assert [found[key]["Status"] for key in found] == [400, 400, 200]
    assert found["child"]["Content"] == {
        "Errors": ["The request was not carried out, because the request 'bad' failed."]
    }


async def test_a_path_that_costs_too_much_is_refused_and_others_are_answered(http: AsyncClient) -> None:
    hostile = get("{0}", ParentIds=["db"], Parameters=["$..*[?(count($..*) > 1)]"])
    long = get("{0}", ParentIds=["db"], Parameters=["$.db" + ".a" * 900])
    found = await send(http, {"db": LIST, "hostile": hostile, "long": long, "list": ELEMENTS})
    assert {key: found[key]["Status"] for key in found} == {"db": 200, "hostile": 400, "long": 400, "list": 200}
    reason = "'$..*[?(count($..*) > 1)]': '$..[*]' in a filter must name one member."
    assert found["hostile"]["Content"] == {"Errors": [reason]}


async def test_a_path_that_selects_nothing_is_told_and_nothing_is_done(http: AsyncClient) -> None:
    made = {"Method": "POST", "Resource": "{0}", "Parameters": ["$.db.Content.Nothing"], "ParentIds": ["db"]}
    found = await send(http, {"db": LIST, "made": {**made, "Content": "{'Name': 'Orphan'}"}})
    assert found["made"]["Content"]["Errors"] == ["The JSONPath '$.db.Content.Nothing' selects nothing."]
    assert not await Element.objects.filter(name="Orphan").aexists()


@pytest.mark.parametrize("content", ["{'Name': 'Dryer'}", '{"Name": "Dryer"}', {"Name": "Dryer"}])
async def test_content_is_taken_in_every_form(http: AsyncClient, content: Any) -> None:
    made = {"Method": "POST", "Resource": "{0}", "Parameters": ["$.db.Content.Links.Elements"], "Content": content}
    found = await send(http, {"db": LIST, "made": made})  # the parent is named by the path alone
    assert found["made"]["Status"] == 201
    assert await Element.objects.filter(name="Dryer").aexists()


async def test_tokens_in_content_are_escaped(http: AsyncClient) -> None:
    made = {
        "Method": "POST",
        "Resource": "{0}",
        "Parameters": ["$.db.Content.Links.Elements", "$.db.Content.Path"],
        "Content": '{"Name": "Dryer", "Description": "of {1}"}',
    }
    found = await send(http, {"db": LIST, "made": made})
    assert found["made"]["Status"] == 201
    assert (await Element.objects.aget(name="Dryer")).description == "of \\\\AFDEMO\\Plant"


@pytest.mark.parametrize(
    "resource",
    [
        BASE + "/system/status",
        "http://localhost/PIWebAPI//system/status/",
        "/piwebapi/system/status",
        "/system/status",
        "system/status",
    ],
)
async def test_every_form_of_a_resource_is_answered_here(http: AsyncClient, resource: str) -> None:
    found = await send(http, {"1": get(resource)})
    assert (found["1"]["Status"], found["1"]["Content"]["State"]) == (200, "Running")


async def test_a_list_of_requests_is_answered_by_a_list(http: AsyncClient) -> None:
    asked = [get("/assetdatabases", Parameters={"path": "\\\\AFDEMO\\Plant"}), get("/no/such/route")]
    found = await send(http, {"Requests": asked})
    assert [item["Status"] for item in found["Responses"]] == [200, 404]
    assert found["Responses"][0]["Content"]["Name"] == "Plant"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ([get("/")], "must be a JSON object"),
        ({"1": get("/", ParentIds=["2"])}, "Request '1': the parent '2' is not in the batch."),
        ({"1": get("/", ParentIds=["2"]), "2": get("/", ParentIds=["1"])}, "form a circle"),
        ({"1": {"Method": "GET"}}, "Request '1': Resource is required, as a text."),
        ({"1": get("/") | {"Method": "TRACE"}}, "Method must be one of"),
        ({"1": get("/", Parameters=[{}])}, "Parameters must be a list of texts."),
        ({"1": 5}, "a request must be a JSON object"),
        ("", "must not be empty"),
        ("{nothing", "not valid JSON"),
    ],
)
async def test_what_is_no_batch_is_refused_whole(http: AsyncClient, body: Any, sentence: str) -> None:
    found = await send(http, body, status=400)
    assert sentence in " ".join(found["Errors"])


async def test_a_batch_in_a_batch_is_refused(http: AsyncClient) -> None:
    found = await send(http, {"1": {"Method": "POST", "Resource": "/batch", "Content": "{}"}})
    assert found["1"]["Content"]["Errors"] == ["A batch cannot hold another batch."]


async def test_rights_hold_for_each_request(http: AsyncClient) -> None:
    made = {"Method": "POST", "Resource": "{0}", "Parameters": ["$.db.Content.Links.Elements"]}
    found = await send(http, {"db": LIST, "made": {**made, "Content": '{"Name": "Dryer"}'}}, headers={})
    assert [found["db"]["Status"], found["made"]["Status"]] == [200, 401]
    assert not await Element.objects.filter(name="Dryer").aexists()


async def test_more_requests_than_the_maximum_are_refused(http: AsyncClient, monkeypatch: Any) -> None:
    monkeypatch.setattr(batchplan, "MOST_REQUESTS", 2)
    found = await send(http, orjson.dumps({str(number): get("/") for number in range(3)}), status=400)
    assert found["Errors"] == ["The number of requests is greater than the maximum allowed (2)."]
