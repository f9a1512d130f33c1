"""What goes wrong is told the same way by every operation of the catalogue.

Each test asks all operations and tells those that answer otherwise.
"""

from __future__ import annotations

from uuid import UUID

import pytest

from piwebapi.api.resource import Endpoint
from piwebapi.callers import Caller
from piwebapi.core.webid import KINDS, encode
from tests.contract.client import NOBODY, READER, STAFF, Answer, ask, service

pytestmark = pytest.mark.usefixtures("database")

NOWHERE = UUID("0e0e0e0e-0000-4000-8000-0e0e0e0e0e0e")
#: what stands for the other captured parts of an address
PARTS = {"name": "x", "id": str(NOWHERE), "searchId": "x", "key": "x", "marker": "x"}
#: controllers whose WebIds are of other kinds than the controller's name tells
KINDS_OF = {"Stream": "Point", "StreamSet": "Element", "EventFrameTemplate": "ElementTemplate"}
#: these are sockets; asked by HTTP they tell that
SOCKETS = {"Stream_GetChannel", "StreamSet_GetChannel", "StreamSet_GetChannelAdHoc"}
NO_JSON = (b"", b"{", b"\xff", b'{"Name": }')
NO_OBJECT = (b'"text"', b"17", b"null")

EVERY = [one for one in service.endpoints if one.operation not in SOCKETS]
WITH_ID = [one for one in EVERY if "{webId}" in one.route]
WRITING = [one for one in EVERY if one.right == "write"]
WITH_BODY = [one for one in EVERY if one.body == "json"]
REQUIRING = [one for one in EVERY if any(param.required for param in one.params) and not one.selector]


def kind_of(endpoint: Endpoint) -> str:
    controller = endpoint.operation.partition("_")[0]
    return KINDS_OF.get(controller, controller)


def an_id(kind: str) -> str:
    """The WebId of an object that is nowhere."""
    spec = KINDS[kind]
    owner = spec.owners[0] if spec.owners else ""
    number = 77_000_077 if spec.point else NOWHERE
    return encode(kind, owner=owner, server=NOWHERE, owner_id=NOWHERE, id=number, path="\\\\Nowhere\\Nothing")


def own_id(endpoint: Endpoint) -> str:
    return an_id(kind_of(endpoint)) if "{webId}" in endpoint.route else ""


def address(endpoint: Endpoint, web_id: str) -> str:
    found = endpoint.route.replace("{webId}", web_id)
    for name, text in PARTS.items():
        found = found.replace(f"{{{name}}}", text)
    return found


def query(endpoint: Endpoint) -> dict[str, str]:
    """Something for every parameter that is required."""
    known = {"path": "\\\\Nowhere\\Nothing", "time": "*", "times": "*", "expression": "1", "module": "x"}
    return {param.name: known.get(param.name, an_id("Point")) for param in endpoint.params if param.required}


def sent(endpoint: Endpoint, web_id: str, caller: Caller = STAFF) -> Answer:
    body: object = {"Name": "x"} if endpoint.body == "json" else None
    if endpoint.operation in ("StreamSet_UpdateValue", "StreamSet_UpdateValues"):
        body = [{"WebId": an_id("Point"), "Value": {"Value": 1}}]
    return ask(endpoint.method, address(endpoint, web_id), body, caller, **query(endpoint))


def is_told(answer: Answer) -> bool:
    """In the vendor's shape: sentences, of which none is empty."""
    errors = answer.body["Errors"]
    return bool(errors) and all(isinstance(sentence, str) and sentence for sentence in errors)


def unlike(answers: dict[str, Answer], *statuses: int) -> dict[str, tuple[int, object]]:
    """Operations that answer with another status, or without sentences."""
    return {
        name: (answer.status, answer.body)
        for name, answer in answers.items()
        if answer.status not in statuses or not is_told(answer)
    }


def test_an_object_that_is_nowhere_is_not_found() -> None:
    assert not unlike({one.operation: sent(one, own_id(one)) for one in WITH_ID}, 404)


def test_what_is_no_web_id_is_told_in_words_that_clients_look_for() -> None:
    answers = {one.operation: sent(one, "Pump-01") for one in WITH_ID}
    assert not unlike(answers, 400)
    words = ["Unknown or invalid WebID format: 'Pump-01'."]
    assert not {name for name, answer in answers.items() if answer.body["Errors"] != words}


