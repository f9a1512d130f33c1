"""Work on the database beside that of the test."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def elsewhere(work: Callable[[], Any]) -> None:
    """In another thread, with a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
