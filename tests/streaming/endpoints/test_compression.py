"""Compression of written values, by the point attributes."""

from __future__ import annotations

from typing import Any

import pytest

from piwebapi.models import Point

from .plant import Client, Plant, hour, web_id

ON = {"compressing": True, "compdev": 0.5}
LINE = [(n / 10, float(n)) for n in range(30)]


def write(client: Client, point: Point, events: Any, option: str = "Insert", at_once: bool = True) -> None:
    bodies = [{"Timestamp": hour(hours), "Value": value} for hours, value in events]
    for part in [bodies] if at_once else [[body] for body in bodies]:
        assert client.post(f"streams/{web_id(point)}/recorded", part, updateOption=option).status == 202


def rows(client: Client, point: Point) -> list[tuple[str, Any]]:
    return client.get(f"streams/{web_id(point)}/recorded", startTime=hour(-1), endTime=hour(30)).rows


@pytest.mark.parametrize("at_once", [True, False])
def test_a_line_is_kept_by_its_ends_and_reads_as_it_was(client: Client, plant: Plant, at_once: bool) -> None:
    point = plant.point("p", extras=ON)
    write(client, point, LINE, at_once=at_once)
    assert rows(client, point) == [(hour(0), 0.0), (hour(2.9), 29.0)]
    assert client.get(f"streams/{web_id(point)}/value", time=hour(1.5)).body["Value"] == pytest.approx(15.0)
    assert client.get(f"streams/{web_id(point)}/value").body["Value"] == 29.0


def test_every_newest_value_is_told_as_it_comes(client: Client, plant: Plant) -> None:
    point = plant.point("p", extras=ON)
    marker = client.ask("POST", f"streams/{web_id(point)}/updates").body["LatestMarker"]
    write(client, point, LINE[:5], at_once=False)
    events = client.get(f"streams/updates/{marker}").body["Events"]
    assert [(event["Action"], event["Value"]) for event in events] == [("Add", float(n)) for n in range(5)]


@pytest.mark.parametrize(
    ("option", "extras"),
    [("Replace", ON), ("InsertNoCompression", ON), ("Insert", {"compressing": False, "compdev": 0.5}), ("Insert", {})],
)
def test_nothing_is_left_out_where_it_is_not_asked_for(
    client: Client, plant: Plant, option: str, extras: dict[str, Any]
) -> None:
    point = plant.point("p", extras=extras)
    write(client, point, LINE, option)
    assert len(rows(client, point)) == 30


def test_states_bad_values_and_old_values_are_all_kept(client: Client, plant: Plant) -> None:
    mode = plant.point("mode", "Digital", digital_set=plant.modes, extras=ON)
    write(client, mode, [(n, 1) for n in range(4)])
    assert len(rows(client, mode)) == 4
    point = plant.point("p", extras=ON)
    write(client, point, [*LINE[:3], (0.3, "No Data"), *LINE[4:7]], at_once=False)
    assert [time for time, _ in rows(client, point)] == [hour(h) for h in (0, 0.2, 0.3, 0.4, 0.6)]
    write(client, point, [(0.1, 1.0)])
    assert hour(0.1) in dict(rows(client, point))


def test_one_write_for_several_points_compresses_each_by_itself(client: Client, plant: Plant) -> None:
    on, off = plant.point("on", extras=ON), plant.point("off")
    items = [{"Timestamp": hour(hours), "Value": value} for hours, value in LINE]
    body = [{"WebId": web_id(point), "Items": items} for point in (on, off)]
    assert client.post("streamsets/recorded", body, updateOption="Insert").status == 202
    assert (len(rows(client, on)), len(rows(client, off))) == (2, 30)
