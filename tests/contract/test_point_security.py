"""PtSecurity and DataSecurity: who sees and edits a point, who reads and writes its values."""

from __future__ import annotations

import pytest

from piwebapi.callers import Caller, of_user
from piwebapi.core import pointsecurity
from piwebapi.core.errors import BadRequest
from tests.contract.client import NOBODY, READER, STAFF, Answer, ask, get, patch, post, put

OURS = "piadmins: A(r,w) | Operators: A(r)"


@pytest.fixture
def home(data_server: object) -> str:
    return f"dataservers/{data_server.web_id()}"  # type: ignore[attr-defined]


@pytest.fixture
def points(home: str) -> dict[str, str]:
    """Addresses of an open and a secured point."""
    bodies = ({"Name": name, "PointClass": "base", "PointType": "Float32"} for name in ("Open", "Shut"))
    return {body["Name"]: post(f"{home}/points", body).location for body in bodies}


def secure(address: str, name: str, text: str) -> None:
    answer = put(f"{address}/attributes/{name}", {"Value": text})
    assert answer.status == 204, answer.body


def value(caller: Caller, address: str) -> int:
    return ask("GET", f"{address.replace('points/', 'streams/')}/value", None, caller).status


def write(caller: Caller, address: str) -> Answer:
    return ask("POST", f"{address.replace('points/', 'streams/')}/value", {"Value": 1.0}, caller)


def test_a_point_that_says_nothing_has_what_is_usual(points: dict[str, str]) -> None:
    told = get(f"{points['Open']}/attributes", name=["ptsecurity", "datasecurity"]).items
    assert {item["Name"]: item["Value"] for item in told} == dict.fromkeys(
        ("ptsecurity", "datasecurity"), "piadmin: A(r,w) | piadmins: A(r,w) | PIWorld: A(r)"
    )


def test_who_may_not_read_a_point_does_not_find_it(home: str, points: dict[str, str], ann: Caller) -> None:
    secure(points["Shut"], "ptsecurity", OURS)
    web_id = points["Shut"].split("/")[1]
    for caller, expected in (
        (READER, ["Open"]),
        (NOBODY, ["Open"]),
        (ann, ["Open", "Shut"]),
        (STAFF, ["Open", "Shut"]),
    ):
        assert ask("GET", f"{home}/points", None, caller).names == expected
        found = ask("GET", "points/search", None, caller, dataServerWebId=home.split("/")[1], query="tag:=*")
        assert found.names == expected
        assert (value(caller, points["Shut"]) == 200) == ("Shut" in expected)
        by_path = ask("GET", "points", None, caller, path=r"\\PI\Shut")
        assert (by_path.status == 200) == ("Shut" in expected)
        several = ask("GET", "points/multiple", None, caller, webId=[web_id])
        assert bool(several.body["Items"][0]["Object"]) == ("Shut" in expected)


def test_data_are_apart_from_the_point(points: dict[str, str], ann: Caller) -> None:
    secure(points["Shut"], "datasecurity", "piadmins: A(r,w) | ann: A(r,w)")
    assert ask("GET", points["Shut"], None, READER).status == 200
    assert [value(caller, points["Shut"]) for caller in (READER, ann, STAFF)] == [403, 200, 200]
    assert [write(caller, points["Shut"]).status for caller in (READER, ann, STAFF)] == [403, 202, 202]
    assert ask("PATCH", points["Shut"], {"Descriptor": "x"}, ann).status == 403
    secure(points["Shut"], "ptsecurity", "piadmins: A(r,w) | ann: A(r,w)")
    assert ask("PATCH", points["Shut"], {"Descriptor": "x"}, ann).status == 204
    read_only = of_user(ann.user, "bearer", may_write=False)
    assert write(read_only, points["Shut"]).status == 403


def test_what_the_server_says_holds_for_points_that_say_nothing(home: str, points: dict[str, str], ann: Caller) -> None:
    secure(points["Open"], "ptsecurity", "PIWorld: A(r)")
    assert put(f"{home}/pointsecurity", {"PtSecurity": OURS}).status == 204
    assert get(f"{home}/pointsecurity").body["PtSecurity"] == OURS
    assert ask("GET", f"{home}/points", None, READER).names == ["Open"]
    assert ask("GET", f"{home}/points", None, ann).names == ["Open", "Shut"]
    assert ask("PUT", f"{home}/pointsecurity", {"PtSecurity": ""}, ann).status == 403
    assert put(f"{home}/pointsecurity", {"PtSecurity": ""}).status == 204
    assert ask("GET", f"{home}/points", None, READER).names == ["Open", "Shut"]


def test_values_of_an_attribute_take_the_rights_on_its_point_too(root: str, points: dict[str, str]) -> None:
    element = post(f"{root}/elements", {"Name": "Pump"}).location
    reference = {"DataReferencePlugIn": "PI Point", "ConfigString": r"\\PI\Shut"}
    attribute = post(f"{element}/attributes", {"Name": "Flow", "Type": "Double", **reference}).location
    post(f"{element}/attributes", {"Name": "Size", "Type": "Double"})
    stream = attribute.replace("attributes/", "streams/")
    streams = element.replace("elements/", "streamsets/")
    assert ask("GET", f"{stream}/value", None, READER).status == 200
    secure(points["Shut"], "datasecurity", OURS)
    assert ask("GET", attribute, None, READER).status == 200
    assert ask("GET", f"{stream}/value", None, READER).status == 403
    assert ask("GET", f"{attribute}/value", None, READER).status == 403
    told = ask("GET", f"{streams}/value", None, READER).items
    assert sorted((item["Name"], "Errors" in item) for item in told) == [("", True), ("Size", False)]
    assert ask("GET", f"{streams}/value", None, STAFF).names == ["Flow", "Size"]
    formula = {"expression": r"'\\PI\Shut' + 1", "time": "*"}
    assert ask("GET", "calculation/times", None, READER, **formula).status in (400, 403, 404)
    assert ask("GET", "calculation/times", None, STAFF, **formula).status == 200


@pytest.mark.parametrize("text", ["World", "World: r", "a: A(x)", "a: A(r) b: A(r)", " | "])
def test_what_is_no_list_is_refused(points: dict[str, str], text: str) -> None:
    answer = put(f"{points['Open']}/attributes/ptsecurity", {"Value": text})
    assert (answer.status, "ptsecurity must be a list" in answer.body["Errors"][0]) == (400, True)
    with pytest.raises(BadRequest):
        pointsecurity.parse(text)


def test_other_point_attributes_can_be_set(points: dict[str, str]) -> None:
    assert put(f"{points['Open']}/attributes/CompDev", {"Value": 0.5}).status == 204
    assert get(f"{points['Open']}/attributes/compdev").body["Value"] == 0.5
    for name, value in (("compdev", "much"), ("tag", "x"), ("colour", "red")):
        assert put(f"{points['Open']}/attributes/{name}", {"Value": value}).status == 400
    assert patch(points["Open"], {"Descriptor": "y"}).status == 204
