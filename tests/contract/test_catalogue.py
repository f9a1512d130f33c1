"""The catalogue against the vendor's contract, and what is generated from it."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import orjson
import pytest
from django.core.management import CommandError, call_command
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.schemas import schema_v31

from piwebapi.api.resource import Endpoint
from piwebapi.api.service import service
from tests.contract.client import BASE, get

#: operation, method and address of PI Web API 2018 SP1; ``#name`` tells the parameter that chooses an operation
CONTRACT = Path(__file__).with_name("operations.txt").read_text(encoding="utf-8").splitlines()


def plain(text: str) -> str:
    operation, method, address = text.split(" ")
    return f"{operation} {method} {re.sub('[#?].*', '', address).lower()}"


def ours() -> list[Endpoint]:
    return [endpoint for endpoint in service.endpoints if not endpoint.extension]


def test_every_operation_of_the_contract_is_in_the_catalogue_and_no_other_one_claims_to_be() -> None:
    catalogue = {f"{one.operation} {one.method} /{one.route.lower()}" for one in ours()}
    assert len(CONTRACT) == 413
    assert sorted(map(plain, CONTRACT)) == sorted(catalogue)
    assert len(ours()) == 413


def test_no_two_operations_have_one_name() -> None:
    names = [endpoint.operation for endpoint in service.endpoints]
    assert sorted(names) == sorted(set(names))


def test_operations_at_one_address_are_chosen_by_parameters_that_they_take() -> None:
    by_address: dict[tuple[str, str], list[Endpoint]] = {}
    for endpoint in service.endpoints:
        by_address.setdefault((endpoint.method, endpoint.route.lower()), []).append(endpoint)
    for several in by_address.values():
        assert sum(not endpoint.selector for endpoint in several) <= 1 or len(several) == 1
        for endpoint in several:
            if endpoint.selector:
                assert endpoint.selector in {param.name for param in endpoint.params}


def test_what_changes_something_asks_for_the_right_to_write() -> None:
    """Registrations and searches change nothing that others see."""
    harmless = {"Batch_Execute", "Channel_CreateTicket"}
    harmless |= {"Stream_RegisterStreamUpdate", "StreamSet_RegisterStreamSetUpdates"}
    reading = {
        endpoint.operation for endpoint in service.endpoints if endpoint.method != "GET" and endpoint.right == "read"
    }
    assert {name for name in reading if not name.endswith("_CreateSearchByAttribute")} <= harmless


class Validator(OpenAPIV31SpecValidator):
    """With the one thing that "#meta" can mean in a document of no other dialect in its place: what is looked up by
    an anchor is looked for in all of the specification each time, which takes most of the time."""

    schema_validator = Draft202012Validator(
        orjson.loads(orjson.dumps(dict(schema_v31)).replace(b'"$dynamicRef":"#meta"', b'"$ref":"#/$defs/schema"'))
    )


def test_the_openapi_document_is_valid_and_names_every_operation(db: None) -> None:
    document = get("openapi.json").body
    Validator(document).validate()
    told = [operation for path in document["paths"].values() for operation in path.values()]
    names = {name for one in told for name in one.get("x-operations", [one["operationId"]])}
    assert names == {endpoint.operation for endpoint in service.endpoints}
    assert document["servers"] == [{"url": BASE}]


def test_the_openapi_document_tells_types_and_who_may_write_them(db: None) -> None:
    document = get("openapi.json").body
    properties = document["components"]["schemas"]["Element"]["properties"]
    assert properties["HasChildren"] == {"type": "boolean", "readOnly": True}
    assert properties["CategoryNames"] == {"type": "array", "items": {"type": "string"}}
    assert properties["WebId"]["readOnly"] is True
    making = document["paths"]["/elements/{webId}/elements"]["post"]
    assert making["requestBody"]["content"]["application/json"]["schema"] == {
        "allOf": [{"$ref": "#/components/schemas/Element"}, {"required": ["Name"]}]
    }
    count = next(one for one in document["paths"]["/elements/search"]["get"]["parameters"] if one["name"] == "maxCount")
    assert count["schema"] == {"type": "integer", "minimum": 1, "default": 1000}
    servers = document["paths"]["/assetservers"]["get"]
    assert set(servers["x-operations"]) == {"AssetServer_List", "AssetServer_GetByName", "AssetServer_GetByPath"}
    assert not any(one["required"] for one in servers["parameters"])


def test_the_command_prints_what_answers_an_operation() -> None:
    out = StringIO()
    call_command("operations", "table", stdout=out)
    rows = [row.split() for row in out.getvalue().splitlines()]
    assert ["GET", "/tables/{webId}/data", "Table_GetData", "piwebapi.resources.tables.data"] in rows
    assert {row[2].partition("_")[0] for row in rows} == {"Table"}
    with pytest.raises(CommandError, match="There is no controller 'Coffee'"):
        call_command("operations", "Coffee", stdout=out)
