"""`recorded`: which events come, in which order, and how their values look."""

from __future__ import annotations

import pytest

from streaming.archive import archive

from .plant import MIDNIGHT, Client, Plant, at, hour, series, stamp, web_id

EVENTS = [(0, 10.0), (6, 20.0), (12, (246,)), (18, 30.0), (24, 30.0)]
IO_TIMEOUT = {"Name": "I/O Timeout", "Value": 246, "IsSystem": True}


@pytest.fixture
def flow(plant: Plant) -> str:
    return f"streams/{web_id(plant.filled('flow', EVENTS))}/recorded"


def window(start: float, end: float) -> dict[str, str]:
    return {"startTime": hour(start), "endTime": hour(end)}


def test_events_at_both_ends_belong_to_the_range(client: Client, flow: str) -> None:
    assert client.get(flow, **window(0, 6)).rows == [(hour(0), 10.0), (hour(6), 20.0)]


def test_a_row_has_the_seven_members_of_a_timed_value(client: Client, flow: str) -> None:
    [row] = client.get(flow, **window(5, 7)).items
    assert row == {
        "Timestamp": hour(6),
        "Value": 20.0,
        "UnitsAbbreviation": "",
        "Good": True,
        "Questionable": False,
        "Substituted": False,
        "Annotated": False,
    }


def test_a_bad_value_is_its_system_state_and_not_good(client: Client, flow: str) -> None:
    [row] = client.get(flow, **window(11, 13)).items
    assert (row["Value"], row["Good"], row["Timestamp"]) == (IO_TIMEOUT, False, hour(12))


def test_outside_adds_the_nearest_event_on_each_side(client: Client, flow: str) -> None:
    rows = client.get(flow, boundaryType="Outside", **window(5, 7)).rows
    assert rows == [(hour(0), 10.0), (hour(6), 20.0), (hour(12), IO_TIMEOUT)]


def test_outside_is_inside_where_nothing_lies_further_out(client: Client, flow: str) -> None:
    assert client.get(flow, boundaryType="outside", **window(-2, 1)).rows == [(hour(0), 10.0), (hour(6), 20.0)]


def test_interpolated_ends_lie_on_the_line(client: Client, flow: str) -> None:
    rows = client.get(flow, boundaryType="Interpolated", **window(3, 9)).rows
    # 10 to 20 in six hours: 15 after three; after 20 a bad event follows, so 20 is held
    assert rows == [(hour(3), 15.0), (hour(6), 20.0), (hour(9), 20.0)]


def test_a_range_with_its_end_first_is_told_backwards(client: Client, flow: str) -> None:
    rows = client.get(flow, maxCount=2, **window(24, 0)).rows
    assert rows == [(hour(24), 30.0), (hour(18), 30.0)]


def test_max_count_counts_from_the_start(client: Client, flow: str) -> None:
    assert client.get(flow, maxCount=1, **window(1, 24)).rows == [(hour(6), 20.0)]


def test_paging_by_the_last_time_leaves_nothing_out(client: Client, flow: str) -> None:
    seen, start = [], hour(-1)
    for _ in range(5):
        rows = client.get(flow, startTime=start, endTime=hour(30), maxCount=2).rows
        seen += [row for row in rows if row not in seen]
        start = rows[-1][0]
    assert [time for time, _ in seen] == [hour(h) for h, _ in EVENTS]


def test_a_range_without_events_is_an_empty_list(client: Client, flow: str) -> None:
    answer = client.get(flow, **window(1, 2))
    assert (answer.status, answer.body) == (200, {"Links": {}, "Items": [], "UnitsAbbreviation": ""})


def test_annotations_come_when_they_are_asked_for(client: Client, flow: str) -> None:
    """Nothing in the contract annotates a value of a stream, so there are none; writing cannot pretend it."""
    body = [{"Timestamp": hour(30), "Value": 1.0, "Annotated": True, "Annotations": [{"Name": "made up"}]}]
    assert client.post(flow, body).status == 202
    query = {"associations": "annotations", **window(24, 30)}
    rows = client.get(flow, **query).items
    assert [(row["Value"], row["Annotated"], row["Annotations"]) for row in rows[-1:]] == [(1.0, False, [])]
    assert all("Annotations" not in row for row in client.get(flow, **window(24, 30)).items)
    chosen = client.get(flow, selectedFields="Items.Value;Items.Annotations", **query).items
    assert chosen[-1] == {"Value": 1.0, "Annotations": []}
    assert client.get(flow, selectedFields="Items.Value", **query).items[-1] == {"Value": 1.0}
    one = client.get(flow + "attime", time=hour(30), associations="Annotations").body
    assert (one["Value"], one["Annotations"]) == (1.0, [])


def test_the_default_range_is_the_last_day(client: Client, flow: str) -> None:
    # now is 33.5 h after midnight
    assert [time for time, _ in client.get(flow).rows] == [hour(12), hour(18), hour(24)]


def test_a_filter_keeps_the_events_for_which_it_holds(client: Client, flow: str) -> None:
    rows = client.get(flow, filterExpression="'.' > 15 and BadVal('.') = 0", **window(0, 24)).rows
    assert [value for _, value in rows] == [20.0, 30.0, 30.0]


def test_filtered_runs_leave_one_trace_at_their_first_event(client: Client, flow: str) -> None:
    query = {"filterExpression": "'.' < 15", "includeFilteredValues": "true"}
    filtered = {"Name": "Filtered", "Value": 244, "IsSystem": True}
    assert client.get(flow, **query, **window(0, 24)).rows == [(hour(0), 10.0), (hour(6), filtered)]


