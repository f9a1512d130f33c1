"""Stream updates: markers, what they tell, and when they end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from piwebapi.api.service import Service, service
from streaming.archive import sealing
from streaming.models import UpdateRegistration, ValueChange

from .plant import BASE, NOW, SECOND, Client, Plant, hour, stamp, web_id


def write(client: Client, point: Any, value: float, hours: float = 1, **query: str) -> None:
    body = {"Timestamp": hour(hours), "Value": value}
    assert client.post(f"streams/{web_id(point)}/value", body, **query).status == 202


def told(client: Client, marker: str) -> list[tuple[str, str, Any]]:
    body = client.get(f"streams/updates/{marker}").body
    return [(event["Action"], event["Timestamp"], event["Value"]) for event in body["Events"]]


def test_registering_gives_a_marker_and_where_to_ask(client: Client, plant: Plant) -> None:
    point = plant.point("p")
    answer = client.ask("POST", f"streams/{web_id(point)}/updates")
    marker = answer.body["LatestMarker"]
    assert answer.status == 200
    assert answer.headers["Location"] == f"{BASE}/streams/updates/{marker}"
    assert (answer.body["Status"], answer.body["SourceName"], answer.body["SourcePath"]) == (
        "Succeeded",
        "p",
        "\\\\PI\\p",
    )
    assert len(marker.partition("_")[0]) == 32


@pytest.fixture
def registered(client: Client, plant: Plant) -> tuple[Any, str]:
    point = plant.filled("p", [(0, 1.0)])
    return point, client.ask("POST", f"streams/{web_id(point)}/updates").body["LatestMarker"]


def test_changes_are_told_in_order_with_what_they_did(client: Client, registered: tuple[Any, str]) -> None:
    point, marker = registered
    write(client, point, 5.0)
    write(client, point, 6.0)
    write(client, point, 0.0, updateOption="Remove")
    assert told(client, marker) == [("Add", hour(1), 5.0), ("Update", hour(1), 6.0), ("Delete", hour(1), 6.0)]


def test_an_old_marker_tells_the_same_again_and_the_new_one_only_what_is_new(
    client: Client, registered: tuple[Any, str]
) -> None:
    point, marker = registered
    write(client, point, 5.0)
    latest = client.get(f"streams/updates/{marker}").body["LatestMarker"]
    assert told(client, latest) == []
    write(client, point, 7.0, 2)
    assert told(client, latest) == [("Add", hour(2), 7.0)]
    assert told(client, marker) == [("Add", hour(1), 5.0), ("Add", hour(2), 7.0)]


def test_nothing_new_is_an_empty_list_and_the_same_marker(client: Client, registered: tuple[Any, str]) -> None:
    body = client.get(f"streams/updates/{registered[1]}").body
    assert (body["Events"], body["LatestMarker"]) == ([], registered[1])


def test_changes_of_other_streams_are_not_told(client: Client, plant: Plant, registered: tuple[Any, str]) -> None:
    write(client, plant.point("other"), 5.0)
    assert told(client, registered[1]) == []


def test_a_registration_survives_a_restart(
    client: Client, registered: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is in the database: a service that has only just been made goes on."""
    point, marker = registered
    write(client, point, 5.0)
    renewed = Service(service.endpoints)
    monkeypatch.setattr("tests.streaming.endpoints.plant.service", renewed)
    assert told(Client(), marker) == [("Add", hour(1), 5.0)]


def test_a_computed_stream_tells_the_events_since(plant: Plant) -> None:
    start = Client(now=NOW)
    point = plant.simulated("s")
    marker = start.ask("POST", f"streams/{web_id(point)}/updates").body["LatestMarker"]
    later = Client(now=NOW + 3 * SECOND)
    events = told(later, marker)
    rows = later.get(
        f"streams/{web_id(point)}/recorded", startTime=stamp(NOW + 1), endTime=stamp(NOW + 3 * SECOND)
    ).rows
    assert [(time, value) for _, time, value in events] == rows
    assert len(events) == 3
    latest = later.get(f"streams/updates/{marker}").body["LatestMarker"]
    assert told(later, latest) == []


@pytest.mark.parametrize("marker", ["nonsense", "0123_5", "g" * 32 + "_1", "a" * 32, "a" * 32 + "_x"])
def test_a_malformed_marker_is_409(client: Client, marker: str) -> None:
    assert client.get(f"streams/updates/{marker}").status == 409


