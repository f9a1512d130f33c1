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
from itertools import accumulate, pairwise
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
    return _mixed(keys + _salted(salt) + index.view(np.uint64) * _GOLDEN)


def hashes_of_runs(keys: Keys, *runs: tuple[int, int, int]) -> list[Keys]:
    """The hashes of several runs of an index, each a salt, the first and the last: together, because for a single
    point numpy's steps cost more than the numbers."""
    index = np.concatenate([np.arange(first, last + 1) for _, first, last in runs]).view(np.uint64)
    index *= _GOLDEN
    stops = list(accumulate(last - first + 1 for _, first, last in runs))
    cuts = [slice(start, stop) for start, stop in pairwise([0, *stops])]
    for (salt, _, _), cut in zip(runs, cuts, strict=True):
        index[cut] += _salted(salt)
    bits = _mixed(keys + index)
    return [bits[:, cut] for cut in cuts]


def _salted(salt: int) -> np.uint64:
    return np.uint64(salt * 0xD1342543DE82EF95 & 0xFFFFFFFFFFFFFFFF)


def _mixed(x: Keys) -> Keys:
    """In place."""
    free = x >> np.uint64(30)
    x ^= free
    x *= _FIRST
    x ^= np.right_shift(x, np.uint64(27), out=free)
    x *= _SECOND
    x ^= np.right_shift(x, np.uint64(31), out=free)
    return x


def pick(bits: Keys, shift: int, width: int, size: int) -> Index:
    """A whole number in [0, size) from ``width`` bits of each hash, starting at bit ``shift``."""
    x = bits >> np.uint64(shift)
    x &= np.uint64((1 << width) - 1)
    x *= np.uint64(size)
    x >>= np.uint64(width)
    return x.view(np.int64)


def uniform(bits: Keys, weight: float) -> Matrix:
    """Numbers in [-weight, weight), one of each hash: variance weight**2 / 3."""
    return np.multiply(bits.view(np.int64), weight * 2.0**-63, dtype=np.float64)


def white(keys: Keys, salt: int, index: Index, weight: float) -> Matrix:
    """Independent `uniform` numbers."""
    return uniform(hashes(keys, salt, index), weight)


def lanes(keys: Keys, salt: int, index: Index) -> Singles:
    """Independent whole numbers in [-32768, 32768), four of them from one hash."""
    bits = hashes(keys, salt, index >> 2) >> ((index & 3) << 4).view(np.uint64)
    return bits.astype(np.uint16).view(np.int16).astype(np.float32)


def lanes_of_run(bits: Keys, first: int, count: int) -> Singles:
    """The `lanes` of ``count`` indices from ``first`` on, out of the hashes from ``first // 4`` on."""
    numbers = bits.astype("<u8", copy=False).view("<i2")
    return numbers[:, first % 4 : first % 4 + count].astype(np.float32)


def value_noise(
    keys: Keys, salt: int, index: Index, scale: int, weight: float, *, run: bool, smooth: bool = False
) -> Matrix:
    """Random values at every ``scale``-th index, lines (or smooth steps) between: forgets after ``scale``.

    Variance weight**2 * 2 / 9 with lines. ``index`` is of shape (samples,), the lowest first and the highest
    last; ``run``: ascending without gaps.
    """
    first, last = int(index[0]) // scale, int(index[-1]) // scale
    if last - first + 2 > len(index):
        knot = index // scale
        here, there = white(keys, salt, np.stack((knot, knot + 1))[:, None], weight)
        return _between(here, there - here, _ramp(index - knot * scale, scale, smooth))
    knots = white(keys, salt, np.arange(first, last + 2), weight)  # many samples share a knot: hash each once
    if run:
        return stretched(knots, int(index[0]) - first * scale, len(index), scale, smooth=smooth)
    return _taken(knots, index - first * scale, scale, smooth)


def stretched(knots: NDArray[_Real], start: int, count: int, scale: int, *, smooth: bool = False) -> NDArray[_Real]:
    """``count`` samples in a row between ``knots``, of which the first is number ``start`` after the first knot."""
    if (knots.shape[1] - 1) * scale > 4 * count:
        return _taken(knots, np.arange(start, start + count), scale, smooth)
    part = slice(start, start + count)
    here, steps = knots[:, :-1], knots[:, 1:] - knots[:, :-1]
    ramps = _ramps(scale, smooth, (start + count) // scale, knots.dtype.char)[part]
    return _between(here.repeat(scale, axis=1)[:, part], steps.repeat(scale, axis=1)[:, part], ramps)


def _taken(knots: NDArray[_Real], samples: Index, scale: int, smooth: bool) -> NDArray[_Real]:
    """As `stretched`, of any samples, which are counted from the first knot."""
    knot = samples // scale
    here, steps = knots[:, :-1], knots[:, 1:] - knots[:, :-1]
    ramp = _ramp(samples - knot * scale, scale, smooth).astype(knots.dtype)
    return _between(here.take(knot, axis=1), steps.take(knot, axis=1), ramp)


def _between(here: NDArray[_Real], steps: NDArray[_Real], ramp: NDArray[_Real]) -> NDArray[_Real]:
    """In the place of the steps."""
    steps *= ramp
    steps += here
    return steps


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
