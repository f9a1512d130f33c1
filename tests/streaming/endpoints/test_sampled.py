"""`interpolated`, `value`, `end` and the verbs at given times."""

from __future__ import annotations

from typing import Any

import pytest

from .plant import Client, Plant, at, hour, stamp, web_id

EVENTS = [(0, 10.0), (6, 20.0), (12, (246,)), (18, 30.0), (24, 30.0)]
NO_DATA = {"Name": "No Data", "Value": 248, "IsSystem": True}
IO_TIMEOUT = {"Name": "I/O Timeout", "Value": 246, "IsSystem": True}


@pytest.fixture
def flow(plant: Plant) -> str:
    return f"streams/{web_id(plant.filled('flow', EVENTS))}"


# -- interpolated ------------------------------------------------------------------------------


def test_samples_lie_on_the_lines_between_events(client: Client, flow: str) -> None:
    rows = client.get(f"{flow}/interpolated", startTime=hour(0), endTime=hour(6), interval="90m").rows
    assert rows == [(hour(h), 10 + h * 10 / 6) for h in (0, 1.5, 3, 4.5, 6)]


def test_beside_a_bad_event_nothing_is_interpolated(client: Client, flow: str) -> None:
    rows = client.get(f"{flow}/interpolated", startTime=hour(9), endTime=hour(21), interval="3h").rows
    assert [value for _, value in rows] == [20.0, IO_TIMEOUT, IO_TIMEOUT, 30.0, 30.0]


def test_before_the_first_event_there_is_no_data_at_the_asked_time(client: Client, flow: str) -> None:
    rows = client.get(f"{flow}/interpolated", startTime=hour(-2), endTime=hour(0), interval="1h").rows
    assert rows == [(hour(-2), NO_DATA), (hour(-1), NO_DATA), (hour(0), 10.0)]


def test_the_last_value_is_held_until_now_and_not_beyond(client: Client, flow: str) -> None:
    rows = client.get(f"{flow}/interpolated", startTime="*-1h", endTime="*+1h", interval="1h").rows
    assert [value for _, value in rows] == [30.0, 30.0, NO_DATA]


def test_samples_go_down_from_the_start_when_the_end_comes_first(client: Client, flow: str) -> None:
    rows = client.get(f"{flow}/interpolated", startTime=hour(6), endTime=hour(0), interval="4h").rows
    assert rows == [(hour(6), 20.0), (hour(2), pytest.approx(10 + 20 / 6))]


def test_sync_time_moves_the_samples_onto_its_grid(client: Client, flow: str) -> None:
    query = {"startTime": hour(0.25), "endTime": hour(3.25), "interval": "1h", "syncTime": hour(-5)}
    inside = client.get(f"{flow}/interpolated", **query).rows
    outside = client.get(f"{flow}/interpolated", syncTimeBoundaryType="Outside", **query).rows
    assert [time for time, _ in inside] == [hour(1), hour(2), hour(3)]
    assert [time for time, _ in outside] == [hour(0), hour(1), hour(2), hour(3), hour(4)]


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        (1.25, 1.75, [], [1, 2]),
        (1, 1.75, [1], [1, 2]),
        (1.25, 2, [2], [1, 2]),
        (1.75, 1.25, [], [2, 1]),
        (1, 1, [1], [1]),
    ],
)
def test_a_grid_that_is_wider_than_the_window_leaves_it_empty(
    client: Client, flow: str, start: float, end: float, inside: list[float], outside: list[float]
) -> None:
    query = {"startTime": hour(start), "endTime": hour(end), "interval": "1h", "syncTime": hour(30)}
    found = [
        [time for time, _ in client.get(f"{flow}/interpolated", syncTimeBoundaryType=kind, **query).rows]
        for kind in ("Inside", "Outside")
    ]
    assert found == [[hour(time) for time in inside], [hour(time) for time in outside]]


