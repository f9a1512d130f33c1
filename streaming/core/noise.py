"""Randomness without state: hashes of (key, index), and noise that is a pure function of them.

Every function takes keys of shape (points, 1) and an index, and answers (points, samples); a cell depends on
its own key and index only, so one point over a day and all points at one moment agree bit for bit. That
rests on using nothing but exact IEEE operations: no sin or exp here, whose last bit may differ with the
length of the array. Source of the hash: Steele, Lea, Flood, "Fast splittable pseudorandom number
generators" (2014), the finaliser of SplitMix64. Cost: about 4 ns a hash.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Index = NDArray[np.int64]
Matrix = NDArray[np.float64]
Singles = NDArray[np.float32]
_Real = TypeVar("_Real", np.float32, np.float64)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def signal_key(seed: int, name: str) -> int:
    """The 64-bit key of a point: the same on every machine, unrelated for neighbouring names or seeds."""
    digest = hashlib.blake2b(f"{seed}\n{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def hashes(keys: Keys, salt: int, index: Index) -> Keys:
    """64 random bits per cell. ``salt`` separates the uses that one point makes of the same index."""
    return _mixed(keys, salt, index)[0]


def _mixed(keys: Keys, salt: int, index: Index) -> tuple[Keys, Keys]:
    """The hashes, and an array of the same shape that is free for what is made of them."""
    x: Keys = keys + np.uint64(salt * 0xD1342543DE82EF95 & 0xFFFFFFFFFFFFFFFF) + index.view(np.uint64) * _GOLDEN
    free: Keys = x >> np.uint64(30)
    x ^= free
    x *= _FIRST
    x ^= np.right_shift(x, np.uint64(27), out=free)
    x *= _SECOND
    x ^= np.right_shift(x, np.uint64(31), out=free)
    return x, free


def pick(bits: Keys, shift: int, width: int, size: int) -> Index:
    """A whole number in [0, size) from ``width`` bits of each hash, starting at bit ``shift``."""
    x = bits >> np.uint64(shift)
    x &= np.uint64((1 << width) - 1)
    x *= np.uint64(size)
    x >>= np.uint64(width)
    return x.view(np.int64)


def white(keys: Keys, salt: int, index: Index, weight: float) -> Matrix:
    """Independent uniform numbers in [-weight, weight): variance weight**2 / 3."""
    bits, free = _mixed(keys, salt, index)
    return np.multiply(bits.view(np.int64), weight * 2.0**-63, out=free.view(np.float64), dtype=np.float64)


def lanes(keys: Keys, salt: int, index: Index, *, run: bool) -> Singles:
    """Independent whole numbers in [-32768, 32768), four of them from one hash. ``run``: the index has no gaps."""
    if not run:
        bits = hashes(keys, salt, index >> 2) >> ((index & 3) << 4).view(np.uint64)
        return bits.astype(np.uint16).view(np.int16).astype(np.float32)
    first, skipped = int(index[0]) >> 2, int(index[0]) & 3
    bits = hashes(keys, salt, np.arange(first, (int(index[-1]) >> 2) + 1))
    numbers = bits.astype("<u8", copy=False).view("<i2")
    return numbers[:, skipped : skipped + len(index)].astype(np.float32)


def value_noise(
    keys: Keys, salt: int, index: Index, scale: int, weight: float, *, run: bool, smooth: bool = False
) -> Matrix:
    """Random values at every ``scale``-th index, lines (or smooth steps) between: forgets after ``scale``.

    Variance weight**2 * 2 / 9 with lines. ``index`` is of shape (samples,), the lowest first and the highest
    last; ``run``: ascending without gaps.
    """
    first, last = int(index[0]) // scale, int(index[-1]) // scale
    count = last - first + 2
    if count > len(index):
        knot = index // scale
        here, steps = white(keys, salt, np.stack((knot, knot + 1))[:, None], weight)
        steps -= here
        steps *= _ramp(index - knot * scale, scale, smooth)
        steps += here
        return steps
    knots = white(keys, salt, np.arange(first, last + 2), weight)  # many samples share a knot: hash each once
    steps, here = np.diff(knots, axis=1), knots[:, :-1]
    if run and count * scale <= 4 * len(index):
        return stretched(here, steps, int(index[0]) - first * scale, len(index), scale, smooth=smooth)
    knot = index // scale
    place = _ramp(index - knot * scale, scale, smooth)
    knot -= first
    values = steps.take(knot, axis=1)
    values *= place
    values += here.take(knot, axis=1)
    return values


def stretched(
    here: NDArray[_Real], steps: NDArray[_Real], start: int, count: int, scale: int, *, smooth: bool = False
) -> NDArray[_Real]:
    """``count`` samples in a row, of which the first is number ``start`` after the first knot."""
    part = slice(start, start + count)
    values = np.repeat(steps, scale, axis=1)[:, part]
    values *= _ramps(scale, smooth, (start + count) // scale, here.dtype.char)[part]
    values += np.repeat(here, scale, axis=1)[:, part]
    return values


def _ramps(scale: int, smooth: bool, knots: int, dtype: str) -> NDArray[Any]:
    """The places of the samples between more than so many knots in a row."""
    return _tiled(scale, smooth, 1 << knots.bit_length(), dtype)


@lru_cache(maxsize=32)
def _tiled(scale: int, smooth: bool, knots: int, dtype: str) -> NDArray[Any]:
    return np.tile(_ramp(np.arange(scale), scale, smooth).astype(dtype), knots)


def is_run(index: Index) -> bool:
    """Without gaps; an index is ascending and has no doubles."""
    return bool(index[-1] - index[0] == len(index) - 1)


def _ramp(place: Index, scale: int, smooth: bool) -> Matrix:
    ramp: Matrix = place / scale
    if smooth:
        ramp *= ramp * (3.0 - 2.0 * ramp)
    return ramp
