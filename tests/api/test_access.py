"""What a WebId or a path leads to, and what it never leads to."""

from __future__ import annotations

from typing import Any

import pytest

from events.models import EventFrame
from piwebapi import access, catalog
from piwebapi.callers import Caller
from piwebapi.models import AssetDatabase, AssetServer
from tests.api.conftest import Api, Ground

READER = Caller("reader", None, "anonymous", True, False, False)


def test_a_path_of_another_kind_is_not_found(api: Api, ground: Ground) -> None:
    api.post(f"{ground.data}/points", {"Name": "Level", "PointType": "Float32", "PointClass": "classic"})
    api.post(f"{ground.database}/elements", {"Name": "Tank"})
    paths = [r"\\PI\Level", r"\\AF\Db\Tank"]
    elements = api.get("elements/multiple", 207, path=paths)["Items"]
    assert [bool(item["Object"]) for item in elements] == [False, True]
    points = api.get("points/multiple", 207, path=paths)["Items"]
    assert [bool(item["Object"]) for item in points] == [True, False]


@pytest.mark.django_db(transaction=True)
def test_an_event_frame_is_not_kept_for_the_version_of_a_catalogue_that_knows_none(ground: Any) -> None:
    database = AssetDatabase.objects.get()
    frame = EventFrame.objects.create(database=database, name="Old", start=0)
    first = access.find_shared(READER, frame.web_id(), "EventFrame")
    version = catalog.version()
    EventFrame.objects.filter(pk=frame.pk).update(name="New")
    assert version is not None
    assert (first.name, catalog.version()) == ("Old", version)
    assert access.find_shared(READER, frame.web_id(), "EventFrame").name == "New"


@pytest.mark.django_db(transaction=True)
def test_a_row_of_the_catalogue_is_kept_until_it_changes(ground: Any) -> None:
    server = AssetServer.objects.get()
    first = access.find_shared(READER, server.web_id(), "AssetServer")
    assert access.find_shared(READER, server.web_id(), "AssetServer") is first
    AssetServer.objects.update(description="new")
    assert access.find_shared(READER, server.web_id(), "AssetServer").description == "new"