def test_a_web_id_of_another_kind_is_refused() -> None:
    """Streams and stream sets tell a known object of a wrong kind by 409, as the vendor does."""
    others = {one.operation: "Table" if kind_of(one) == "Unit" else "Unit" for one in WITH_ID}
    answers = {one.operation: sent(one, an_id(others[one.operation])) for one in WITH_ID}
    assert not unlike(answers, 400, 404)
    owned = {one.operation for one in WITH_ID if one.resource is not None}
    assert not {name for name in owned if not answers[name].body["Errors"][0].startswith("Unknown or invalid WebID")}


def test_only_those_who_may_write_write() -> None:
    anonymous = {one.operation: sent(one, own_id(one), NOBODY) for one in WRITING}
    denied = {"Message": "Authorization has been denied for this request."}
    assert not {name for name, answer in anonymous.items() if (answer.status, answer.body) != (401, denied)}
    assert not unlike({one.operation: sent(one, own_id(one), READER) for one in WRITING}, 403)


@pytest.mark.parametrize("body", [*NO_JSON, *NO_OBJECT])
def test_a_body_that_is_no_json_object_or_list_is_refused(body: bytes) -> None:
    """What is JSON may be looked at after the object that it is for."""
    answers = {
        one.operation: ask(one.method, address(one, own_id(one)), body, STAFF, **query(one)) for one in WITH_BODY
    }
    assert not unlike(answers, *((400,) if body in NO_JSON else (400, 404)))


def test_required_parameters_that_are_missing_are_named_together() -> None:
    for one in REQUIRING:
        answer = ask(one.method, address(one, own_id(one)), {} if one.body else None)
        missing = [f"The parameter '{param.name}' is required." for param in one.params if param.required]
        assert (answer.status, answer.body) == (400, {"Errors": missing}), one.operation


def test_a_method_that_an_address_does_not_take_is_told_with_those_it_takes() -> None:
    for one in EVERY:
        taken = {other.method for other in service.endpoints if other.route.lower() == one.route.lower()}
        method = next(name for name in ("PUT", "DELETE", "PATCH", "POST") if name not in taken)
        answer = ask(method, address(one, an_id("Element")))
        told = {"Message": f"The requested resource does not support http method '{method}'."}
        assert (answer.status, answer.body) == (405, told), one.operation
        assert answer.reply.headers["Allow"] == ", ".join(sorted(taken))


@pytest.mark.parametrize("path", ["coffee", "elements/x/y/z", "piwebapi"])
def test_an_address_of_nothing_is_told_by_the_framework(path: str) -> None:
    answer = ask("GET", path)
    assert (answer.status, set(answer.body)) == (404, {"Message"})


@pytest.mark.parametrize("spelling", ["/AssetServers", "assetservers/", "//assetservers", "ASSETSERVERS"])
def test_addresses_are_read_as_clients_write_them(spelling: str) -> None:
    assert ask("GET", spelling).names == ["AF"]


@pytest.mark.parametrize(
    ("parameter", "text", "sentence"),
    [
        ("maxCount", "0", "must be greater than zero"),
        ("maxCount", "abc", "must be a whole number"),
        ("maxCount", "150001", "Parameter 'maxCount' is greater than the maximum allowed (150000)."),
        ("startIndex", "-1", "must not be negative"),
        ("webIdType", "Short", "has the unknown value 'Short'"),
        ("sortOrder", "Upwards", "has the unknown value 'Upwards'"),
        ("searchFullHierarchy", "maybe", "must be true or false"),
        ("nameFilter", "a\x00b", "NUL"),
    ],
)
def test_a_parameter_that_is_not_understood_is_named(root: str, parameter: str, text: str, sentence: str) -> None:
    answer = ask("GET", f"{root}/elements", None, STAFF, **{parameter: text})
    assert answer.status == 400
    assert sentence in answer.body["Errors"][0]


def test_all_faults_of_a_request_are_told_at_once(root: str) -> None:
    answer = ask("GET", f"{root}/elements", maxCount="x", startIndex="y", webIdType="z")
    assert len(answer.body["Errors"]) == 3


def test_a_time_zone_that_is_not_known_is_told_once() -> None:
    answer = ask("GET", "calculation/times", expression="1", time="*", timeZone="Nowhere")
    assert (answer.status, len(answer.body["Errors"])) == (400, 1)
