"""Execute, Subscribe, SubscribeOthers, Annotate and WriteData, each where the vendor asks for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from piwebapi.callers import Caller, of_user
from tests.contract.client import ask, get, post


@pytest.fixture
def ann(db: None, server: Any) -> Caller:
    """She has the identity Ann, and no rights by it yet."""
    where = f"assetservers/{server.web_id()}"
    identity = post(f"{where}/securityidentities", {"Name": "Ann"}).web_id
    assert post(f"{where}/securitymappings", {"Account": "ann", "SecurityIdentityWebId": identity}).status == 201
    return of_user(User.objects.create_user("ann"))


def grant(address: str, *names: str) -> None:
    entry = {"SecurityIdentityName": "Ann", "AllowRights": ["Read", *names], "DenyRights": []}
    assert post(f"{address}/securityentries", entry, applyToChildren=True).status == 201


def status(caller: Caller, method: str, address: str, body: Any = None) -> int:
    return ask(method, address, body, caller).status


def test_starting_an_analysis_is_to_execute_it(root: str, ann: Caller) -> None:
    element = post(f"{root}/elements", {"Name": "Pump"}).location
    analyses = [post(f"{element}/analyses", {"Name": name}).location for name in ("A", "B")]
    grant(analyses[0], "Execute")
    grant(analyses[1], "Write")
    told = get(analyses[1]).body
    other = "Disabled" if told["Status"] == "Enabled" else "Enabled"
    assert status(ann, "PATCH", analyses[0], {"Description": "x"}) == 403
    assert status(ann, "PATCH", analyses[0], {"Status": other, "Description": "x"}) == 403
    assert status(ann, "PATCH", analyses[0], {"Status": other}) == 204
    assert get(analyses[0]).body["Status"] == other
    assert status(ann, "PATCH", analyses[1], {"Status": other}) == 403
    assert status(ann, "PATCH", analyses[1], {"Status": told["Status"], "Description": "x"}) == 204


@pytest.mark.parametrize(
    ("right", "oneself", "others", "edit"),
    [
        ("Subscribe", 201, 403, 403),
        ("SubscribeOthers", 201, 201, 403),
        ("Write", 201, 201, 204),
        ("Annotate", 201, 403, 403),
    ],
)
def test_subscribers_of_a_rule(
    root: str, server: Any, ann: Caller, right: str, oneself: int, others: int, edit: int
) -> None:
    """Everybody subscribes themselves, by the entry that a server is born with."""
    for name in ("Ann", "Bob"):
        post(f"assetservers/{server.web_id()}/notificationcontacttemplates", {"Name": name, "PlugInName": "Email"})
    element = post(f"{root}/elements", {"Name": "Pump"}).location
    rule = post(f"{element}/notificationrules", {"Name": "Hot"}).location
    grant(rule, right)
    where = f"{rule}/notificationrulesubscribers"
    assert status(ann, "POST", where, {"ContactTemplateName": "Ann"}) == oneself
    assert status(ann, "POST", where, {"ContactTemplateName": "Bob"}) == others
    assert status(ann, "PATCH", rule, {"Description": "x"}) == edit
    for subscriber in get(where).items:
        address = f"notificationrulesubscribers/{subscriber['WebId']}"
        assert (status(ann, "PATCH", address, {"MaximumRetries": 2}) == 204) == (others == 201)
        assert (status(ann, "DELETE", address) == 204) == (others == 201)


def test_reading_rights_alone_do_not_let_anonymous_callers_subscribe(root: str) -> None:
    element = post(f"{root}/elements", {"Name": "Pump"}).location
    rule = post(f"{element}/notificationrules", {"Name": "Hot"}).location
    nobody = Caller("Anonymous", None, "anonymous", may_read=True, may_write=False, is_staff=False)
    assert status(nobody, "POST", f"{rule}/notificationrulesubscribers", {"ContactTemplateName": "Anonymous"}) == 401


def test_annotating_a_frame_is_no_writing_of_it(root: str, ann: Caller) -> None:
    frame = post(f"{root}/eventframes", {"Name": "F", "StartTime": "*-1h"}).location
    grant(frame, "Annotate")
    assert status(ann, "PATCH", frame, {"Description": "x"}) == 403
    assert status(ann, "POST", f"{frame}/annotations", {"Name": "n", "Value": 1}) == 201


def test_a_frame_of_a_template_takes_the_right_to_write_data_on_the_template(root: str, ann: Caller) -> None:
    template = post(f"{root}/elementtemplates", {"Name": "Trip", "InstanceType": "EventFrame"}).location
    grant(root, "Write")
    plain, made = ({"Name": "F", "StartTime": "*-1h", "TemplateName": name} for name in ("", "Trip"))
    assert status(ann, "POST", f"{root}/eventframes", plain) == 201
    assert status(ann, "POST", f"{root}/eventframes", made) == 403
    assert len(get(f"{root}/eventframes", startTime="*-1d").items) == 1
    grant(template, "WriteData")
    assert status(ann, "POST", f"{root}/eventframes", made) == 201
