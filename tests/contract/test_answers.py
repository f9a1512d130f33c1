"""Answers against what the OpenAPI document tells of them."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from piwebapi.api.answers import answers_of, body_of
from piwebapi.api.resource import Endpoint
from tests.contract.client import Answer, get, post, put, service

DOCUMENT = "urn:osipi:openapi"
#: what the single object of an address is, where the address does not tell it
PARTS = {"name": "Administrators", "key": "TimeZone", "id": "x", "searchId": "x", "marker": "x"}


@cache
def told_by_the_document() -> tuple[dict[str, Any], Registry[Any]]:
    """The document, and the registry in which its references are looked up; to put it there takes long."""
    document = get("openapi.json").body
    return document, Registry().with_resource(DOCUMENT, DRAFT202012.create_resource(document))


def problems(endpoint: Endpoint, answer: Answer) -> list[str]:
    """In which places the answer is another than the document tells; an undocumented status is one."""
    document, registry = told_by_the_document()
    responses = document["paths"][f"/{endpoint.route}"][endpoint.method.lower()]["responses"]
    told, place = responses.get(str(answer.status)), ["paths", f"/{endpoint.route}", endpoint.method.lower()]
    place += ["responses", str(answer.status)]
    if told is None:
        if answer.status < 400:
            return [f"{answer.status} is not told"]
        told, place = document["components"]["responses"]["Errors"], ["components", "responses", "Errors"]
    place += ["content", "application/json", "schema"]
    if told.get("content", {}).get("application/json", {}).get("schema") is None:
        return [] if answer.reply.body is None or "content" in told else ["there should be no body"]
    pointer = "/".join(quote(part.replace("/", "~1")) for part in place)
    validator = Draft202012Validator({"$ref": f"{DOCUMENT}#/{pointer}"}, registry=registry)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(answer.body)]


def asked(endpoint: Endpoint, homes: dict[str, str]) -> Answer:
    """With everything that is only told when it is asked for."""
    segments = {address.split("/")[0]: address.split("/")[1] for address in homes.values()}
    kinds = {"streamsets": "elements", "eventframetemplates": "elementtemplates", "streams": "attributes"}
    first = endpoint.route.split("/")[0]
    address = endpoint.route.replace("{webId}", segments.get(kinds.get(first, first), "x"))
    for name, text in PARTS.items():
        address = address.replace(f"{{{name}}}", text)
    known = {"databaseWebId": segments["assetdatabases"], "assetServerWebId": segments["assetservers"]}
    known |= {"dataServerWebId": segments["dataservers"], "expression": "1"}
    known |= {"associations": "Annotations" if first == "streams" else "Paths;DataReference"}
    known |= {"path": "\\\\AF\\Dairy\\E0", "module": "pibasess.MaxPointCount", "userIdentity": "", "time": "*"}
    known |= {"webId": segments["attributes"], "baseWebId": segments["attributes"], "name": "AF", "category": "all"}
    known |= {"subordinateWebId": segments["attributes"]}
    wanted = {param.name for param in endpoint.params if not endpoint.selector or param.name == endpoint.selector}
    return get(address, **{name: value for name, value in known.items() if name in wanted and value})


def test_every_operation_tells_what_it_takes_and_answers() -> None:
    assert [one.operation for one in service.endpoints if not answers_of(one.handler)] == []
    assert [one.operation for one in service.endpoints if one.body and not body_of(one.handler).schema] == []


@pytest.mark.usefixtures("homes")
def test_what_is_read_is_as_it_is_told(homes: dict[str, str]) -> None:
    reading = [one for one in service.endpoints if one.method == "GET" and one.operation != "Home_OpenApi"]
    answers = {one.operation: (one, asked(one, homes)) for one in reading}
    assert sum(answer.status == 200 for _, answer in answers.values()) > 150
    wrong = {name: problems(one, answer) for name, (one, answer) in answers.items()}
    assert not {name: found for name, found in wrong.items() if found}


def test_what_writing_answers_is_as_it_is_told(homes: dict[str, str]) -> None:
    operations = {one.operation: one for one in service.endpoints}
    web_id = homes["Attribute"].split("/")[1]
    point = get(f"{homes['DataServer']}/points").items[0]["WebId"]
    value = [{"WebId": point, "Value": {"Value": 1, "Timestamp": "*"}}, {"WebId": web_id, "Value": {"Value": "x"}}]
    batch = {"a": {"Method": "GET", "Resource": "/assetservers"}, "b": {"Method": "GET", "Resource": "/none"}}
    answers = {
        "StreamSet_UpdateValueAdHoc": post("streamsets/value", value),
        "Stream_UpdateValues": post(f"streams/{point}/recorded", [{"Value": 1}, {"Value": "no number"}]),
        "Stream_RegisterStreamUpdate": post(f"streams/{point}/updates"),
        "Batch_Execute": post("batch", batch),
        "Element_CreateConfig": post(f"{homes['Element']}/config"),
        "Table_UpdateData": put(f"{homes['Table']}/data", {"Columns": {"A": "Double"}, "Rows": [{"A": 1.0}]}),
        "AssetServer_CreateAssetDatabase": post(f"{homes['AssetServer']}/assetdatabases", {"Name": "New"}),
    }
    assert not {name: answer.body for name, answer in answers.items() if answer.status >= 400}
    wrong = {name: problems(operations[name], answer) for name, answer in answers.items()}
    assert not {name: found for name, found in wrong.items() if found}
