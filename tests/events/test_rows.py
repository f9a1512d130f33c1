from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pyarrow as pa
import pytest

from events.lakehouse.rows import FrameRow, digest, from_record, iso, newest, packed, partition_date, to_arrow
from events.lakehouse.schema import TableName, missing_columns

from .samples import INGESTED, START, row

BARE = FrameRow("F1Fm1", "Trip", "", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), None)


def test_the_digest_is_that_of_the_canonical_json() -> None:
    # sha256sum of {"attributes":{},"category_names":[],"description":"","end_time":null,"name":"Trip",
    # "primary_referenced_element_webid":"","start_time":"2026-01-02T03:04:05.000000Z","template_name":"",
    # "webid":"F1Fm1"}
    assert digest(BARE) == "61fabe7f6f422616f42daa7c2654ac4a161e3a8d97ff376099cc9cb59476d68d"


def test_neither_the_order_of_attributes_nor_of_categories_changes_the_digest() -> None:
    one = row(attributes={"a": "1", "b": "2"}, category_names=("x", "y"))
    other = row(attributes={"b": "2", "a": "1"}, category_names=("y", "x"))
    assert digest(one) == digest(other)


def test_the_same_moment_in_another_zone_has_the_same_digest() -> None:
    there = START.astimezone(timezone(timedelta(hours=10)))
    assert digest(row(start=there)) == digest(row(start=START))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other"},
        {"end": None},
        {"start": START + timedelta(microseconds=1)},
        {"attributes": {"Product": "other"}},
        {"category_names": ()},
        {"template_name": ""},
        {"description": ""},
        {"primary_referenced_element_webid": ""},
    ],
)
def test_every_column_counts_in_the_digest(changes: dict[str, object]) -> None:
    assert digest(row(**changes)) != digest(row())


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=10))), date(2026, 3, 1)),
    ],
)
def test_the_partition_is_the_utc_date_of_the_start(moment: datetime, day: date) -> None:
    assert partition_date(moment) == day


def test_moments_are_written_with_six_decimals_even_in_the_first_century() -> None:
    assert iso(datetime(33, 4, 3, 15, tzinfo=UTC)) == "0033-04-03T15:00:00.000000Z"
    assert iso(datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=UTC)) == "2026-01-02T03:04:05.000060Z"


def test_of_two_rows_with_one_web_id_the_last_one_stays() -> None:
    assert newest([row(1, name="old"), row(2), row(1, name="new")]) == [row(1, name="new"), row(2)]


def test_a_table_of_rows_reads_back_as_the_same_rows() -> None:
    rows = [row(1), replace(BARE, attributes={"Empty": None})]
    table = to_arrow(rows, INGESTED)
    stored = [from_record(record) for record in table.to_pylist()]
    assert [one.row for one in stored] == rows
    assert {one.ingested for one in stored} == {INGESTED}
    assert [one.partition for one in stored] == [date(2026, 3, 1), date(2026, 1, 2)]


def test_timestamps_are_utc_microseconds_and_an_open_end_is_null() -> None:
    table = to_arrow([BARE], INGESTED)
    assert table.schema.field("start_time").type == pa.timestamp("us", "UTC")
    assert table["end_time"].to_pylist() == [None]
    assert table["template_name"].to_pylist() == [None]


def test_batches_are_cut_by_bytes_and_by_number() -> None:
    assert list(packed([b"1234", b"1234", b"1234"], most_bytes=12, most_items=9)) == [[b"1234", b"1234"], [b"1234"]]
    assert list(packed([b"1", b"2", b"3"], most_bytes=99, most_items=2)) == [[b"1", b"2"], [b"3"]]
    assert list(packed([], most_bytes=99, most_items=2)) == []


def test_a_row_that_no_statement_can_take_is_refused() -> None:
    with pytest.raises(ValueError, match="a row of 11 bytes is over the 12"):
        list(packed([b"12345678901"], most_bytes=12, most_items=9))


def test_table_names_are_quoted_and_nothing_else_than_a_name_is_taken() -> None:
    assert TableName("osipi", "bronze", "pi-frames").quoted == "`osipi`.`bronze`.`pi-frames`"
    with pytest.raises(ValueError, match="is not a schema name"):
        TableName("osipi", "bronze`; DROP", "t")


def test_columns_compare_without_case() -> None:
    assert missing_columns(["WebId", "NAME", "extra"])[:2] == ("template_name", "start_time")