def test_an_unknown_marker_is_404(client: Client) -> None:
    assert client.get(f"streams/updates/{'a' * 32}_1").status == 404
    assert client.get(f"streams/updates/{'a' * 32}_{2**70}").status == 404


def test_a_registration_that_was_not_used_for_a_day_is_gone(
    client: Client, plant: Plant, registered: tuple[Any, str]
) -> None:
    UpdateRegistration.objects.update(used=timezone.now() - timedelta(hours=25))
    client.ask("POST", f"streams/{web_id(plant.point('other'))}/updates")
    assert client.get(f"streams/updates/{registered[1]}").status == 404


def test_a_marker_from_before_what_is_kept_is_404_and_not_a_silent_gap(
    client: Client, registered: tuple[Any, str]
) -> None:
    point, marker = registered
    write(client, point, 5.0)
    ValueChange.objects.update(at=timezone.now() - timedelta(hours=49))
    sealing.prune(timezone.now())
    answer = client.get(f"streams/updates/{marker}")
    assert answer.status == 404
    assert "register again" in answer.body["Errors"][0]


def test_a_marker_from_ahead_of_the_log_is_404(client: Client, registered: tuple[Any, str]) -> None:
    """As after the database was put back to an earlier state: the changes until then would never be told."""
    point, marker = registered
    write(client, point, 5.0)
    name, _, place = marker.partition("_")
    assert client.get(f"streams/updates/{name}_{int(place) + 1}").status == 200
    assert client.get(f"streams/updates/{name}_{int(place) + 2}").status == 404


def test_a_formula_tells_the_changes_of_its_inputs_however_late_they_come(client: Client, plant: Plant) -> None:
    """Written with old times, after the registration: told by the log, not by time."""
    left, right = plant.filled("left", [(0, 1.0)]), plant.filled("right", [(0, 100.0)])
    for name, point in (("Left", left), ("Right", right), ("Other", plant.point("other"))):
        plant.attribute(name, point=point, type="Double")
    plant.attribute("Factor", value=2.0, type="Double")
    config = "A=Left;B=Right;C=Factor;[A*C+B]"
    both = plant.attribute("Both", type="Double", data_reference="Formula", config_string=config)
    marker = client.ask("POST", f"streams/{web_id(both)}/updates").body["LatestMarker"]
    write(client, left, 5.0, 3)
    write(client, left, 7.0, 3)
    write(client, right, 300.0, 1)
    assert told(client, marker) == [("Update", hour(3), 314.0), ("Add", hour(1), 300.0 + 2 * 3.0)]
    latest = client.get(f"streams/updates/{marker}").body["LatestMarker"]
    assert told(client, latest) == []


def test_updates_are_told_in_desired_units(client: Client, plant: Plant) -> None:
    point = plant.filled("p", [(0, 1.0)])
    level = plant.attribute("Level", point=point, unit=plant.metre)
    marker = client.ask("POST", f"streams/{web_id(level)}/updates").body["LatestMarker"]
    write(client, point, 3.048)
    [event] = client.get(f"streams/updates/{marker}", desiredUnits="foot").body["Events"]
    assert (event["Value"], event["UnitsAbbreviation"]) == (pytest.approx(10), "ft")
    assert client.get(f"streams/updates/{marker}", desiredUnits="kg").status == 409


def test_a_stream_without_its_source_has_no_updates(client: Client, plant: Plant) -> None:
    lost = plant.attribute("Lost", data_reference="PI Point", config_string="\\\\PI\\gone")
    answer = client.ask("POST", f"streams/{web_id(lost)}/updates")
    assert (answer.status, answer.body["Errors"]) == (409, ["PI Point not found '\\\\PI\\gone'."])


def test_a_static_attribute_has_no_updates(client: Client, plant: Plant) -> None:
    path = f"streams/{web_id(plant.attribute('Limit', value=1.0))}/updates"
    assert client.ask("POST", path).status == 409


def test_a_set_registers_each_stream_and_says_which_failed(client: Client, plant: Plant) -> None:
    lost = plant.attribute("Lost", data_reference="PI Point", config_string="\\\\PI\\gone")
    ids = [web_id(plant.point("a")), web_id(lost)]
    items = client.ask("POST", "streamsets/updates", webId=ids).items
    assert [item["Status"] for item in items] == ["Succeeded", "Failed"]
    assert items[1]["LatestMarker"] == ""
    assert items[1]["Exception"]["Errors"]


