from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piwebapi.core.ticks import MAX_TICKS, MIN_TICKS, format_ticks
from streaming.core.timestamps import stamps

NOON = int(datetime(2024, 3, 12, 12, tzinfo=UTC).timestamp()) * 10_000_000


@pytest.mark.parametrize(
    ("ticks", "text"),
    [
        (0, b"1970-01-01T00:00:00Z"),
        (NOON, b"2024-03-12T12:00:00Z"),
        (NOON + 2_500_000, b"2024-03-12T12:00:00.25Z"),
        (NOON + 1, b"2024-03-12T12:00:00.0000001Z"),
        (NOON + 1_234_567, b"2024-03-12T12:00:00.1234567Z"),
        (NOON - 1, b"2024-03-12T11:59:59.9999999Z"),
        (-1, b"1969-12-31T23:59:59.9999999Z"),
        (MIN_TICKS, b"0001-01-01T00:00:00Z"),
        (MAX_TICKS, b"9999-12-31T23:59:59.9999999Z"),
    ],
)
def test_a_tick_is_utc_text_with_trimmed_fractions(ticks, text):
    assert stamps(np.array([ticks])) == [text]


def test_a_column_across_days_and_out_of_order_keeps_its_order():
    day = 86_400 * 10_000_000
    assert stamps(np.array([NOON + day, NOON, NOON + day])) == [
        b"2024-03-13T12:00:00Z",
        b"2024-03-12T12:00:00Z",
        b"2024-03-13T12:00:00Z",
    ]


def test_whole_and_broken_seconds_stand_side_by_side():
    assert stamps(NOON + np.array([0, 1_000_000])) == [b"2024-03-12T12:00:00Z", b"2024-03-12T12:00:00.1Z"]


def test_no_times_give_no_texts():
    assert stamps(np.empty(0, dtype=np.int64)) == []


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(MIN_TICKS, MAX_TICKS), min_size=1, max_size=20))
def test_columns_agree_with_single_times(ticks):
    assert stamps(np.array(ticks)) == [format_ticks(tick).encode() for tick in ticks]
