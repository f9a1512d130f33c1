"""Event frames, notification rules and security in an export, and in what an import makes of it."""

from __future__ import annotations

import re

import pytest

from events.models import Annotation, EventFrame
from piwebapi.models import AssetDatabase, AssetServer, NotificationRuleSubscriber, SecurityEntry
from tests.contract.client import READER, ask, get, patch, post, put
from tests.contract.test_secrecy import NOTHING, hide

TIMES = re.compile(r"<(Timestamp|ModifyDate)>[^<]*</\1>")


@pytest.fixture
def full(server: AssetServer, root: str, homes: dict[str, str]) -> str:
    """The database with three of everything, and what only this export tells; gives its address."""
    element, frame, rule = homes["Element"], homes["EventFrame"], homes["NotificationRule"]
    ends = {"Description": "told", "EndTime": "*-10m", "Severity": "Major"}
    assert patch(frame, ends).status == 204
    assert patch(rule, {"Criteria": "[]", "ResendInterval": "PT5M", "CategoryNames": ["a", "b"]}).status == 204
    post(f"{frame}/annotations", {"Name": "note", "Value": {"a": [1, "x"]}, "Description": "d"})
    post(f"{frame}/attributes", {"Name": "Own", "Type": "Double", "Value": 1.5})
    hide(element)
    post(f"{frame}/securityentries", {**NOTHING, "SecurityIdentityName": "I0"}, applyToChildren=True)
    entry = {"SecurityIdentityName": "I0", "AllowRights": ["Read", "Write"], "DenyRights": ["Delete"]}
    assert post(f"{root}/securityentries", entry, applyToChildren=True, securityItem="Element").status == 201
    assert post(f"{homes['ElementTemplate']}/securityentries", entry, applyToChildren=False).status == 201
    return root


def exported(root: str, **query: object) -> str:
    answer = ask("GET", f"{root}/export", exportMode="NoUniqueID", **query)
    assert answer.status == 200
    return TIMES.sub("", answer.reply.body.decode())


def elsewhere(text: str) -> str:
    """Without the names of server and database."""
    return text.replace("\\\\AF\\Dairy", "").replace("\\\\AF2\\Dairy", "").replace('PISystem="AF2"', 'PISystem="AF"')


def test_all_of_a_database_comes_back_in_a_fresh_one(full: str) -> None:
    first = ask("GET", f"{full}/export", exportMode="NoUniqueID").reply.body
    assert [first.count(tag) > 0 for tag in (b"<AFEventFrame>", b"<AFNotificationRule>", b"<AFSecurityEntry>")] == [
        True
    ] * 3
    fresh = AssetServer.objects.create(name="AF2")
    database = AssetDatabase.objects.create(server=fresh, name="Dairy")
    copy = f"assetdatabases/{database.web_id()}"
    report = ask("POST", f"{copy}/import", first)
    assert (report.status, report.body["NotTakenOver"]) == (200, []), report.body
    assert elsewhere(exported(copy)) == elsewhere(exported(full))
    again = ask("POST", f"{copy}/import", first)
    assert (again.body["Created"], again.body["Updated"]) == ({}, {})
    for rows in (
        EventFrame.objects.values_list("database__server__name", flat=True),
        Annotation.objects.values_list("frame__database__server__name", flat=True),
        NotificationRuleSubscriber.objects.exclude(rule=None).values_list(
            "rule__element__database__server__name", flat=True
        ),
    ):
        names = list(rows)
        assert names.count("AF") == names.count("AF2") > 0
    assert SecurityEntry.objects.filter(kind="Element").count() == 2


def test_what_was_deleted_comes_back_with_its_ids(full: str, homes: dict[str, str]) -> None:
    text = ask("GET", f"{full}/export").reply.body
    before = get(homes["EventFrame"]).body
    told = get(f"{homes['EventFrame']}/annotations").items
    assert ask("DELETE", homes["EventFrame"]).status == 204
    report = ask("POST", f"{full}/import", text)
    assert report.body["Created"]["event frames"] == 4
    after = get(homes["EventFrame"]).body
    assert {name: after[name] for name in before if name != "Links"} == {
        name: before[name] for name in before if name != "Links"
    }
    assert get(f"{homes['EventFrame']}/annotations").items == told


def test_frames_that_touch_the_asked_time_are_exported(root: str) -> None:
    for name, start, end in (("Old", "*-9d", "*-8d"), ("Now", "*-2h", "*-1h"), ("Open", "*-40d", "")):
        post(f"{root}/eventframes", {"Name": name, "StartTime": start, "EndTime": end})
    assert re.findall(r"<AFEventFrame><Name>(\w+)", exported(root)) == ["Open", "Old", "Now"]
    assert re.findall(r"<AFEventFrame><Name>(\w+)", exported(root, startTime="*-1d")) == ["Open", "Now"]
    assert re.findall(r"<AFEventFrame><Name>(\w+)", exported(root, startTime="*-9d", endTime="*-5d")) == ["Open", "Old"]


def test_an_export_tells_only_what_the_caller_may_read(full: str, homes: dict[str, str]) -> None:
    answer = ask("GET", f"{full}/export", None, READER).reply.body.decode()
    assert "<Name>O1</Name>" in answer
    assert "<Name>X1</Name>" not in answer  # an analysis of the hidden element
    assert "<Name>N1</Name></AFNotificationRule>" not in answer
    assert homes["Element"].split("/")[1] not in answer


@pytest.mark.parametrize(
    ("inside", "gap"),
    [
        ("<AFSecurityEntry><Kind>Element</Kind><Path>\\Nowhere</Path></AFSecurityEntry>", "security entry without"),
        ("<AFSecurityEntry><Kind>Coffee</Kind></AFSecurityEntry>", "security entry without"),
        ("<AFNotificationRule><Name>R</Name><Element>Nowhere</Element></AFNotificationRule>", "without its object"),
        (
            "<AFEventFrame><Name>F</Name><StartTime>2024-01-01T00:00:00Z</StartTime>"
            "<AFElementRef>Nowhere</AFElementRef></AFEventFrame>",
            "reference to an element",
        ),
    ],
)
def test_what_fits_nowhere_is_told(root: str, inside: str, gap: str) -> None:
    report = post(f"{root}/import", f"<AF><AFDatabase>{inside}</AFDatabase></AF>".encode())
    assert report.status == 200
    assert [told["What"] for told in report.body["NotTakenOver"] if gap in told["What"]]


@pytest.mark.parametrize("start", ["", "<StartTime>soon</StartTime>"])
def test_a_frame_without_a_time_is_refused(root: str, start: str) -> None:
    body = f"<AF><AFDatabase><AFEventFrame><Name>F</Name>{start}</AFEventFrame></AFDatabase></AF>"
    assert post(f"{root}/import", body.encode()).status == 400
    assert put(root, {}).status == 405