def test_a_grid_of_months_keeps_the_day_of_its_sync_time(client: Client, flow: str) -> None:
    query = {"startTime": "2024-02-10T00:00:00Z", "endTime": "2024-06-10T00:00:00Z", "interval": "1mo"}
    rows = client.get(f"{flow}/interpolated", syncTime="2025-01-31T00:00:00Z", timeZone="UTC", **query).rows
    assert [time[:10] for time, _ in rows] == ["2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]


def test_a_grid_of_days_misses_none_though_its_first_day_has_25_hours(client: Client, flow: str) -> None:
    """Berlin's 27 October 2024; a hundred such days would be four days too long."""
    query = {"startTime": "2024-07-18T22:00:00Z", "endTime": "2024-07-21T22:00:00Z", "interval": "1d"}
    rows = client.get(f"{flow}/interpolated", syncTime="2024-10-26T22:00:00Z", timeZone="Europe/Berlin", **query).rows
    assert [time for time, _ in rows] == [f"2024-07-{day}T22:00:00Z" for day in (18, 19, 20, 21)]


def test_days_of_an_interval_follow_the_wall_clock_of_the_zone(client: Client, plant: Plant) -> None:
    """Berlin sprang forward on 31 March 2024: midnights are 24, 23, 24 hours apart."""
    path = f"streams/{web_id(plant.simulated('s', created_ticks=0))}/interpolated"
    query = {"startTime": "2024-03-30", "endTime": "2024-04-02", "interval": "1d", "timeZone": "Europe/Berlin"}
    times = [time for time, _ in client.get(path, **query).rows]
    assert times == [
        "2024-03-29T23:00:00Z",
        "2024-03-30T23:00:00Z",
        "2024-03-31T22:00:00Z",
        "2024-04-01T22:00:00Z",
    ]


def test_a_windows_zone_means_the_same_as_its_iana_name(client: Client, flow: str) -> None:
    query = {"startTime": "t", "endTime": "t+1h", "interval": "30m"}
    windows = client.get(f"{flow}/interpolated", timeZone="W. Europe Standard Time", **query).rows
    assert windows == client.get(f"{flow}/interpolated", timeZone="Europe/Berlin", **query).rows
    assert windows[0][0] == hour(23)  # midnight in Berlin


def test_too_many_samples_are_refused(client: Client, flow: str) -> None:
    answer = client.get(f"{flow}/interpolated", startTime="*-10d", interval="1s")
    assert answer.status == 400
    assert "is greater than the maximum allowed" in answer.body["Errors"][0]


@pytest.mark.parametrize("interval", ["0", "-1h", "soon", "1.5mo"])
def test_an_interval_that_leads_nowhere_is_refused(client: Client, flow: str, interval: str) -> None:
    answer = client.get(f"{flow}/interpolated", interval=interval)
    assert answer.status == 400
    assert "interval" in answer.body["Errors"][0]


def test_a_filter_drops_samples_or_marks_them(client: Client, flow: str) -> None:
    query = {"startTime": hour(0), "endTime": hour(6), "interval": "3h", "filterExpression": "'.' > 12"}
    assert client.get(f"{flow}/interpolated", **query).rows == [(hour(3), 15.0), (hour(6), 20.0)]
    marked = client.get(f"{flow}/interpolated", includeFilteredValues=True, **query).rows
    assert marked[0] == (hour(0), {"Name": "Filtered", "Value": 244, "IsSystem": True})


def test_interpolated_at_times_sorts_and_keeps_doubles(client: Client, flow: str) -> None:
    times = [hour(3), hour(0), hour(3)]
    rows = client.get(f"{flow}/interpolatedattimes", time=times).rows
    assert rows == [(hour(0), 10.0), (hour(3), 15.0), (hour(3), 15.0)]
    backwards = client.get(f"{flow}/interpolatedattimes", time=times, sortOrder="Descending").rows
    assert backwards == rows[::-1]


def test_states_are_held_and_never_interpolated(client: Client, plant: Plant) -> None:
    point = plant.filled("mode", [(0, 0), (2, 2)], "Digital", digital_set=plant.modes)
    rows = client.get(f"streams/{web_id(point)}/interpolatedattimes", time=[hour(1), hour(2)]).rows
    assert [value["Name"] for _, value in rows] == ["Stopped", "Cleaning"]


def test_a_stepped_point_holds_its_values(client: Client, plant: Plant) -> None:
    point = plant.filled("count", [(0, 1), (2, 5)], step=True)
    assert client.get(f"streams/{web_id(point)}/value", time=hour(1)).body["Value"] == 1.0


def test_integers_are_rounded_from_the_line(client: Client, plant: Plant) -> None:
    point = plant.filled("whole", [(0, 0), (3, 10)], "Int32")
    body = client.get(f"streams/{web_id(point)}/value", time=hour(2)).body
    assert (body["Value"], type(body["Value"])) == (7, int)  # 6.67


def test_a_value_between_questionable_events_is_questionable(client: Client, plant: Plant) -> None:
    point = plant.point("doubtful")
    path = f"streams/{web_id(point)}"
    bodies = [{"Timestamp": hour(0), "Value": 1.0, "Questionable": True}, {"Timestamp": hour(2), "Value": 3.0}]
    assert client.post(f"{path}/recorded", bodies).status == 202
    body = client.get(f"{path}/value", time=hour(1)).body
    assert (body["Value"], body["Questionable"], body["Good"]) == (2.0, True, True)


# -- value, end --------------------------------------------------------------------------------


def test_the_value_is_the_last_event_however_old(client: Client, flow: str) -> None:
    body = client.get(f"{flow}/value").body
    assert (body["Timestamp"], body["Value"]) == (hour(24), 30.0)
    assert client.get(f"{flow}/end").body == body


def test_a_new_point_holds_the_state_pt_created(client: Client, plant: Plant) -> None:
    body = client.get(f"streams/{web_id(plant.point('new'))}/value").body
    assert body["Value"] == {"Name": "Pt Created", "Value": 253, "IsSystem": True}
    assert (body["Timestamp"], body["Good"]) == (hour(-24), False)


def test_value_and_end_part_where_there_is_future_data(client: Client, plant: Plant) -> None:
    point = plant.filled("forecast", [(30, 1.0), (34, 5.0), (40, 9.0)], future=True)
    path = f"streams/{web_id(point)}"
    now = client.get(f"{path}/value").body
    # now is 33.5 h: seven eighths of the way from 1 to 5
    assert (now["Timestamp"], now["Value"]) == (hour(33.5), 4.5)
    end = client.get(f"{path}/end").body
    assert (end["Timestamp"], end["Value"]) == (hour(40), 9.0)


@pytest.mark.parametrize(
    ("events", "time", "value"),
    [
        ([(30, 1.0), (32, 5.0)], 32, 5.0),  # all before now: the last recorded value
        ([(30, 1.0), (40, 21.0)], 33.5, 8.0),
        ([(30, 1.0), (33, (246,)), (40, 9.0)], 33.5, "I/O Timeout"),
        ([(34, 5.0), (40, 9.0)], 33.5, "No Data"),  # all after now
    ],
)
def test_the_value_of_a_future_point_is_the_one_at_now(
    client: Client, plant: Plant, events: Any, time: float, value: Any
) -> None:
    body = client.get(f"streams/{web_id(plant.filled('forecast', events, future=True))}/value").body
    assert body["Timestamp"] == hour(time)
    assert (body["Value"] if body["Good"] else body["Value"]["Name"]) == value


def test_past_the_last_event_of_a_future_point_nothing_is_known(client: Client, plant: Plant) -> None:
    """All verbs agree; until then its forecast counts as any history."""
    path = f"streams/{web_id(plant.filled('forecast', [(30, 1.0), (34, 5.0), (40, 11.0)], future=True))}"
    [known, unknown] = client.get(f"{path}/interpolatedattimes", time=[hour(37), hour(45)]).items
    assert (known["Value"], unknown["Value"]["Name"]) == (8.0, "No Data")
    window = {"startTime": hour(37), "endTime": hour(45)}
    both = [(hour(37), 8.0), (hour(40), 11.0)]
    assert client.get(f"{path}/recorded", boundaryType="Interpolated", **window).rows == both
    assert client.get(f"{path}/plot", **window).rows == both
    summary = client.get(f"{path}/summary", summaryType=["Count", "Average", "PercentGood"], **window).items
    assert [item["Value"]["Value"] for item in summary] == [3 * 3600, 9.5, 37.5]


# -- recordedattime ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "asked", "found"),
    [
        ("Auto", 7, 6),
        ("AtOrBefore", 6, 6),
        ("Before", 6, 0),
        ("AtOrAfter", 6, 6),
        ("AtOrAfter", 13, 18),
        ("After", 18, 24),
        ("Exact", 18, 18),
    ],
)
def test_the_retrieval_mode_picks_an_event_with_its_own_time(
    client: Client, flow: str, mode: str, asked: float, found: float
) -> None:
    body = client.get(f"{flow}/recordedattime", time=hour(asked), retrievalMode=mode).body
    assert body["Timestamp"] == hour(found)