def test_max_count_with_a_filter_counts_what_is_left(client: Client, flow: str) -> None:
    assert client.get(flow, filterExpression="'.' = 30", maxCount=1, **window(0, 24)).rows == [(hour(18), 30.0)]


def test_a_filter_that_is_none_is_refused_with_its_place(client: Client, flow: str) -> None:
    answer = client.get(flow, filterExpression="'.' >", **window(0, 24))
    assert answer.status == 400
    assert "position" in answer.body["Errors"][0]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"maxCount": "0"}, "must be greater than zero"),
        ({"maxCount": "150001"}, "is greater than the maximum allowed (150000)"),
        ({"maxCount": "many"}, "must be a whole number"),
        ({"startTime": "whenever"}, "startTime"),
        ({"boundaryType": "Around"}, "boundaryType"),
        ({"timeZone": "Mars/Olympus"}, "Mars/Olympus"),
    ],
)
def test_bad_parameters_are_refused_by_name(client: Client, flow: str, query: dict[str, str], told: str) -> None:
    answer = client.get(flow, **query)
    assert answer.status == 400
    assert told in answer.body["Errors"][0]


def test_all_faults_of_a_request_are_told_together(client: Client, flow: str) -> None:
    answer = client.get(flow, maxCount="0", startTime="whenever")
    assert len(answer.body["Errors"]) == 2


def test_events_at_one_time_come_in_the_order_they_were_written(client: Client, plant: Plant) -> None:
    point = plant.filled("twice", [(1, 5.0), (1, 3.0), (1, 4.0), (2, 1.0)])
    rows = client.get(f"streams/{web_id(point)}/recorded", **window(0, 3)).rows
    assert [value for _, value in rows] == [5.0, 3.0, 4.0, 1.0]


def test_a_digital_state_is_an_object_of_three_members(client: Client, plant: Plant) -> None:
    point = plant.filled("mode", [(0, 1), (1, 2), (2, (248,)), (3, 7)], "Digital", digital_set=plant.modes)
    items = client.get(f"streams/{web_id(point)}/recorded", **window(0, 3)).items
    assert [item["Value"] for item in items] == [
        {"Name": "Running", "Value": 1, "IsSystem": False},
        {"Name": "Cleaning", "Value": 2, "IsSystem": False},
        {"Name": "No Data", "Value": 248, "IsSystem": True},
        {"Name": "?7", "Value": 7, "IsSystem": False},
    ]
    assert [item["Good"] for item in items] == [True, True, False, True]


def test_texts_stay_texts_beside_system_states(client: Client, plant: Plant) -> None:
    point = plant.filled("batch", [(0, "ACME"), (1, (254,)), (2, "300")], "String")
    items = client.get(f"streams/{web_id(point)}/recorded", **window(0, 3)).items
    shutdown = {"Name": "Shutdown", "Value": 254, "IsSystem": True}
    assert [item["Value"] for item in items] == ["ACME", shutdown, "300"]


def test_float32_has_no_more_digits_than_tell_it_apart(client: Client, plant: Plant) -> None:
    point = plant.filled("single", [(0, 74.38637542724609)], "Float32")
    assert client.get(f"streams/{web_id(point)}/recorded", **window(0, 1)).rows == [(hour(0), 74.386375)]


def test_a_timestamp_point_tells_times_to_100_ns(client: Client, plant: Plant) -> None:
    point = plant.point("lab", "Timestamp")
    path = f"streams/{web_id(point)}"
    fine = stamp(at(0.5) + 1_234_567)
    assert client.post(f"{path}/value", {"Timestamp": hour(2), "Value": fine}).status == 202
    assert client.get(f"{path}/recorded", **window(2, 2)).rows == [(hour(2), fine)]


def test_times_are_told_to_100_ns_without_trailing_zeros(client: Client, plant: Plant) -> None:
    point = plant.point("fine")
    offsets = [1, 10, 1_234_567, 5_000_000, 10_000_000]
    archive.write({point.pk: series([(MIDNIGHT + offset, 1.0) for offset in offsets])}, "Insert")
    rows = client.get(f"streams/{web_id(point)}/recorded", **window(0, 1)).rows
    assert [time[20:-1] for time, _ in rows] == ["0000001", "000001", "1234567", "5", ""]


def test_selected_fields_are_applied_to_every_row(client: Client, flow: str) -> None:
    answer = client.get(flow, selectedFields="items.value;Items.Timestamp;Items.Nothing", **window(0, 6))
    assert answer.body == {"Items": [{"Timestamp": hour(0), "Value": 10.0}, {"Timestamp": hour(6), "Value": 20.0}]}


def test_selected_fields_reach_into_a_state(client: Client, flow: str) -> None:
    answer = client.get(flow, selectedFields="Items.Value.Name", **window(11, 13))
    assert answer.body == {"Items": [{"Value": {"Name": "I/O Timeout"}}]}


def test_more_values_than_a_request_may_have_are_refused_by_the_words_that_clients_know(
    client: Client, plant: Plant
) -> None:
    ids = [web_id(plant.simulated(f"s{n}")) for n in range(3)]
    answer = client.get("streamsets/recorded", webId=ids, maxCount=60_000, startTime="*-20h")
    assert answer.status == 400
    assert "is greater than the maximum allowed" in answer.body["Errors"][0]
