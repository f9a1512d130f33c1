"""Writing values: options, conversions, refusals, and what a read shows afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from piwebapi.models import Point

from .plant import SECOND, Client, Plant, at, hour, stamp, web_id


def recorded(client: Client, point: Point, **query: Any) -> list[dict[str, Any]]:
    query = {"startTime": hour(-1), "endTime": hour(40), **query}
    return client.get(f"streams/{web_id(point)}/recorded", **query).items


def values(client: Client, point: Point) -> list[Any]:
    return [item["Value"] for item in recorded(client, point)]


NO_DATA = {"Name": "No Data", "Value": 248, "IsSystem": True}
# The truth table of the reference: option, what is there after writing 2.0 over 1.0, and where nothing was.
TABLE = [
    ("Replace", [2.0], [2.0]),
    ("Insert", [1.0, 2.0], [2.0]),
    ("NoReplace", [1.0], [2.0]),
    ("ReplaceOnly", [2.0], []),
    ("InsertNoCompression", [1.0, 2.0], [2.0]),
    ("Remove", [], []),
]


@pytest.mark.parametrize(("option", "over", "anew"), TABLE)
def test_the_update_option_decides(
    client: Client, plant: Plant, option: str, over: list[float], anew: list[float]
) -> None:
    there, empty = plant.filled("there", [(1, 1.0)]), plant.point("empty")
    for point in (there, empty):
        body = {"Timestamp": hour(1), "Value": 2.0}
        answer = client.post(f"streams/{web_id(point)}/value", body, updateOption=option.lower())
        assert answer.status == 202
    assert (values(client, there), values(client, empty)) == (over, anew)


def test_a_replaced_value_is_substituted_and_an_added_one_is_not(client: Client, plant: Plant) -> None:
    point = plant.filled("p", [(1, 1.0)])
    bodies = [{"Timestamp": hour(1), "Value": 2.0}, {"Timestamp": hour(2), "Value": 3.0, "Substituted": True}]
    client.post(f"streams/{web_id(point)}/recorded", bodies)
    assert [item["Substituted"] for item in recorded(client, point)] == [True, False]


@pytest.mark.parametrize(("buffer", "status"), [("DoNotBuffer", 204), ("BufferIfPossible", 202), ("Buffer", 202)])
def test_the_buffer_option_decides_the_status(client: Client, plant: Plant, buffer: str, status: int) -> None:
    path = f"streams/{web_id(plant.point('p'))}"
    assert client.post(f"{path}/value", {"Value": 1}, bufferOption=buffer).status == status
    assert client.post(f"{path}/recorded", [{"Value": 1}], bufferOption=buffer).status == status


def test_a_missing_timestamp_is_now_and_a_pi_time_is_understood(client: Client, plant: Plant) -> None:
    point = plant.point("p")
    client.post(f"streams/{web_id(point)}/recorded", [{"Value": 1}, {"Timestamp": "t+1h", "Value": 2}])
    assert [item["Timestamp"] for item in recorded(client, point)] == [hour(25), hour(33.5)]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ticks=st.lists(st.integers(at(-20), at(30)), min_size=1, max_size=20, unique=True),
    number=st.floats(allow_nan=False, allow_infinity=False),
)
def test_what_is_written_is_read_to_100_ns_and_to_the_last_digit(
    client: Client, plant: Plant, ticks: list[int], number: float
) -> None:
    point = Point.objects.filter(name="exact").first() or plant.point("exact")
    path = f"streams/{web_id(point)}/recorded"
    bodies = [{"Timestamp": stamp(moment), "Value": number} for moment in ticks]
    assert client.post(path, bodies).status == 202
    rows = dict(client.get(path, startTime=hour(-20), endTime=hour(30), maxCount=1000).rows)
    assert {stamp(moment): number for moment in ticks}.items() <= rows.items()


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        ("Float64", "111", 111.0),
        ("Float64", 5, 5.0),
        ("Float64", True, 1.0),
        ("Float32", 0.1, 0.1),
        ("Int32", 7.4, 7),
        ("Int16", "-5", -5),
        ("String", 12, "12"),
        ("String", "@home", "@home"),
        ("Timestamp", "2024-01-01T00:00:00.1234567Z", "2024-01-01T00:00:00.1234567Z"),
        ("Float64", NO_DATA, NO_DATA),
        ("Float64", "i/o timeout", {"Name": "I/O Timeout", "Value": 246, "IsSystem": True}),
        ("String", {"Value": 254, "IsSystem": True}, {"Name": "Shutdown", "Value": 254, "IsSystem": True}),
        ("Float64", {"Value": 193, "IsSystem": True}, {"Name": "?193", "Value": 193, "IsSystem": True}),
        ("Float64", " -1.5E+2 ", -150.0),
        ("Float32", 3.4028235e38, 3.4028235e38),  # as the greatest one is told
        ("Float32", -3.4028235e38, -3.4028235e38),
    ],
)  # fmt: skip
def test_a_value_becomes_one_of_the_point_type(client: Client, plant: Plant, kind: str, sent: Any, kept: Any) -> None:
    point = plant.point("p", kind)
    assert client.post(f"streams/{web_id(point)}/value", {"Timestamp": hour(1), "Value": sent}).status == 202
    assert values(client, point) == [kept]


@pytest.mark.parametrize(
    "sent", ["Running", "running", 1, 1.0, "1", {"Name": "Running", "Value": 1}, {"Value": 1}, {"Value": 1.0}]
)
def test_a_state_is_written_by_name_code_or_object(client: Client, plant: Plant, sent: Any) -> None:
    point = plant.point("mode", "Digital", digital_set=plant.modes)
    assert client.post(f"streams/{web_id(point)}/value", {"Timestamp": hour(1), "Value": sent}).status == 202
    assert values(client, point) == [{"Name": "Running", "Value": 1, "IsSystem": False}]


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        ("Float64", {"Value": "warm"}, "warm"),
        ("Float64", {"Timestamp": hour(1)}, "Value is required"),
        ("Float64", {"Value": [1]}, "cannot be converted"),
        ("Float64", {"Value": "NaN"}, "no number that can be stored"),
        ("Float64", {"Value": "1_000"}, "cannot be converted"),
        ("Float64", {"Value": "\u0661"}, "cannot be converted"),  # a digit of another script
        ("Float32", {"Value": 1e39}, "does not fit Float32"),
        ("Float16", {"Value": 1e39}, "does not fit Float16"),
        ("Int32", {"Value": 2**31 - 0.4}, "does not fit Int32"),
        ("Float64", {"Value": {"Value": 192, "IsSystem": True}}, "'192' is no state of the SYSTEM set"),
        ("Float64", {"Value": {"Value": 321, "IsSystem": True}}, "'321' is no state of the SYSTEM set"),
        ("Float64", {"Value": {"Value": True, "IsSystem": True}}, "'True' is no state of the SYSTEM set"),
        ("Digital", {"Value": "9" * 5_000}, "is no state of the point's digital set"),
        ("Digital", {"Value": "\u00b2"}, "is no state of the point's digital set"),
        ("Digital", {"Value": 0.5}, "is no state of the point's digital set"),
        ("Digital", {"Value": True}, "is no state of the point's digital set"),
        ("Int16", {"Value": 40_000}, "does not fit Int16"),
        ("Float64", {"Timestamp": "soon", "Value": 1}, "Timestamp"),
        ("Float64", {"Timestamp": 5, "Value": 1}, "Timestamp must be a text"),
        ("Float64", {"Timestamp": "*+11m", "Value": 1}, "no values in the future"),
        ("Float64", {"Timestamp": "0001-01-01T00:00:00Z", "Value": 1}, "must lie from 1970-01-01T00:00:00Z"),
        ("Float64", {"Value": 1, "UnitsAbbreviation": "m"}, "UnitsAbbreviation"),
        ("Float64", {"Value": 1, "Questionable": "no"}, "Questionable must be true or false"),
        ("Float64", [1, 2], "JSON object"),
    ],
)
def test_what_cannot_be_written_is_400_with_a_reason(
    client: Client, plant: Plant, kind: str, body: Any, told: str
) -> None:
    point = plant.point("p", kind)
    answer = client.post(f"streams/{web_id(point)}/value", body)
    assert answer.status == 400
    assert told in answer.body["Errors"][0]
    assert values(client, point) == []


def test_a_future_point_takes_values_of_two_centuries_and_no_more(client: Client, plant: Plant) -> None:
    """Lakes count nanoseconds in 64 bits."""
    path = f"streams/{web_id(plant.point('plan', future=True))}/value"
    last = client.post(path, {"Timestamp": "2261-12-31T23:59:59.9999999Z", "Value": 1})
    late = client.post(path, {"Timestamp": "2262-01-01T00:00:00Z", "Value": 1})
    assert (last.status, late.status) == (202, 400)
    assert "to 2262-01-01T00:00:00Z" in late.body["Errors"][0]


def test_of_several_values_the_good_ones_are_written_and_207_tells_the_others(client: Client, plant: Plant) -> None:
    point = plant.point("p")
    bodies = [
        {"Timestamp": hour(1), "Value": 1},
        {"Timestamp": hour(2), "Value": "x"},
        {"Timestamp": hour(3), "Value": 3},
    ]
    answer = client.post(f"streams/{web_id(point)}/recorded", bodies)
    assert answer.status == 207
    assert [item["Substatus"] for item in answer.body["Items"]] == [204, 400, 204]
    assert "'x'" in answer.body["Items"][1]["Message"]
    assert values(client, point) == [1.0, 3.0]


def test_a_set_nests_the_fates_for_recorded_and_lists_them_for_value(client: Client, plant: Plant) -> None:
    a, b, s = plant.point("a"), plant.point("b"), plant.simulated("s")
    one = {"Timestamp": hour(1), "Value": 1}
    bad = {"Timestamp": hour(2), "Value": "x"}
    nested = client.post(
        "streamsets/recorded",
        [
            {"WebId": web_id(a), "Items": [one, bad]},
            {"WebId": web_id(s), "Items": [one]},
            {"WebId": web_id(b), "Items": [one]},
        ],
    )
    assert nested.status == 207
    fates = [[fate["Substatus"] for fate in item["Items"]] for item in nested.body["Items"]]
    assert fates == [[204, 400], [409], [204]]
    flat = client.post("streamsets/value", [{"WebId": web_id(a), "Value": one}, {"WebId": web_id(b), "Value": bad}])
    assert [item["Substatus"] for item in flat.body["Items"]] == [204, 400]
    assert (values(client, a), values(client, b)) == ([1.0], [1.0])


def test_values_of_many_streams_are_written_by_as_many_statements_as_of_few(client: Client, plant: Plant) -> None:
    ids = [web_id(plant.point(f"p{number}")) for number in range(20)]

    def cost(wanted: list[str]) -> int:
        bodies = [{"WebId": one, "Value": {"Timestamp": hour(1), "Value": 1}} for one in wanted]
        with CaptureQueriesContext(connection) as captured:
            assert client.post("streamsets/value", bodies).status == 202
        return len(captured)

    cost(ids)
    assert cost(ids) == cost(ids[:2])


def test_a_stream_twice_in_one_request_gets_both(client: Client, plant: Plant) -> None:
    point = plant.point("p")
    body = [{"WebId": web_id(point), "Items": [{"Timestamp": hour(h), "Value": h}]} for h in (2, 1)]
    assert client.post("streamsets/recorded", body).status == 202
    assert values(client, point) == [1.0, 2.0]


@pytest.mark.parametrize("body", [{"Value": 1}, "text", None, [{"Items": []}], [{"WebId": "nonsense", "Items": []}]])
def test_a_body_of_another_shape_is_refused_as_a_whole(client: Client, body: Any) -> None:
    assert client.post("streamsets/recorded", body).status == 400


def test_data_of_an_attribute_lands_in_its_point_in_the_unit_of_the_attribute(client: Client, plant: Plant) -> None:
    point = plant.point("level")
    attribute = plant.attribute("Level", point=point, unit=plant.metre)
    body = {"Timestamp": hour(1), "Value": 10.0, "UnitsAbbreviation": "ft"}
    assert client.post(f"streams/{web_id(attribute)}/value", body).status == 202
    assert values(client, point) == [pytest.approx(3.048)]


def test_a_static_attribute_takes_one_value_and_no_history(client: Client, plant: Plant) -> None:
    path = f"streams/{web_id(plant.attribute('Limit', type='Double', value=1.0))}"
    assert client.post(f"{path}/value", {"Value": 2.5}).status == 204
    assert client.get(f"{path}/value").body["Value"] == 2.5
    assert client.post(f"{path}/recorded", [{"Value": 2.5}]).status == 409


def test_put_sets_a_static_attribute(client: Client, plant: Plant) -> None:
    path = f"attributes/{web_id(plant.attribute('Limit', type='Int32', value=1))}/value"
    assert client.ask("PUT", path, {"Timestamp": hour(1), "Value": "7"}).status == 204
    body = client.get(path).body
    assert (body["Value"], body["Timestamp"]) == (7, hour(1))


def test_formulas_and_simulated_points_refuse_values(client: Client, plant: Plant) -> None:
    formula = plant.attribute("Double", data_reference="Formula", config_string="A=Level;[A*2]")
    for stream in (formula, plant.simulated("s")):
        assert client.post(f"streams/{web_id(stream)}/value", {"Value": 1}).status == 409


def test_a_reader_may_not_write(plant: Plant) -> None:
    reader, point = Client(writes=False), plant.point("p")
    assert reader.post(f"streams/{web_id(point)}/value", {"Value": 1}).status == 403
    assert values(reader, point) == []


def test_a_set_of_an_element_takes_values_of_its_attributes_only(client: Client, plant: Plant) -> None:
    inside, outside = plant.point("inside"), plant.point("outside")
    own = plant.attribute("Own", point=inside)
    path = f"streamsets/{web_id(plant.boiler)}/value"
    value = {"Timestamp": hour(1), "Value": 1}
    assert client.post(path, [{"WebId": web_id(own), "Value": value}]).status == 202
    refused = client.post(path, [{"WebId": web_id(own), "Value": value}, {"WebId": web_id(outside), "Value": value}])
    assert refused.status == 400
    assert "outside" in refused.body["Errors"][0]
    assert (values(client, inside), values(client, outside)) == ([1.0], [])
    assert client.post(f"streamsets/{web_id(outside)}/value", []).status == 409


def test_more_values_than_a_request_may_have_are_refused(client: Client, plant: Plant, settings: Any) -> None:
    settings.OSIPI_MAX_ITEMS = 3
    bodies = [{"Timestamp": stamp(at(1) + n * SECOND), "Value": n} for n in range(4)]
    answer = client.post(f"streams/{web_id(plant.point('p'))}/recorded", bodies)
    assert answer.status == 400
    assert "is greater than the maximum allowed (3)" in answer.body["Errors"][0]


@pytest.mark.parametrize(
    ("unit", "told"), [("furlong", "'furlong' does not exist"), (5, "must be a text"), ({"a": 1}, "must be a text")]
)
def test_a_value_in_what_is_no_unit_is_refused(client: Client, plant: Plant, unit: Any, told: str) -> None:
    """Found by the fuzz run: a number was looked for as a name."""
    level = plant.attribute("Level", unit=plant.metre, value=1.0)
    for method, path in (("PUT", f"attributes/{web_id(level)}/value"), ("POST", f"streams/{web_id(level)}/value")):
        answer = client.ask(method, path, {"Value": 2.0, "UnitsAbbreviation": unit})
        assert (answer.status, told in answer.body["Errors"][0]) == (400, True)
    assert client.get(f"attributes/{web_id(level)}/value").body["Value"] == 1.0
