"""How many sockets each user has open: exactly those of this process, and those of the others as they told last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from piwebapi.core.errors import TooMany

from . import limits


class Crowd:
    """`elsewhere` is a second old; so what opens at once in several processes may exceed the limit by what the
    others have let in within that second."""

    def __init__(self) -> None:
        self.here: Counter[str] = Counter()
        self.elsewhere: Mapping[str, int] = {}

    @contextmanager
    def enter(self, name: str) -> Iterator[None]:
        """A place for one socket of the user while it is open, or TooMany. It is taken before anything is awaited."""
        if self.here[name] + self.elsewhere.get(name, 0) >= limits.sockets():
            raise TooMany(f"'{name}' has {limits.sockets()} sockets open, and may not have more.")
        self.here[name] += 1
        try:
            yield
        finally:
            self.here[name] -= 1
            if not self.here[name]:
                del self.here[name]
