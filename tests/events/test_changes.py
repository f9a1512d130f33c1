from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from piwebapi.models import Counter
from tests.api.conftest import Api

from .plant import Plant

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


@pytest.mark.parametrize("since", ["-1", "x", "99999"])
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
