import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.core.render import FIELDS, ValueFormat, fragments, timed_objects, timed_values, unit_text
from streaming.core.series import ANNOTATED, BAD, QUESTIONABLE, SUBSTITUTED, Series

MARCH = 1_710_235_800 * 10_000_000  # 2024-03-12T09:30:00Z
MODES = {0: "Manual", 1: "Auto"}


def values(column, kind="Float32", flags=0, **options):
    series = Series.of([MARCH] * len(column), column, flags)
    return [row["Value"] for row in timed_objects(series, ValueFormat(kind, **options))]


def test_a_timed_value_has_the_vendors_members_in_order():
    assert timed_values(Series.of([MARCH + 2_500_000], [74.3863754]), ValueFormat("Float32", units="°C")) == (
        '{"Timestamp":"2024-03-12T09:30:00.25Z","Value":74.386375,"UnitsAbbreviation":"°C","Good":true,'
        '"Questionable":false,"Substituted":false,"Annotated":false}'.encode()
    )


def test_rows_are_joined_by_commas_and_no_row_is_no_text():
    text = timed_values(Series.of([MARCH, MARCH + 1], [1, 2]), ValueFormat())
    assert [row["Value"] for row in orjson.loads(b"[" + text + b"]")] == [1, 2]
    assert timed_values(Series.empty(), ValueFormat()) == b""
    assert timed_objects(Series.empty(), ValueFormat()) == []


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (0, (True, False, False, False)),
        (QUESTIONABLE, (True, True, False, False)),
        (SUBSTITUTED | ANNOTATED, (True, False, True, True)),
        (BAD | QUESTIONABLE, (False, True, False, False)),
    ],
)
def test_flags_become_four_booleans(flags, told):
    for series in (Series.of([MARCH], [248], flags), Series.of([MARCH] * 2, [248, 1], [flags, 0])):
        row = timed_objects(series, ValueFormat())[0]
        assert tuple(row[name] for name in ("Good", "Questionable", "Substituted", "Annotated")) == told


def test_a_bad_value_is_its_system_state_without_a_unit():
    rows = timed_objects(Series.of([MARCH] * 2, [253, 1.5], [BAD, 0]), ValueFormat("Float64", units="m"))
    assert rows[0]["Value"] == {"Name": "Pt Created", "Value": 253, "IsSystem": True}
    assert [row["UnitsAbbreviation"] for row in rows] == ["", "m"]


@pytest.mark.parametrize("kind", ["Float32", "Int32", "Digital", "Boolean", "DateTime"])
def test_any_type_can_hold_a_system_state(kind):
    assert values([248, 1], kind, [BAD, 0])[0] == {"Name": "No Data", "Value": 248, "IsSystem": True}


def test_a_bad_object_value_may_be_a_state_a_word_or_errors():
    fault = {"Errors": ["PI Point not found."]}
    assert values(["x", 249, "broken", fault], "String", [0, BAD, BAD, BAD]) == [
        "x",
        {"Name": "Calc Failed", "Value": 249, "IsSystem": True},
        "broken",
        fault,
    ]


@pytest.mark.parametrize(
    ("kind", "column", "told"),
    [
        ("Float32", [0.1, 1e300, -1e300], b"0.1 Infinity -Infinity"),
        ("Float64", [0.1, 0.1 + 0.2, 1e300], b"0.1 0.30000000000000004 1e+300"),
        ("Float64", [float("nan"), float("inf"), 2.0], b"NaN Infinity 2.0"),
        ("Int32", [1.5, 2.5, -3.0, float("-inf")], b"2 2 -3 -Infinity"),
        ("Boolean", [0, 1], b"false true"),
    ],
)
def test_numbers_are_written_by_their_type(kind, column, told):
    text = timed_values(Series.of([MARCH] * len(column), column), ValueFormat(kind), ("Value",))
    assert text.replace(b'{"Value":', b"").replace(b"}", b"").replace(b'"', b"").replace(b",", b" ") == told


def test_digital_values_are_states_of_their_set():
    assert values([1, 0, 7], "Digital", states=MODES) == [
        {"Name": "Auto", "Value": 1, "IsSystem": False},
        {"Name": "Manual", "Value": 0, "IsSystem": False},
        {"Name": "?7", "Value": 7, "IsSystem": False},
    ]


@pytest.mark.parametrize(
    ("kind", "column", "told"),
    [
        ("String", ['say "hi"', "°"], ['say "hi"', "°"]),
        ("Boolean", [True, False], [True, False]),
        ("Object", [[1, 2.5], "x", None, {"a": 1}], [[1, 2.5], "x", None, {"a": 1}]),
        ("Object", [float("nan"), [1.0, float("inf")]], ["NaN", [1.0, "Infinity"]]),
        ("Object", [np.int64(3), np.arange(2), "x"], [3, [0, 1], "x"]),
        ("Float32", [0.1, "x"], [0.1, "x"]),
        ("Digital", [1, "x"], [{"Name": "Auto", "Value": 1, "IsSystem": False}, "x"]),
        ("Int32", [2**60 + 1, "x"], [2**60 + 1, "x"]),
    ],
)
def test_object_columns_are_written_value_by_value(kind, column, told):
    assert values(column, kind, states=MODES) == told


