"""Asset databases as AF XML over REST."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User

from piwebapi.callers import of_user
from piwebapi.transfer import exporter
from tests.contract.client import READER, ask, delete, get, post


def test_an_element_that_was_deleted_comes_back_with_the_export(root: str) -> None:
    element = post(f"{root}/elements", {"Name": "Pump", "Description": "moves water"}).location
    post(f"{element}/attributes", {"Name": "Speed", "Type": "Int32"})
    exported = ask("GET", f"{root}/export")
    assert exported.reply.media == "application/xml; charset=utf-8"
    assert delete(element).status == 204
    report = ask("POST", f"{root}/import", exported.reply.body)
    assert (report.status, report.body["Created"]) == (200, {"elements": 1, "attributes": 1})
    assert report.body["NotTakenOver"] == report.body["PointsNotFound"] == []
    again = get(f"{root}/elements").items[0]
    assert (again["Name"], again["Description"]) == ("Pump", "moves water")


def test_two_exports_are_made_at_a_time(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    within: list[int] = []
    genuine = exporter.run

    def run(*arguments: object, **options: object) -> Iterator[str]:
        within.append(ask("GET", f"{root}/export").status)  # others ask meanwhile
        return genuine(*arguments, **options)

    monkeypatch.setattr(exporter, "run", run)
    assert ask("GET", f"{root}/export").status == 200
    assert within == [503, 200]  # the third, asked within the second
    monkeypatch.setattr(exporter, "run", lambda *arguments, **options: 1 / 0)
    assert [ask("GET", f"{root}/export").status for _ in range(3)] == [500, 500, 500]
    monkeypatch.undo()
    assert ask("GET", f"{root}/export").status == 200


def test_the_file_of_another_database_goes_into_the_one_that_is_addressed(root: str, server: object) -> None:
    post(f"{root}/elements", {"Name": "Pump"})
    text = ask("GET", f"{root}/export", exportMode="NoUniqueID").reply.body
    assert b"<id>" not in text
    other = post(f"assetservers/{server.web_id()}/assetdatabases", {"Name": "Other"}).location
    assert ask("POST", f"{other}/import", text).status == 200
    assert get(f"{other}/elements").names == ["Pump"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no well-formed XML"),
        (b"<AF", "is no well-formed XML"),
        (b"<Catalog/>", "is no AF export"),
        (b"<!DOCTYPE AF [<!ENTITY a 'b'>]><AF/>", "has a DTD or entities"),
        (b"<AF><AFDatabase><AFElement><Name>a|b</Name></AFElement></AFDatabase></AF>", "cannot be used"),
    ],
)
def test_a_bad_file_is_refused_and_nothing_is_written(root: str, content: bytes, sentence: str) -> None:
    refused = ask("POST", f"{root}/import", content)
    assert refused.status == 400
    assert sentence in refused.body["Errors"][0]
    assert get(f"{root}/elements").names == []


def test_modes_that_are_not_meant_are_refused(root: str) -> None:
    assert ask("POST", f"{root}/import", b"<AF/>", importMode="AllowCreate").status == 400
    assert ask("GET", f"{root}/export", exportMode="Everything").status == 400


def test_importing_takes_the_right_to_administer_the_database(root: str) -> None:
    user = of_user(User.objects.create_user("ann"))
    entry = {"SecurityIdentityName": "World", "AllowRights": ["Read", "ReadData", "Write"], "DenyRights": []}
    assert post(f"{root}/securityentries", entry, applyToChildren=True).status == 201
    assert ask("POST", f"{root}/elements", {"Name": "Pump"}, user).status == 201
    assert ask("POST", f"{root}/import", b"<AF/>", user).status == 403
    assert ask("POST", f"{root}/import", b"<AF/>", READER).status == 403
    assert ask("GET", f"{root}/export", None, user).status == 200
