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


def test_a_point_of_steps_keeps_each_value_that_differs(client: Client, plant: Plant) -> None:
    """A line would leave out what no step stands for."""
    point = plant.point("p", step=True, extras=ON)
    write(client, point, [*LINE[:5], *[(0.5 + n / 10, 4.25) for n in range(5)]], at_once=False)
    assert rows(client, point) == [*((hour(hours), value) for hours, value in LINE[:5]), (hour(0.9), 4.25)]
    assert client.get(f"streams/{web_id(point)}/value", time=hour(0.35)).body["Value"] == 3.0


@pytest.mark.parametrize(
    ("option", "change"),
    [("Replace", (0, 50.0)), ("Replace", (0.1, 50.0)), ("Remove", (0, 0.0)), ("InsertNoCompression", (0.05, 50.0))],
)
def test_what_is_changed_meanwhile_is_no_ground_to_leave_values_out(
    client: Client, plant: Plant, option: str, change: tuple[float, float]
) -> None:
    """The line from the last archived value went by the newest one; after the change another line begins elsewhere."""
    point = plant.point("p", extras=ON)
    write(client, point, LINE[:2])
    write(client, point, [change], option)
    present = rows(client, point)
    write(client, point, [LINE[2]])
    assert rows(client, point) == [*present, (hour(0.2), 2.0)]


def test_values_that_came_while_it_was_off_are_all_kept(client: Client, plant: Plant) -> None:
    point = plant.point("p", extras=ON)
    write(client, point, LINE[:2])
    switched(point, False)
    write(client, point, [(0.2, 50.0), (0.3, 3.0)])
    switched(point, True)
    write(client, point, [(0.4, 4.0)])
    assert [value for _, value in rows(client, point)] == [0.0, 1.0, 50.0, 3.0, 4.0]


def switched(point: Point, on: bool) -> None:
    Point.objects.filter(pk=point.pk).update(extras={**ON, "compressing": on})