def test_a_date_is_a_time_in_either_column():
    assert values([MARCH], "DateTime") == ["2024-03-12T09:30:00Z"]
    series = Series(np.array([MARCH]), np.array([MARCH + 1], dtype=object), np.zeros(1, dtype=np.uint8))
    assert timed_objects(series, ValueFormat("DateTime"))[0]["Value"] == "2024-03-12T09:30:00.0000001Z"


@pytest.mark.parametrize(
    ("select", "text"),
    [
        (("Timestamp",), b'{"Timestamp":"2024-03-12T09:30:00Z"}'),
        (("value", "TIMESTAMP"), b'{"Timestamp":"2024-03-12T09:30:00Z","Value":1.0}'),
        (("Good",), b'{"Good":true}'),
        (("Timestamp", "Good"), b'{"Timestamp":"2024-03-12T09:30:00Z","Good":true}'),
        (("Value", "UnitsAbbreviation", "Other"), b'{"Value":1.0,"UnitsAbbreviation":"m"}'),
        (("Other",), b"{}"),
        ((), b"{}"),
    ],
)
def test_selected_fields_are_left_in_the_order_of_the_row(select, text):
    series = Series.of([MARCH, MARCH], [1, 1])
    assert timed_values(series, ValueFormat("Float64", units="m"), select) == text + b"," + text


def test_reversed_series_are_written_backwards():
    series = Series.of([MARCH, MARCH + 10_000_000], [1, 2]).reversed()
    assert [row["Value"] for row in timed_objects(series, ValueFormat())] == [2, 1]


def test_one_value_of_each_of_many_points():
    pieces = fragments(
        np.array([MARCH] * 4),
        np.array([74.3863754, 248, 1, 0.1]),
        np.array([0, BAD, QUESTIONABLE, 0], dtype=np.uint8),
        [unit_text("°C"), unit_text("m"), unit_text(""), unit_text("")],
        {2: ValueFormat("Digital", MODES), 3: ValueFormat("Float64")},
    )
    rows = [orjson.loads(piece) for piece in pieces]
    assert [list(row) for row in rows] == [list(FIELDS)] * 4
    no_data, auto = ({"Name": n, "Value": v, "IsSystem": s} for n, v, s in (("No Data", 248, True), ("Auto", 1, False)))
    assert [row["Value"] for row in rows] == [74.386375, no_data, auto, 0.1]
    assert [row["UnitsAbbreviation"] for row in rows] == ["°C", "", "", ""]
    assert [(row["Good"], row["Questionable"]) for row in rows] == [
        (True, False),
        (False, False),
        (True, True),
        (True, False),
    ]


def test_fragments_of_objects_and_of_nothing():
    words = Series.of([MARCH, MARCH], ["on", 0.1])
    pieces = fragments(words.times, words.values, words.flags, [b'""'] * 2, {0: ValueFormat("String")})
    assert [orjson.loads(piece)["Value"] for piece in pieces] == ["on", 0.1]
    nothing = Series.empty()
    assert fragments(nothing.times, nothing.values, nothing.flags, []) == []


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 10**18), st.floats(width=32), st.integers(0, 15)), min_size=1, max_size=15),
    st.sampled_from(["Float32", "Float64", "Int32", "Digital", "Boolean"]),
)
def test_texts_objects_and_fragments_tell_the_same(rows, kind):
    column = [
        248 if flag & BAD else min(max(value, -1e6), 1e6) if kind in ("Int32", "Digital") else value
        for _, value, flag in rows
    ]
    if kind == "Digital":
        column = [0 if value != value else value for value in column]
    series = Series.of([row[0] for row in rows], column, [row[2] for row in rows])
    fmt = ValueFormat(kind, MODES, "kPa")
    formats = dict.fromkeys(range(len(rows)), fmt)
    pieces = fragments(series.times, series.values, series.flags, [unit_text("kPa")] * len(rows), formats)
    assert b",".join(pieces) == timed_values(series, fmt)
    for row, told in enumerate(timed_objects(series, fmt)):
        single = series.take(row)
        assert timed_objects(Series.concat(single, Series.of([0], [0])), fmt)[0] == told
        if kind == "Float32" and not series.flags[row] & BAD and np.isfinite(series.values[row]):
            assert np.float32(told["Value"]) == np.float32(series.values[row])
