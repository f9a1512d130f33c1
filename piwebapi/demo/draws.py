"""Chance without state: what is drawn follows from the seed and from what it is drawn for.

Hashed by hand instead of `random.Random(text)`, because only `random()` of that class is promised to stay
the same between versions of Python. Cost: 2 us a draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TypeVar

Option = TypeVar("Option")


def draw(seed: int, what: str) -> float:
    """A number in [0, 1)."""
    digest = blake2b(f"{seed}\n{what}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 11) / 2**53


def whole(seed: int, what: str, low: int, high: int) -> int:
    """A whole number from low to high, both possible."""
    return low + int(draw(seed, what) * (high - low + 1))


def pick(seed: int, what: str, options: Sequence[Option]) -> Option:
    return options[int(draw(seed, what) * len(options))]


def weighted(seed: int, what: str, weights: Mapping[Option, int]) -> Option:
    """One of the keys, as often as its weight says."""
    left = draw(seed, what) * sum(weights.values())
    for option, weight in weights.items():
        left -= weight
        if left < 0:
            return option
    return option
