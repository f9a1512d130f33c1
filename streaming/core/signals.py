"""What a simulated point does, event by event.

A point has events at times that follow from its `Signal` alone; event number ``i`` of a regular kind happens
``i`` sampling intervals after 1970. Everything here works on (points, event numbers) matrices, so a long
history of one point and the present of all points are the same computation, equal bit for bit.

    process   a sensor: base value, daily cycle, mean-reverting noise, anomalies, quality
    sine      zero to top and back within a period
    walk      wanders smoothly over the whole range, as a batch does
    states    codes of a digital set, one event per period, at a random moment of it
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from streaming.core import episodes
from streaming.core.noise import (
    Index,
    Keys,
    Matrix,
    Singles,
    hashes,
    is_run,
    lanes,
    pick,
    stretched,
    value_noise,
    white,
)
from streaming.core.series import SECOND, Flags, Rows, Times

_TURN = 86_400
_PEAK = 5 * 3_600  # the daily cycle is highest around 05:00 UTC, the Australian afternoon
_WHITE = math.sqrt(0.15 * 3)
_KNOT = 8  # samples
_KNOT_WEIGHT = math.sqrt(0.25 * 4.5)
_OCTAVES = tuple((knots, math.sqrt(share * 4.5)) for knots, share in ((12, 0.3), (150, 0.3)))
_USUAL = {"process": (86_400, 1), "sine": (86_400, 60), "walk": (7_200, 5), "states": (1_800, 1)}


@dataclass(frozen=True, slots=True)
class Signal:
    """What a point does. ``key`` comes from `signal_key`; ``period`` and ``interval`` are seconds, 0 stands
    for what is usual for the kind.

    ``noise`` is the standard deviation of a process. ``interval`` is the time between samples (states ignore
    it: they have one event per ``period``). ``states`` counts the codes 0, 1, ... of the digital set, which
    follow each other in turn when ``ordered``, else at random without repetition.
    """

    kind: Literal["process", "sine", "walk", "states"]
    key: int
    zero: float = 0.0
    top: float = 100.0
    noise: float = 0.0
    period: int = 0
    interval: int = 0
    states: int = 2
    ordered: bool = False

    def __post_init__(self) -> None:
        period, interval = _USUAL[self.kind]
        object.__setattr__(self, "period", self.period or period)
        object.__setattr__(self, "interval", self.interval or interval)


@dataclass(frozen=True, slots=True)
class Columns:
    """Signals that differ in key and range only: each array is (points, 1)."""

    shape: Signal
    key: Keys
    zero: Matrix
    top: Matrix
    noise: Matrix
    base: Matrix
    phase: Index

    def select(self, rows: Rows) -> Columns:
        chosen = [getattr(self, name)[rows] for name in ("key", "zero", "top", "noise", "base", "phase")]
        return Columns(self.shape, *chosen)


def columns(signals: Sequence[Signal]) -> Columns:
    key: Keys = np.array([[signal.key] for signal in signals], dtype=np.uint64)
    limits = np.array([[signal.zero, signal.top, signal.noise] for signal in signals], dtype=np.float64)
    zero, top, noise = (np.ascontiguousarray(limits[:, i : i + 1]) for i in range(3))
    drawn = hashes(key, 1, np.zeros(1, dtype=np.int64))
    span = np.where(top > zero, top - zero, 1.0)
    margin = np.clip(3 * noise / span, 0.2, 0.5)  # noisy sensors keep to the middle, else they sit on the limit
    share = margin + (1 - 2 * margin) * pick(drawn, 0, 32, 1 << 30) / (1 << 30)
    phase = pick(drawn, 32, 16, 4 * 3_600) - 2 * 3_600 - _PEAK
    return Columns(replace(signals[0], key=0), key, zero, top, noise, zero + (top - zero) * share, phase)


column_of = lru_cache(maxsize=16_384)(lambda signal: columns([signal]))


@cache
def _cosine() -> NDArray[np.float64]:
    """One turn in 86,400 steps, rounded so that the C libraries of two machines agree."""
    turn: NDArray[np.float64] = np.round(np.cos(np.arange(_TURN) * (2 * math.pi / _TURN)), 12)
    return turn


def _process(c: Columns, index: Index) -> tuple[Matrix, Flags]:
    """Noise of standard deviation ``noise`` on a cycle of twice that, cut off at the limits. The slow part of it is
    drawn in lines between knots; all that is done sample by sample is done in single precision."""
    run = len(index) > 1 and is_run(index)
    if run:
        first, last = int(index[0]), int(index[-1])
        knots = _knots(c, np.arange(first // _KNOT, last // _KNOT + 2), run=True)
        drawn = stretched(knots[:, :-1], np.diff(knots, axis=1), first % _KNOT, len(index), _KNOT)
    else:
        knot = index // _KNOT
        here, there = _around(c, knot)
        drawn = (there - here) * ((index - knot * _KNOT) / _KNOT).astype(np.float32) + here
    values = lanes(c.key, 10, index, run=run)
    values *= (c.noise * (_WHITE / 32_768)).astype(np.float32)
    values += drawn
    flags = episodes.apply(c.key, index, c.noise, values)
    np.clip(values, c.zero.astype(np.float32), c.top.astype(np.float32), out=values)
    return values.astype(np.float64), flags


def _around(c: Columns, knot: Index) -> tuple[Singles, Singles]:
    """At each of the knots and at the one after it. Of one point both at once, since then the steps cost more than
    the numbers; of many points one after the other, since rows of two numbers are slow."""
    if len(c.key) > 1:
        return _knots(c, knot, run=False), _knots(c, knot + 1, run=False)
    both = _knots(c, np.concatenate((knot, knot + 1)), run=False)
    return both[:, : len(knot)], both[:, len(knot) :]


def _knots(c: Columns, knot: Index, *, run: bool) -> Singles:
    """Base value, daily cycle and what the noise remembers for longer than a few samples."""
    values = white(c.key, 11, knot, _KNOT_WEIGHT)
    for salt, (scale, weight) in enumerate(_OCTAVES, 12):
        values += value_noise(c.key, salt, knot, scale, weight, run=run)
    values *= c.noise
    values += _cosine().take((knot * (_KNOT * c.shape.interval) + c.phase) % _TURN) * (2 * c.noise)
    values += c.base
    return values.astype(np.float32)


def _sine(c: Columns, index: Index) -> tuple[Matrix, Flags]:
    """Zero plus half the span times (1 + sin): 1970 is at the middle, rising."""
    turn = index * c.shape.interval % c.shape.period * _TURN // c.shape.period
    wave = _cosine().take((turn - _TURN // 4) % _TURN) * (c.top - c.zero) / 2
    return _plain(_limited(c, wave + (c.zero + c.top) / 2))


def _walk(c: Columns, index: Index) -> tuple[Matrix, Flags]:
    scale = max(c.shape.period // c.shape.interval, 16)
    run = is_run(index)
    values = value_noise(c.key, 20, index, scale, 0.38, run=run, smooth=True)
    values += value_noise(c.key, 21, index, scale // 4, 0.1, run=run, smooth=True)
    values *= c.top - c.zero
    values += white(c.key, 22, index, math.sqrt(3)) * c.noise
    return _plain(_limited(c, values + (c.zero + c.top) / 2))


def _states(c: Columns, index: Index) -> tuple[Matrix, Flags]:
    """In turn; or at random, even events taking even codes and odd ones odd, so never the same twice."""
    count = c.shape.states
    if c.shape.ordered or count < 3:
        codes = np.broadcast_to(index % count, (len(c.key), index.shape[-1]))
    else:
        odd = index & 1
        codes = pick(hashes(c.key, 30, index), 0, 32, 1 << 30) % np.where(odd, count // 2, (count + 1) // 2)
        codes = codes * 2 + odd
    return _plain(codes.astype(np.float64))


def _limited(c: Columns, values: Matrix) -> Matrix:
    """Cut off at the limits, in place, and no finer than a Float32 point tells."""
    np.clip(values, c.zero, c.top, out=values)
    values[...] = values.astype(np.float32)
    return values


def _plain(values: Matrix) -> tuple[Matrix, Flags]:
    return values, np.zeros(values.shape, dtype=np.uint8)


def values_of(c: Columns, index: Index) -> tuple[Matrix, Flags]:
    """Values and flags, (points, samples). ``index`` is ascending, (samples,); for states also a matrix."""
    return _KINDS[c.shape.kind](c, index)


_KINDS: dict[str, Callable[[Columns, Index], tuple[Matrix, Flags]]] = {
    "process": _process,
    "sine": _sine,
    "walk": _walk,
    "states": _states,
}


def times_of(c: Columns, index: Index) -> Times:
    """When the events happen: (samples,) for regular kinds, (points, samples) for states."""
    if c.shape.kind != "states":
        return index * (c.shape.interval * SECOND)
    late = pick(hashes(c.key, 31, index), 0, 32, c.shape.period)
    return (index * c.shape.period + late) * SECOND


def at_or_before(c: Columns, times: Times) -> Index:
    """The number of the last event not after each time; the times' shape, or (points, times) for states."""
    if c.shape.kind != "states":
        return times // (c.shape.interval * SECOND)
    index = times // (c.shape.period * SECOND)
    return index - (times_of(c, index) > times)