@pytest.mark.parametrize(("mode", "asked"), [("AtOrBefore", -1), ("Before", 0), ("AtOrAfter", 25), ("After", 24)])
def test_where_no_event_fits_there_is_no_data(client: Client, flow: str, mode: str, asked: float) -> None:
    body = client.get(f"{flow}/recordedattime", time=hour(asked), retrievalMode=mode).body
    assert (body["Timestamp"], body["Value"], body["Good"]) == (hour(asked), NO_DATA, False)


def test_exact_without_an_event_is_404_on_the_single_verb(client: Client, flow: str) -> None:
    answer = client.get(f"{flow}/recordedattime", time=hour(7), retrievalMode="Exact")
    assert answer.status == 404
    assert answer.body["Errors"]


def test_the_next_of_two_events_at_one_time_is_the_one_recorded_first(client: Client, plant: Plant) -> None:
    """However many other times are asked along with it."""
    path = f"streams/{web_id(plant.filled('twice', [(1, 1.0), (2, 2.0), (2, 3.0), (4, 4.0)]))}"
    assert client.get(f"{path}/recordedattime", time=hour(1), retrievalMode="After").body["Value"] == 2.0
    rows = client.get(f"{path}/recordedattimes", time=[hour(1), hour(3)], retrievalMode="After").rows
    assert rows == [(hour(2), 2.0), (hour(4), 4.0)]


def test_recorded_at_times_answers_each_time(client: Client, flow: str) -> None:
    rows = client.get(f"{flow}/recordedattimes", time=[hour(25), hour(7)], retrievalMode="Before").rows
    assert rows == [(hour(6), 20.0), (hour(24), 30.0)]


def test_a_value_written_at_100_ns_is_found_at_exactly_that_time(client: Client, plant: Plant) -> None:
    path = f"streams/{web_id(plant.point('fine'))}"
    moment = stamp(at(1) + 1_234_567)
    assert client.post(f"{path}/value", {"Timestamp": moment, "Value": 0.1}).status == 202
    body = client.get(f"{path}/recordedattime", time=moment, retrievalMode="Exact").body
    assert (body["Timestamp"], body["Value"]) == (moment, 0.1)


@pytest.mark.parametrize("verb", ["recordedattime", "recordedattimes", "interpolatedattimes"])
def test_the_time_is_required_where_it_is_the_question(client: Client, flow: str, verb: str) -> None:
    answer = client.get(f"{flow}/{verb}")
    assert answer.status == 400
    assert "'time'" in answer.body["Errors"][0]
