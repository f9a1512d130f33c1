"""Long lists in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def chunks(items: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """`size` items each, in order; the last may have fewer. 500 keys are far below what an engine takes in a list."""
    return (items[start : start + size] for start in range(0, len(items), size))
