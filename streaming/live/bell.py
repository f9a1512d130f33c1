"""The bell: something has been written. It carries no data, and nothing is lost when it is not heard.

Who writes calls `ring`, on commit. In a server process that wakes its follower of the log at once, and a
message on the channel layer wakes those of the other processes; a process without one (a Celery worker, a
command) is heard at the next look that every follower takes by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

_listeners: list[Callable[[], None]] = []


def ring() -> None:
    """After the commit of the transaction that one is in."""
    transaction.on_commit(_ring)


def listen(heard: Callable[[], None]) -> None:
    """`heard` is called in the thread of the writer."""
    _listeners.append(heard)


def leave(heard: Callable[[], None]) -> None:
    if heard in _listeners:
        _listeners.remove(heard)


def _ring() -> None:
    for heard in tuple(_listeners):
        heard()
