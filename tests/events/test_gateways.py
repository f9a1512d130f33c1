"""The contract of a Gateway; every test runs on a local Delta table and on the warehouse, there by statements alone and
by files on a volume."""

from datetime import date, timedelta

import pytest

from events.lakehouse import statements
from events.lakehouse.gateway import Gateway, Written
from events.lakehouse.rows import digest

from .samples import INGESTED, row

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
LATER = INGESTED + timedelta(minutes=5)


@pytest.fixture(params=["delta", "databricks", "with_volume"])
def gateway(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    if request.param == "with_volume":
        monkeypatch.setattr(statements, "MAX_ROWS", 0)  # every batch is worth a file
    chosen: Gateway = request.getfixturevalue(request.param)
    chosen.ensure_table()
    return chosen


def contents(gateway: Gateway) -> dict[str, str]:
    return {stored.row.webid: digest(stored.row) for batch in gateway.read_since(None) for stored in batch}


def test_a_table_is_made_once(gateway: Gateway) -> None:
    assert gateway.ensure_table() is False
    assert gateway.row_count() == 0
    assert list(gateway.read_since(None)) == []
    assert list(gateway.recent(5)) == []


def test_rows_come_back_as_they_were_sent(gateway: Gateway) -> None:
    rows = [row(1), row(2, end=None, template_name="", category_names=(), attributes={}, description="")]
    rows.append(row(3, name="Ein \"Fall\" \\ 'x' :lo\n\t", attributes={"a": None, "b|c": "ü" * 500, "": ""}))
    gateway.upsert(rows, ingested=INGESTED)
    (batch,) = gateway.read_since(None)
    assert [stored.row for stored in batch] == rows
    assert {stored.ingested for stored in batch} == {INGESTED}


def test_an_upsert_repeated_changes_no_content(gateway: Gateway) -> None:
    rows = [row(1), row(2)]
    assert gateway.upsert(rows, ingested=INGESTED) == Written(inserted=2)
    assert gateway.upsert(rows, ingested=INGESTED) == Written(updated=2)
    assert contents(gateway) == {one.webid: digest(one) for one in rows}
    assert gateway.row_count() == 2


def test_new_and_changed_rows_go_in_one_upsert(gateway: Gateway) -> None:
    gateway.upsert([row(1, end=None), row(2)], ingested=INGESTED)
    assert gateway.upsert([row(1), row(3)], ingested=LATER) == Written(inserted=1, updated=1)
    assert contents(gateway) == {one.webid: digest(one) for one in (row(1), row(2), row(3))}


def test_a_web_id_twice_in_a_batch_is_one_row(gateway: Gateway) -> None:
    gateway.upsert([row(1, name="old"), row(1, name="new")], ingested=INGESTED)
    assert [stored.row.name for stored in gateway.recent(9)] == ["new"]


def test_a_row_whose_start_moved_to_another_day_is_not_doubled(gateway: Gateway) -> None:
    before, after = row(1), row(1, start=row(1).start + timedelta(days=1))
    gateway.upsert([before], ingested=INGESTED)
    gateway.upsert([after], ingested=LATER, known={before.webid: FIRST})
    assert list(gateway.places()) == [(after.webid, SECOND)]


def test_only_the_named_rows_are_deleted(gateway: Gateway) -> None:
    gateway.upsert([row(1), row(2), row(45)], ingested=INGESTED)
    assert gateway.delete({row(1).webid: FIRST, row(45).webid: SECOND, "F1FmUnknown": FIRST}) == 2
    assert gateway.delete({row(1).webid: FIRST}) == 0
    assert list(contents(gateway)) == [row(2).webid]


def test_nothing_to_write_is_no_statement(gateway: Gateway) -> None:
    assert gateway.upsert([], ingested=INGESTED) == Written()
    assert gateway.delete({}) == 0


def test_the_watermark_itself_is_read_again(gateway: Gateway) -> None:
    gateway.upsert([row(1), row(2)], ingested=INGESTED)
    gateway.upsert([row(2, name="changed")], ingested=LATER)
    read = [stored.row.name for batch in gateway.read_since(LATER) for stored in batch]
    assert read == ["changed"]
    assert list(gateway.read_since(LATER + timedelta(microseconds=1))) == []


def test_batches_have_the_asked_size_and_are_in_order_of_ingestion(gateway: Gateway) -> None:
    gateway.upsert([row(3)], ingested=LATER)
    gateway.upsert([row(number) for number in (1, 2, 4, 5)], ingested=INGESTED)
    batches = [[stored.row.name for stored in batch] for batch in gateway.read_since(None, size=2)]
    assert batches == [["Batch_1", "Batch_2"], ["Batch_4", "Batch_5"], ["Batch_3"]]


def test_keys_are_those_of_the_partitions(gateway: Gateway) -> None:
    gateway.upsert([row(1), row(45)], ingested=INGESTED)
    assert list(gateway.places(SECOND, SECOND)) == [(row(45).webid, SECOND)]
    assert sorted(gateway.places()) == [(row(1).webid, FIRST), (row(45).webid, SECOND)]


def test_the_newest_rows_are_told_first(gateway: Gateway) -> None:
    gateway.upsert([row(1), row(2)], ingested=INGESTED)
    gateway.upsert([row(1, name="changed")], ingested=LATER)
    assert [stored.row.name for stored in gateway.recent(1)] == ["changed"]


def test_the_clock_is_aware_and_goes_on(gateway: Gateway) -> None:
    first = gateway.clock()
    assert first.utcoffset() == timedelta()
    assert first <= gateway.clock() < first + timedelta(minutes=1)


def test_thousands_of_rows_all_arrive(gateway: Gateway) -> None:
    rows = [row(number) for number in range(2500)]
    assert gateway.upsert(rows, ingested=INGESTED) == Written(inserted=2500)
    assert contents(gateway) == {one.webid: digest(one) for one in rows}


def test_people_are_told_which_table(gateway: Gateway) -> None:
    assert "osipi.bronze." in gateway.describe()
