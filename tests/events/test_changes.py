from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events import markers
from events.export import export
from events.lakehouse.delta import DeltaGateway
from events.models import EventFrameTombstone
from events.tasks import forget_deletions
from piwebapi.models import Counter
from tests.api.conftest import Api

from .plant import NOW, Plant

URL = "eventframes/changes"


def told(answer: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(item["Name"], item["Deleted"]) for item in answer["Items"]]


def test_all_changes_are_told_in_their_order_and_then_none(plant: Plant, api: Api) -> None:
    first, second = plant.frame("F1"), plant.frame("F2")
    plant.update(first, description="x")
    answer = api.get(URL)
    assert told(answer) == [("F2", False), ("F1", False)]
    versions = [item["Version"] for item in answer["Items"]]
    assert versions == sorted(versions) == [second.changed, first.changed]
    assert answer["Marker"] == str(first.changed)
    assert answer["Items"][1]["EventFrame"] == api.get(f"eventframes/{first.web_id()}")
    assert api.get(URL, since=answer["Marker"]) == {"Links": {}, "Marker": answer["Marker"], "Items": []}


def test_a_deletion_is_told_by_a_tombstone(plant: Plant, api: Api) -> None:
    frame = plant.frame("F1")
    web_id = frame.web_id("I")
    marker = api.get(URL)["Marker"]
    plant.delete(frame)
    [item] = api.get(URL, since=marker)["Items"]
    assert (item["Name"], item["Deleted"], item["WebId"], item["EventFrame"]) == ("F1", True, web_id, None)
    assert item["Version"] > int(marker)


def test_what_happened_before_now_is_not_told_after_now(plant: Plant, api: Api) -> None:
    plant.frame("F1")
    answer = api.get(URL, since="*")
    assert answer["Items"] == []
    plant.frame("F2")
    assert told(api.get(URL, since=answer["Marker"])) == [("F2", False)]


def test_pages_follow_one_another_until_nothing_waits(plant: Plant, api: Api) -> None:
    doomed = [plant.frame(f"F{number}") for number in range(7)]
    plant.delete(doomed[2])
    seen: list[tuple[str, bool]] = []
    where, pages = f"{URL}?maxCount=3&selectedFields=Items.Name;Items.Deleted;Links;Marker", 0
    while where:
        answer = api.client.get(where if where.startswith("http") else f"/piwebapi/{where}").json()
        seen += told(answer)
        where, pages = answer["Links"].get("Next", ""), pages + 1
    assert seen == [(f"F{number}", False) for number in (0, 1, 3, 4, 5, 6)] + [("F2", True)]
    assert pages == 3


@pytest.mark.parametrize("since", ["-1", "x", "99999", "1.99999", "1.", "٣"])
def test_a_marker_that_is_none_of_ours_is_refused(plant: Plant, api: Api, since: str) -> None:
    assert "no Marker of this server" in api.get(URL, 400, since=since)["Errors"][0]


def test_a_page_takes_as_many_queries_for_many_changes_as_for_few(plant: Plant, api: Api) -> None:
    counts = []
    plant.frame("F")
    api.get(URL)  # what is remembered of rights
    for first, number in ((0, 1), (1, 30)):
        marker = str(Counter.last("eventframes"))
        for at in range(first, first + number):
            plant.frame(f"F{at}", elements=[plant.unit], category_names=["Downtime"])
        with CaptureQueriesContext(connection) as queries:
            assert len(api.get(URL, since=marker)["Items"]) == number
        counts.append(len(queries))
    assert counts[0] == counts[1]


def old(days: int) -> None:
    EventFrameTombstone.objects.update(deleted=timezone.now() - timedelta(days=days))


def test_a_marker_before_a_forgotten_deletion_is_refused_and_tells_what_to_do(plant: Plant, api: Api) -> None:
    doomed, kept = plant.frame("F1"), plant.frame("F2")
    before = api.get(URL)["Marker"]
    plant.delete(doomed)
    after = api.get(URL, since=before)["Marker"]
    old(days=8)
    assert markers.forget(timezone.now(), 9) == 0
    assert told(api.get(URL, since=before)) == [("F1", True)]
    assert markers.forget(timezone.now(), 7) == 1
    [error] = api.get(URL, 404, since=before)["Errors"]
    assert "history up to this Marker is gone" in error
    assert "without since" in error
    assert api.get(URL, since=after)["Items"] == []
    plant.update(kept, description="x")
    assert told(api.get(URL, since=after)) == [("F2", False)]


def test_who_reads_anew_comes_to_the_end_though_the_first_markers_are_old(plant: Plant, api: Api) -> None:
    for number in range(4):
        plant.frame(f"F{number}")
    plant.delete(plant.frame("Doomed"))
    old(days=8)
    markers.forget(timezone.now(), 7)
    for beginning in ({}, {"since": "0"}):
        first = api.get(URL, maxCount=2, **beginning)
        assert told(first) == [("F0", False), ("F1", False)]
        rest = api.get(URL, since=first["Marker"])
        assert told(rest) == [("F2", False), ("F3", False)]
    assert api.get(URL, since=rest["Marker"])["Items"] == []
    plant.delete(plant.frame("Another"))  # is forgotten while the reader pauses
    old(days=8)
    markers.forget(timezone.now(), 7)
    assert "is gone" in api.get(URL, 404, since=first["Marker"])["Errors"][0]
    assert "is gone" in api.get(URL, 404, since=rest["Marker"])["Errors"][0]


def test_a_deletion_is_kept_while_a_table_may_hold_its_row(plant: Plant, delta: DeltaGateway) -> None:
    frame = plant.frame()
    export(delta, NOW)
    plant.delete(frame)
    old(days=400)
    assert markers.forget(timezone.now(), 1) == 0
    export(delta, NOW)
    assert delta.row_count() == 0
    forget_deletions()
    assert not EventFrameTombstone.objects.exists()
    assert Counter.last(markers.FORGOTTEN) == Counter.last("eventframes")
