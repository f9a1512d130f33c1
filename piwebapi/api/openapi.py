"""The catalogue as an OpenAPI 3.1 document.

Everything comes from the declarations: paths from routes, parameters from `Param`, schemas from the fields of
resources. Operations that share method and URL and differ by a parameter (``/assetservers?name=``) become one
with the names of all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from piwebapi.verbs import children
from piwebapi.version import OSIPI_VERSION, PRODUCT_TITLE

from . import fields, params
from .answers import ANYTHING, ITEM, LINKS, TEXT, Answer, Json, answers_of, body_of, many, named, record, table_of
from .fields import Field
from .params import Param
from .resource import Endpoint, Resource

#: of fields, by how they are loaded, else by what their reader is annotated to give
_LOADED: Mapping[Any, Json] = {
    fields.load_text: {"type": "string"},
    fields.load_duration: {"type": "string", "format": "duration"},
    fields.load_flag: {"type": "boolean"},
    fields.load_integer: {"type": "integer", "format": "int32"},
    fields.load_number: {"type": "number", "format": "double"},
    fields.load_names: {"type": "array", "items": {"type": "string"}},
    fields.load_object: {"type": "object"},
    fields.load_properties: table_of(record(Value=ANYTHING)),
    fields.load_severity: {"type": "string", "enum": list(fields.SEVERITIES)},
    fields.load_any: {},
}
_READ: Mapping[str, Json] = {
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "list[str]": {"type": "array", "items": {"type": "string"}},
    "dict[str, Any]": {"type": "object"},
    "dict[str, Any] | None": {"type": ["object", "null"]},
}
_HEAD: Mapping[str, Json] = {
    "WebId": {"type": "string"},
    "Id": {"type": ["string", "integer"]},
    "Name": {"type": "string"},
    "Description": {"type": "string"},
    "Path": {"type": "string"},
}
_TEXTS = many(TEXT)
#: of the service, and of the framework around it
_ERRORS: Json = {
    "anyOf": [{**record(Errors=_TEXTS), "required": ["Errors"]}, {**record(Message=TEXT), "required": ["Message"]}]
}
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def document(endpoints: Iterable[Endpoint], base: str) -> Json:
    endpoints = tuple(endpoints)
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        here = paths.setdefault(f"/{endpoint.route}", {})
        method = endpoint.method.lower()
        here[method] = _joined(here[method], endpoint) if method in here else _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{PRODUCT_TITLE} (osipi)",
            "version": OSIPI_VERSION,
            "description": "An open server that speaks the AVEVA PI Web API.",
        },
        "servers": [{"url": base}],
        "security": [{}, {"basic": []}, {"bearer": []}],
        "tags": [{"name": name} for name in sorted({_controller(endpoint) for endpoint in endpoints})],
        "paths": paths,
        "components": {
            "schemas": {"Errors": _ERRORS, **{resource.name: schema(resource) for resource in _resources(endpoints)}},
            "responses": {"Errors": _answer("What is wrong, in sentences.", {"$ref": "#/components/schemas/Errors"})},
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _controller(endpoint: Endpoint) -> str:
    return endpoint.operation.partition("_")[0]


def _resources(endpoints: Iterable[Endpoint]) -> list[Resource]:
    found = {resource.name: resource for endpoint in endpoints if (resource := item_of(endpoint)) is not None}
    return [found[name] for name in sorted(found)]


def item_of(endpoint: Endpoint) -> Resource | None:
    """The kind of object that an operation answers with or takes."""
    detail = endpoint.detail
    if isinstance(detail, Resource):
        return detail
    return detail.item if isinstance(detail, children.Child) else endpoint.resource


def schema(resource: Resource) -> Json:
    """Members that clients may send are those that are not read-only."""
    properties: Json = {name: {**_HEAD[name], "readOnly": True} for name in resource.head}
    properties |= {field.wire: _property(field) for field in resource.fields}
    if resource.links:
        properties["Links"] = {**LINKS, "readOnly": True}
    return record(**properties)


def _property(field: Field) -> Json:
    found = _LOADED.get(field.load)
    if found is None:
        found = _READ.get(str(getattr(field.read, "__annotations__", {}).get("return", "")), {})
    if field.association and "type" in found:
        kinds = found["type"] if isinstance(found["type"], list) else [found["type"]]
        found = {**found, "type": list(dict.fromkeys([*kinds, "null"]))}
    return dict(found) if field.write else {**found, "readOnly": True}


def _operation(endpoint: Endpoint) -> Json:
    spoken = _WORDS.sub(" ", endpoint.operation.partition("_")[2]).lower()
    found: Json = {
        "operationId": endpoint.operation,
        "tags": [_controller(endpoint)],
        "summary": endpoint.summary or f"{_controller(endpoint)}: {spoken}",
        "parameters": [*_in_path(endpoint), *(_parameter(param) for param in endpoint.params)],
        "responses": {**_success(endpoint), "default": {"$ref": "#/components/responses/Errors"}},
    }
    if endpoint.extension:
        found["x-extension"] = True
    if endpoint.body:
        found["requestBody"] = {"required": True, "content": _content(endpoint)}
    return found


def _joined(known: Json, endpoint: Endpoint) -> Json:
    """One more operation at the same URL, chosen by a parameter: none of them is required then."""
    other = _operation(endpoint)
    here = {parameter["name"]: parameter for parameter in known["parameters"]}
    for parameter in other["parameters"]:
        here.setdefault(parameter["name"], parameter)
    names = [*known.get("x-operations", [known["operationId"]]), endpoint.operation]
    optional = [{**parameter, "required": parameter["in"] == "path"} for parameter in here.values()]
    answers = [operation["responses"]["200"]["content"]["application/json"]["schema"] for operation in (known, other)]
    either = answers[0] if answers[0] == answers[1] else {"anyOf": answers}
    responses = {**other["responses"], **known["responses"], "200": _answer("OK", either)}
    return {**known, "parameters": optional, "responses": responses, "x-operations": names}


def _in_path(endpoint: Endpoint) -> list[Json]:
    names = re.findall(r"\{(\w+)\}", endpoint.route)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _parameter(param: Param) -> Json:
    single = _type(param)
    found: Json = {
        "name": param.name,
        "in": "query",
        "required": param.required,
        "schema": {"type": "array", "items": single} if param.many else single,
    }
    if param.about:
        found["description"] = param.about
    return found


def _type(param: Param) -> Json:
    known: Mapping[Any, Json] = {
        params.MAX_COUNT.load: {"type": "integer", "minimum": 1},
        params.START_INDEX.load: {"type": "integer", "minimum": 0},
        params.integer: {"type": "integer"},
        params.FULL_HIERARCHY.load: {"type": "boolean"},
    }
    found = dict(known.get(param.load, {"type": "string"}))
    if found["type"] == "string" and param.choices:
        found["enum"] = list(param.choices)
    if param.default is not None and not param.many:
        found["default"] = _value(param.default, found["type"])
    return found


def _value(text: str, kind: str) -> object:
    if kind == "boolean":
        return text == "true"
    return int(text) if kind == "integer" else text


def _content(endpoint: Endpoint) -> Json:
    body = body_of(endpoint.handler)
    schema, item = _filled(body.schema, _item(endpoint)), item_of(endpoint)
    if body.schema == ITEM and item is not None and isinstance(endpoint.detail, children.Child):
        needed = [field.wire for field in item.fields if field.required and "create" in field.on]
        schema = {"allOf": [schema, {"required": needed}]} if needed else schema
    return {body.media: {"schema": schema}}


def _item(endpoint: Endpoint) -> Json:
    item = item_of(endpoint)
    return named(item.name) if item else {}


def _success(endpoint: Endpoint) -> Json:
    item = _item(endpoint)
    return {str(status): _told(status, answer, item) for status, answer in answers_of(endpoint.handler).items()}


def _told(status: int, answer: Answer, item: Json) -> Json:
    found: Json = {"description": HTTPStatus(status).phrase}
    if status == HTTPStatus.CREATED:
        about = "The address of the new object."
        found["headers"] = {"Location": {"description": about, "schema": {"type": "string"}}}
    if answer.schema is not None:
        found["content"] = {answer.media: {"schema": _filled(answer.schema, item)}}
    return found


def _filled(schema: Any, item: Json) -> Any:
    """The schema with the kind of object of the operation in its place."""
    if schema == ITEM:
        return item
    if isinstance(schema, list):
        return [_filled(one, item) for one in schema]
    return {name: _filled(one, item) for name, one in schema.items()} if isinstance(schema, dict) else schema


def _answer(description: str, body: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": body}}}