def test_a_set_with_a_static_attribute_is_409(client: Client, plant: Plant) -> None:
    ids = [web_id(plant.point("a")), web_id(plant.attribute("Limit", value=1.0))]
    assert client.ask("POST", "streamsets/updates", webId=ids).status == 409


def test_who_registers_again_goes_on_with_the_same_registration(client: Client, plant: Plant) -> None:
    """Each caller has one per stream, whatever WebId it is asked by; markers of before go on, too."""
    point = plant.filled("p", [(0, 1.0)])
    ids = [web_id(point), point.web_id("P")]
    first, second = client.ask("POST", "streamsets/updates", webId=ids).items
    write(client, point, 5.0)
    third = client.ask("POST", f"streams/{ids[0]}/updates").body
    assert [one["Status"] for one in (first, second, third)] == ["Succeeded", "AlreadyRegistered", "AlreadyRegistered"]
    assert len({one["LatestMarker"].partition("_")[0] for one in (first, second, third)}) == 1
    assert told(client, first["LatestMarker"]) == [("Add", hour(1), 5.0)]
    assert told(client, third["LatestMarker"]) == []
    assert UpdateRegistration.objects.count() == 1


def formula(plant: Plant, text: str, **inputs: Any) -> str:
    for name, point in inputs.items():
        plant.attribute(name, point=point)
    return web_id(plant.attribute("Sum", data_reference="Formula", config_string=text))


def test_a_formula_of_simulated_and_written_points_tells_late_values_too(plant: Plant) -> None:
    """What the clock brings once, and what is written whenever it comes, wherever it belongs."""
    start, point = Client(now=NOW), plant.filled("w", [(0, 1000.0)])
    path = formula(plant, "A=A; B=B; [A + B]", A=plant.simulated("s"), B=point)
    first = start.ask("POST", f"streams/{path}/updates").body["LatestMarker"]
    assert told(start, first) == []
    late, later = stamp(NOW - 90 * SECOND), Client(now=NOW + 2 * SECOND)
    assert later.post(f"streams/{web_id(point)}/value", {"Timestamp": late, "Value": 5000.0}).status == 202
    body = later.get(f"streams/updates/{first}").body
    seconds = [stamp(NOW + second * SECOND) for second in (1, 2)]
    rows = later.get(f"streams/{path}/interpolatedattimes", time=[*seconds, late]).rows
    assert sorted((event["Timestamp"], event["Value"]) for event in body["Events"]) == sorted(rows)
    assert later.get(f"streams/updates/{body['LatestMarker']}").body["Events"] == []
    assert len(told(later, first)) == 3


def test_a_formula_without_moving_inputs_tells_nothing(client: Client, plant: Plant) -> None:
    lost = plant.attribute("Lost", data_reference="PI Point", config_string="\\\\PI\\gone")
    static = formula(plant, "A=Lost; B=Limit; [A + B]")
    plant.attribute("Limit", value=2.0)
    marker = client.ask("POST", f"streams/{static}/updates").body["LatestMarker"]
    assert lost.pk
    assert told(Client(now=NOW + 5 * SECOND), marker) == []


def test_a_marker_of_a_computed_stream_ends_as_the_log_does(client: Client, plant: Plant) -> None:
    """48 hours, so that nobody reads a history by it; the same where the stream has changed its kind since."""
    point = plant.simulated("s")
    marker = client.ask("POST", f"streams/{web_id(point)}/updates").body["LatestMarker"]
    name = marker.partition("_")[0]
    kept = NOW - 48 * 3600 * SECOND
    for position, status in ((kept, 200), (kept - 1, 404), (12, 404), (f"3_{NOW}", 404)):
        assert client.get(f"streams/updates/{name}_{position}", selectedFields="Status").status == status


def test_a_set_is_asked_with_several_markers(client: Client, plant: Plant) -> None:
    points = [plant.point("a"), plant.point("b")]
    items = client.ask("POST", "streamsets/updates", webId=[web_id(point) for point in points]).items
    write(client, points[1], 3.0)
    markers = [item["LatestMarker"] for item in items]
    answers = client.get("streamsets/updates", marker=[*markers, "nonsense"]).items
    assert [len(answer["Events"]) for answer in answers] == [0, 1, 0]
    assert answers[2]["Status"] == "Failed"
    assert client.get("streamsets/updates").status == 400
    assert client.ask("POST", "streamsets/updates").status == 400
