"""Stretches of time in which a simulated sensor misbehaves or its quality is doubtful.

Time is cut into slots of 5,400 samples. Each slot holds one episode of every kind, whose place and length
come from one hash per slot and point: the shares are exact in the long run, and a window looks only at the
slots it touches.
"""

from __future__ import annotations

import numpy as np

from streaming.core.noise import Index, Keys, Matrix, Singles, hashes, is_run
from streaming.core.series import QUESTIONABLE, SUBSTITUTED, Flags

SLOT = 5_400
_SALT = 101

# Columns: anomaly (mean 55 samples of 5,400: 1 %), doubtful (216: 4 %), replaced (54: 1 %). An episode lies
# within [first, last) of its slot, so that a sample is never doubtful and replaced.
_KINDS = np.array(
    [  # first, last, shortest, longest
        (0, SLOT, 20, 90),
        (0, 4_050, 108, 324),
        (4_050, SLOT, 27, 81),
    ]
).T[:, :, None, None]
_FIRST = _KINDS[0]
_SHORTEST = _KINDS[2]
_ROOM = (_KINDS[1] - _KINDS[0] - _KINDS[3] + 1).astype(np.uint64)
_SPREAD = (_KINDS[3] - _KINDS[2] + 1).astype(np.uint64)
_SHIFT = np.array([0, 20, 40], dtype=np.uint64)[:, None, None]  # 14 bits for the place, then 6 for the length
_FLAGS = {1: QUESTIONABLE, 2: SUBSTITUTED}


def apply(keys: Keys, index: Index, noise: Matrix, values: Matrix | Singles) -> Flags:
    """Add the anomalies to ``values`` in place and answer the quality flags, of the same shape.

    An anomaly is an arch, 5 to 12 times ``noise`` high or deep. ``index`` is ascending, (samples,); ``noise``
    is (points, 1).
    """
    flags: Flags = np.zeros(values.shape, dtype=np.uint8)
    slots = np.arange(index[0] // SLOT, index[-1] // SLOT + 1)
    if len(slots) > len(index):  # samples far apart
        slots = np.unique(index // SLOT)
    bits = hashes(keys, _SALT, slots)
    start, length = _drawn(bits, slots)
    if is_run(index):
        left = np.maximum(start - index[0], 0)
        count = np.minimum(start + length - index[0], len(index)) - left
    else:
        left = np.searchsorted(index, start)
        count = np.searchsorted(index, start + length) - left
    if not (count > 0).any():
        return flags
    cells = left + np.arange(len(keys))[:, None] * len(index)  # of the flat matrix
    _mark(flags.reshape(-1), cells, count)
    hit = np.flatnonzero(count[0] > 0)
    if len(hit):
        many = count[0].ravel()[hit]
        which = np.repeat(hit, many)
        cell = np.arange(len(which)) + np.repeat(cells[0].ravel()[hit] - np.cumsum(many) + many, many)
        row, column = np.divmod(cell, len(index))
        place = (index[column] - start[0].ravel()[which] + 0.5) / length[0].ravel()[which]
        values.reshape(-1)[cell] += _height(bits).ravel()[which] * (4.0 * place * (1.0 - place)) * noise[row, 0]
    return flags


def _drawn(bits: Keys, slots: Index) -> tuple[Index, Index]:
    """The first sample of each episode and the number of its samples: (kinds, points, slots)."""
    drawn = bits >> _SHIFT
    start = ((drawn & np.uint64(0x3FFF)) * _ROOM >> np.uint64(14)).view(np.int64)
    start += slots * SLOT + _FIRST
    drawn >>= np.uint64(14)
    length = ((drawn & np.uint64(0x3F)) * _SPREAD >> np.uint64(6)).view(np.int64)
    length += _SHORTEST
    return start, length


def _mark(flags: Flags, cells: Index, count: Index) -> None:
    """A stretch of flags is set faster than its cells are told one by one; such stretches never meet."""
    for kind, flag in _FLAGS.items():
        many = count[kind].ravel()
        hit = np.flatnonzero(many > 0)
        first = cells[kind].ravel()[hit]
        for low, high in zip(first.tolist(), (first + many[hit]).tolist(), strict=True):
            flags[low:high] = flag


def _height(bits: Keys) -> Matrix:
    """How many times the noise the arches are high; below zero: deep."""
    height: Matrix = 5.0 + (bits >> np.uint64(60) & np.uint64(7)).astype(np.float64)
    height[bits >> np.uint64(63) == 0] *= -1.0
    return height
