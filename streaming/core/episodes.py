"""Stretches of time in which a simulated sensor misbehaves or its quality is doubtful.

Time is cut into slots of 5,400 samples. Each slot holds one episode of every kind, whose place and length
come from one hash per slot and point: the shares are exact in the long run, and a window looks only at the
slots it touches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from streaming.core.noise import Index, Keys, Matrix, Singles, hashes, pick
from streaming.core.series import QUESTIONABLE, SUBSTITUTED, Flags

SLOT = 5_400
SALT = 101

# Anomalies (mean 55 samples of 5,400: 1 %), doubtful (216: 4 %), replaced (54: 1 %). An episode lies within
# [first, last) of its slot, so that a sample is never doubtful and replaced.
_ANOMALY, _DOUBTFUL, _REPLACED = range(3)
_KINDS = (  # first, last, shortest, longest
    (0, SLOT, 20, 90),
    (0, 4_050, 108, 324),
    (4_050, SLOT, 27, 81),
)
_HEIGHTS = np.array([sign * (5.0 + more) for sign in (-1, 1) for more in range(8)])  # in noises; below zero: deep
_FLAGS = ((_DOUBTFUL, QUESTIONABLE), (_REPLACED, SUBSTITUTED))


def distort(keys: Keys, index: Index, noise: Matrix, values: Singles) -> None:
    """Add the anomalies to the ``values`` (points, samples) of any samples; ``noise`` is (points, 1).

    An anomaly is an arch, 5 to 12 times ``noise`` high or deep.
    """
    slots = index // SLOT
    bits = hashes(keys, SALT, slots)
    start, length = _drawn(bits, _ANOMALY)
    place = index - slots * SLOT - start
    hit = np.nonzero((place >= 0) & (place < length))
    values[hit] += _HEIGHTS[bits[hit] >> np.uint64(60)] * _arch(place[hit], length[hit]) * noise[hit[0], 0]


def distort_run(bits: Keys, first: int, noise: Matrix, values: Singles) -> None:
    """As `distort`, of samples in a row from number ``first`` on. ``bits``: the hashes of their slots."""
    count = values.shape[1]
    cells, arches, rows = [], [], []
    for row, word, start, length in _stretches(bits, _ANOMALY, first, count):
        low, high = max(start, 0), min(start + length, count)
        cells.append(np.arange(row * count + low, row * count + high))
        arches.append(_whole_arch(word >> 60, length)[low - start : high - start])
        rows.append(row)
    if cells:
        scale = noise[rows, 0].repeat([len(arch) for arch in arches])
        values.reshape(-1)[np.concatenate(cells)] += np.concatenate(arches) * scale


def flags_of(keys: Keys, index: Index) -> Flags:
    """The quality of any samples."""
    flags: Flags = np.zeros((len(keys), len(index)), dtype=np.uint8)
    slots = index // SLOT
    bits, within = hashes(keys, SALT, slots), index - slots * SLOT
    for kind, flag in _FLAGS:
        start, length = _drawn(bits, kind)
        place = within - start
        flags[(place >= 0) & (place < length)] = flag
    return flags


def flags_of_run(keys: Keys, first: int, count: int) -> Flags:
    """As `flags_of`, of samples that follow each other."""
    flags: Flags = np.zeros((len(keys), count), dtype=np.uint8)
    bits = hashes(keys, SALT, np.arange(first // SLOT, (first + count - 1) // SLOT + 1))
    for kind, flag in _FLAGS:
        for row, _, start, length in _stretches(bits, kind, first, count):
            flags[row, max(start, 0) : start + length] = flag
    return flags


def _stretches(bits: Keys, kind: int, first: int, count: int) -> Iterator[tuple[int, int, int, int]]:
    """The episodes that touch ``count`` samples in a row: their point, their hash, where they start, seen from the
    first of these samples, and their length."""
    begin, end, shortest, longest = _KINDS[kind]
    room, offset = end - begin - longest + 1, begin - first % SLOT
    places: Sequence[int] = range(bits.size)
    if bits.size > 100:  # of many points few have an episode here
        starts = pick(bits, 20 * kind, 14, room) + (np.arange(bits.shape[1]) * SLOT + offset)
        places = np.flatnonzero((starts < count) & (starts > -longest)).tolist()
    for place, word in zip(places, bits.take(places).tolist(), strict=True):
        row, slot = divmod(place, bits.shape[1])
        start = ((word >> 20 * kind & 0x3FFF) * room >> 14) + slot * SLOT + offset
        length = ((word >> 20 * kind + 14 & 0x3F) * (longest - shortest + 1) >> 6) + shortest
        if start < count and start + length > 0:
            yield row, word, start, length


def _drawn(bits: Keys, kind: int) -> tuple[Index, Index]:
    """The first sample of an episode, seen from the start of its slot, and the number of its samples."""
    first, last, shortest, longest = _KINDS[kind]
    start = pick(bits, 20 * kind, 14, last - first - longest + 1)
    start += first
    length = pick(bits, 20 * kind + 14, 6, longest - shortest + 1)
    length += shortest
    return start, length


def _arch(place: Index, length: Index | int) -> Matrix:
    share: Matrix = (place + 0.5) / length
    return 4.0 * share * (1.0 - share)


@lru_cache(maxsize=2_048)
def _whole_arch(draw: int, length: int) -> Matrix:
    return _HEIGHTS[draw] * _arch(np.arange(length), length)
