"""A batch that asks many streams the same works it out in one step, and answers as if it had not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from .plant import BASE, Client, Plant, hour, web_id

EVENTS = [(0, 10.0), (6, 20.0), (24, 30.0)]
QUERIES = [
    "value",
    "value?time=t",
    f"recorded?startTime={hour(0)}&endTime={hour(24)}&maxCount=2",
    f"recorded?startTime={hour(0)}&endTime={hour(24)}&filterExpression='.'>15",
    f"interpolated?startTime={hour(0)}&endTime={hour(6)}&interval=2h&selectedFields=Items.Value",
    f"plot?startTime={hour(0)}&endTime={hour(24)}&intervals=3",
    f"summary?startTime={hour(0)}&endTime={hour(24)}&summaryType=Average&summaryType=Count",
    f"recordedattime?time={hour(7)}&retrievalMode=Exact",
    f"recordedattimes?time={hour(7)}&time={hour(1)}",
    "value?desiredUnits=m",
    "recorded?maxCount=0",
]


def batch(client: Client, ids: Sequence[str], query: str) -> dict[str, Any]:
    requests = {str(n): {"Method": "GET", "Resource": f"{BASE}/streams/{one}/{query}"} for n, one in enumerate(ids)}
    answer = client.post("batch", requests)
    assert answer.status == 207
    return answer.body


@pytest.fixture
def streams(plant: Plant) -> list[str]:
    level = plant.attribute("Level", point=plant.filled("level", EVENTS), unit=plant.metre)
    return [
        web_id(plant.filled("a", EVENTS)),
        web_id(plant.simulated("s")),
        web_id(level),
        web_id(plant.attribute("Limit", value=5.0)),
        web_id(plant.filled("mode", [(0, 1)], "Digital", digital_set=plant.modes)),
    ]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("odd", ["", "gone", "nonsense", "frame"])
def test_each_answer_is_that_of_the_request_by_itself(
    client: Client, plant: Plant, streams: list[str], query: str, odd: str
) -> None:
    if odd == "gone":
        gone = plant.point("gone")
        streams.append(web_id(gone))
        gone.delete()
    elif odd == "frame":
        frame = plant.frame("Batch", 3, 12, Flow=plant.filled("flow", EVENTS))
        streams.append(web_id(frame.attributes.get()))
    elif odd:
        streams.append(odd)
    answers = batch(client, streams, query)
    for place, one in enumerate(streams):
        verb, _, text = query.partition("?")
        options: dict[str, list[str]] = {}
        for pair in filter(None, text.split("&")):
            options.setdefault(pair.partition("=")[0], []).append(pair.partition("=")[2])
        alone = client.get(f"streams/{one}/{verb}", **options)
        told = answers[str(place)]
        assert (told["Status"], told["Content"]) == (alone.status, alone.body)


def test_many_streams_of_a_batch_cost_the_queries_of_a_few(client: Client, plant: Plant) -> None:
    ids = [web_id(plant.filled(f"p{number}", EVENTS)) for number in range(12)]

    def cost(wanted: Sequence[str]) -> int:
        with CaptureQueriesContext(connection) as captured:
            batch(client, wanted, f"recorded?startTime={hour(0)}&endTime={hour(24)}")
        return len(captured)

    cost(ids)
    assert cost(ids) == cost(ids[:3])


def test_what_is_written_in_a_batch_is_read_behind_it(client: Client, plant: Plant) -> None:
    url = f"{BASE}/streams/{web_id(plant.point('p'))}/value"
    body = {
        "w": {"Method": "POST", "Resource": url, "Content": '{"Value": 7}'},
        "a": {"Method": "GET", "Resource": url, "ParentIds": ["w"]},
        "b": {"Method": "GET", "Resource": url, "ParentIds": ["w"]},
    }
    answers = client.post("batch", body).body
    assert [answers[name]["Content"]["Value"] for name in "ab"] == [7.0, 7.0]
