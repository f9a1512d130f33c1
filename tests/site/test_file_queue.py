"""The queue of files: what a worker finds while others put messages there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from osipi_site import data_dir
from osipi_site.file_queue import Transport


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    options = data_dir.file_broker(tmp_path)
    with Connection("filesystem://localhost", transport=Transport, transport_options=options) as made:
        yield made


class Watched:
    """Part of a message that looks into the queue while it is being written."""

    def __init__(self, look: Any) -> None:
        self.look = look

    def __json__(self) -> str:
        self.look()
        return "written"


def test_the_settings_name_it(settings: Any) -> None:
    module, _, name = settings.CELERY_BROKER_TRANSPORT.partition(":")
    assert getattr(import_module(module), name) is Transport


def test_a_message_that_is_being_written_is_not_there_yet(connection: Connection) -> None:
    sender, worker = connection.channel(), connection.channel()

    def look() -> None:
        with pytest.raises(Empty):
            worker._get("celery")

    sender._put("celery", {"body": Watched(look)})
    assert worker._get("celery") == {"body": "written"}
    with pytest.raises(Empty):
        worker._get("celery")


def test_a_worker_that_never_rests_takes_every_message_once_and_in_order(connection: Connection) -> None:
    sender, worker = connection.channel(), connection.channel()
    taken: list[int] = []
    faults: list[Exception] = []
    done = threading.Event()

    def work() -> None:
        while True:
            over = done.is_set()
            try:
                taken.append(worker._get("celery")["number"])
            except Empty:
                if over:
                    return
            except Exception as fault:
                faults.append(fault)
                return

    thread = threading.Thread(target=work)
    thread.start()
    for number in range(500):
        sender._put("celery", {"number": number, "padding": "x" * 10_000})
    done.set()
    thread.join()
    assert not faults
    assert taken == list(range(500))


def test_messages_of_another_queue_stay(connection: Connection) -> None:
    channel = connection.channel()
    channel._put("other", 1)
    with pytest.raises(Empty):
        channel._get("celery")
    assert (channel._size("other"), channel._size("celery")) == (1, 0)
    assert channel._get("other") == 1


def test_who_listens_is_told_once_by_many_at_once(connection: Connection) -> None:
    names = [f"queue{number}" for number in range(8)] * 2
    threads = [
        threading.Thread(target=connection.channel()._queue_bind, args=("celery", name, None, name)) for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(connection.channel().get_table("celery")) == [(name, "", name) for name in names[:8]]
