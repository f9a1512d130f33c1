"""What sign-in keeps in the memory of the process: answers for a short time, failures per address."""

from __future__ import annotations

from collections import deque
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """At most `size` answers, each until its time is over; the longest kept give way first.

    An answer that was worked out before `clear` and arrives after it is stale, so `put` takes the
    `generation` that was read before the work began and drops the answer of an older one.
    """

    def __init__(self, size: int) -> None:
        self.generation = 0
        self._size = size
        self._entries: dict[bytes, tuple[float, T]] = {}
        self._lock = Lock()

    def get(self, key: bytes) -> T | None:
        entry = self._entries.get(key)
        return entry[1] if entry and monotonic() < entry[0] else None

    def put(self, key: bytes, value: T, seconds: float, generation: int) -> None:
        with self._lock:
            if generation != self.generation:
                return
            self._entries.pop(key, None)
            self._entries[key] = (monotonic() + seconds, value)
            while len(self._entries) > self._size:
                del self._entries[next(iter(self._entries))]

    def clear(self) -> None:
        with self._lock:
            self.generation += 1
            self._entries.clear()


class Failures:
    """The latest failures of each address: `limit` within `seconds` and the address has had its turn."""

    def __init__(self, limit: int, seconds: float, addresses: int) -> None:
        self._limit = limit
        self._seconds = seconds
        self._addresses = addresses
        self._times: dict[str, deque[float]] = {}
        self._lock = Lock()

    def add(self, address: str) -> None:
        with self._lock:
            times = self._times.pop(address, None) or deque(maxlen=self._limit)
            times.append(monotonic())
            self._times[address] = times
            while len(self._times) > self._addresses:
                del self._times[next(iter(self._times))]

    def too_many(self, address: str) -> bool:
        times = self._times.get(address)
        return times is not None and len(times) == self._limit and monotonic() - times[0] < self._seconds

    def clear(self) -> None:
        with self._lock:
            self._times.clear()
