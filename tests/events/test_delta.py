"""What only the local table can do."""

import multiprocessing
from pathlib import Path

import pytest
from deltalake import DeltaTable

from events.lakehouse import delta as module
from events.lakehouse.delta import DeltaGateway
from events.lakehouse.gateway import GatewayError

from .samples import INGESTED, TABLE, row, write


def test_the_table_is_one_that_databricks_can_read(delta: DeltaGateway) -> None:
    delta.ensure_table()
    delta.upsert([row(1)], ingested=INGESTED)
    table = DeltaTable(str(delta.path))
    protocol = table.protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 4)
    assert table.metadata().partition_columns == ["partition_date"]
    assert table.metadata().configuration["delta.enableChangeDataFeed"] == "true"


def test_two_processes_write_at_once_and_lose_nothing(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")  # a forked child could not use deltalake
    writers = [spawn.Process(target=write, args=(tmp_path, list(range(n, 20, 2)))) for n in (0, 1)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(50)
    assert [writer.exitcode for writer in writers] == [0, 0]
    stored = DeltaGateway(tmp_path, TABLE).places()
    assert sorted(key for key, _ in stored) == [f"F1Fm{number:06}" for number in range(20)]


def test_an_empty_place_is_told(delta: DeltaGateway) -> None:
    with pytest.raises(GatewayError, match="There is no local Delta table") as failure:
        delta.row_count()
    assert not failure.value.permanent


def test_a_foreign_table_in_the_place_is_refused(delta: DeltaGateway) -> None:
    import pyarrow as pa
    from deltalake import write_deltalake

    write_deltalake(str(delta.path), pa.table({"webid": ["x"]}))
    with pytest.raises(GatewayError, match="lacks name, template_name"):
        delta.ensure_table()


def test_a_forked_child_is_told_to_use_threads(delta: DeltaGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_first_user", -1)  # the process that used the lake before the fork
    with pytest.raises(GatewayError, match="--pool=threads") as failure:
        delta.ensure_table()
    assert failure.value.permanent
