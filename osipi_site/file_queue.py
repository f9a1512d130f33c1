"""The queue of files, with messages that come into sight whole.

kombu's own transport opens a message under its final name and writes it afterwards; a worker that looks in between
takes an empty file, ends with a JSONDecodeError, and the task is lost. Here a message, and the table of who listens,
gets its name when it has been written.
"""

from __future__ import annotations

from pathlib import Path
from time import time_ns
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        """Messages are taken in the order of their names: the time comes first, over processes and restarts."""
        name = f"{time_ns():020}_{uuid4()}.{queue}.msg"
        put_whole(Path(self.data_folder_out) / name, payload)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        self.control_folder.mkdir(exist_ok=True)
        with (self.control_folder / "binding.lock").open("a") as held:
            filesystem.lock(held, filesystem.LOCK_EX)  # let go with the file
            table = self.get_table(exchange)  # type: ignore[no-untyped-call]
            if bound not in table:
                put_whole(self._exchange_file(exchange), [bound, *table])  # type: ignore[no-untyped-call]


class Transport(filesystem.Transport):
    Channel = Channel


def put_whole(path: Path, content: Any) -> None:
    draft = path.with_name(f"{uuid4()}.draft")
    draft.write_text(dumps(content), encoding="utf-8")
    draft.replace(path)
