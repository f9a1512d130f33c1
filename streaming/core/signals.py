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
    hashes_of_runs,
    is_run,
    lanes,
    lanes_of_run,
    pick,
    stretched,
    uniform,
    value_noise,
    white,
)
from streaming.core.series import SECOND, Flags, Rows, Times

_TURN = 86_400
_PEAK = 5 * 3_600  # the daily cycle is highest around 05:00 UTC, the Australian afternoon
_WHITE = math.sqrt(0.15 * 3)
_KNOT = 8  # samples
_GRAIN, _LEVEL = 10, 11  # salts
_LEVEL_WEIGHT = math.sqrt(0.25 * 4.5)
_OCTAVES = tuple((salt, knots, math.sqrt(share * 4.5)) for salt, knots, share in ((12, 12, 0.3), (13, 150, 0.3)))
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
    limits = np.array([(signal.zero, signal.top, signal.noise) for signal in signals], dtype=np.float64)
    zero, top, noise = np.ascontiguousarray(limits.T)[:, :, None]
    drawn = hashes(key, 1, np.zeros(1, dtype=np.int64))
    span = np.where(top > zero, top - zero, 1.0)
    margin = np.minimum(np.maximum(3 * noise / span, 0.2), 0.5)  # a noisy one keeps to the middle, off its limits
    share = margin + (1 - 2 * margin) * pick(drawn, 0, 32, 1 << 30) / (1 << 30)
    phase = pick(drawn, 32, 16, 4 * 3_600) - 2 * 3_600 - _PEAK
    return Columns(replace(signals[0], key=0), key, zero, top, noise, zero + (top - zero) * share, phase)


column_of = lru_cache(maxsize=16_384)(lambda signal: columns([signal]))


@cache
def _cosine() -> NDArray[np.float64]:
    """One turn in 86,400 steps, rounded so that the C libraries of two machines agree."""
    turn: NDArray[np.float64] = np.round(np.cos(np.arange(_TURN) * (2 * math.pi / _TURN)), 12)
    return turn


def _process(c: Columns, index: Index) -> Singles:
    """Noise of standard deviation ``noise`` on a cycle of twice that, cut off at the limits. The slow part of it is
    drawn in lines between knots; all that is done sample by sample is done in single precision."""
    if len(index) > 1 and is_run(index):
        return _process_run(c, int(index[0]), int(index[-1]))
    knot = index // _KNOT
    here, there = _around(c, knot)
    drawn = (there - here) * ((index - knot * _KNOT) / _KNOT).astype(np.float32) + here
    values = _with_grain(c, drawn, lanes(c.key, _GRAIN, index))
    episodes.distort(c.key, index, c.noise, values)
    return _within_limits(c, values)


def _process_run(c: Columns, first: int, last: int) -> Singles:
    low, high = first // _KNOT, last // _KNOT + 1
    grain, level, *waves, slots = hashes_of_runs(
        c.key,
        (_GRAIN, first // 4, last // 4),
        (_LEVEL, low, high),
        *((salt, low // scale, high // scale + 1) for salt, scale, _ in _OCTAVES),
        (episodes.SALT, first // episodes.SLOT, last // episodes.SLOT),
    )
    slow = uniform(level, _LEVEL_WEIGHT)
    for bits, (_, scale, weight) in zip(waves, _OCTAVES, strict=True):
        slow += stretched(uniform(bits, weight), low % scale, high - low + 1, scale)
    knots, count = _knots_of(c, np.arange(low, high + 1), slow), last - first + 1
    values = _with_grain(c, stretched(knots, first % _KNOT, count, _KNOT), lanes_of_run(grain, first, count))
    episodes.distort_run(slots, first, c.noise, values)
    return _within_limits(c, values)


def _with_grain(c: Columns, drawn: Singles, grain: Singles) -> Singles:
    grain *= (c.noise * (_WHITE / 32_768)).astype(np.float32)
    grain += drawn
    return grain


def _within_limits(c: Columns, values: Singles) -> Singles:
    return values.clip(c.zero.astype(np.float32), c.top.astype(np.float32), out=values)


def _around(c: Columns, knot: Index) -> tuple[Singles, Singles]:
    """At each of the knots and at the one after it. Of one point both at once, since then the steps cost more than
    the numbers; of many points one after the other, since rows of two numbers are slow."""
    if len(c.key) > 1:
        return _knots(c, knot), _knots(c, knot + 1)
    both = _knots(c, np.concatenate((knot, knot + 1)))
    return both[:, : len(knot)], both[:, len(knot) :]


def _knots(c: Columns, knot: Index) -> Singles:
    slow = white(c.key, _LEVEL, knot, _LEVEL_WEIGHT)
    for salt, scale, weight in _OCTAVES:
        slow += value_noise(c.key, salt, knot, scale, weight, run=False)
    return _knots_of(c, knot, slow)


def _knots_of(c: Columns, knot: Index, slow: Matrix) -> Singles:
    """Base value, daily cycle and (``slow``) what the noise remembers for longer than a few samples."""
    slow *= c.noise
    turn = knot * (_KNOT * c.shape.interval) + c.phase
    turn -= turn // _TURN * _TURN  # as %, in half the time
    slow += _cosine().take(turn) * (2 * c.noise)
    slow += c.base
    return slow.astype(np.float32)


def _sine(c: Columns, index: Index) -> Matrix:
    """Zero plus half the span times (1 + sin): 1970 is at the middle, rising."""
    turn = index * c.shape.interval % c.shape.period * _TURN // c.shape.period
    wave = _cosine().take((turn - _TURN // 4) % _TURN) * (c.top - c.zero) / 2
    return _limited(c, wave + (c.zero + c.top) / 2)


def _walk(c: Columns, index: Index) -> Matrix:
    scale = max(c.shape.period // c.shape.interval, 16)
    run = is_run(index)
    values = value_noise(c.key, 20, index, scale, 0.38, run=run, smooth=True)
    values += value_noise(c.key, 21, index, scale // 4, 0.1, run=run, smooth=True)
    values *= c.top - c.zero
    values += white(c.key, 22, index, math.sqrt(3)) * c.noise
    return _limited(c, values + (c.zero + c.top) / 2)


def _states(c: Columns, index: Index) -> Matrix:
    """In turn; or at random, even events taking even codes and odd ones odd, so never the same twice."""
    count = c.shape.states
    if c.shape.ordered or count < 3:
        codes = np.broadcast_to(index % count, (len(c.key), index.shape[-1]))
    else:
        odd = index & 1
        codes = pick(hashes(c.key, 30, index), 0, 32, 1 << 30) % np.where(odd, count // 2, (count + 1) // 2)
        codes = codes * 2 + odd
    return codes.astype(np.float64)


def _limited(c: Columns, values: Matrix) -> Matrix:
    """Cut off at the limits, in place, and no finer than a Float32 point tells."""
    np.clip(values, c.zero, c.top, out=values)
    values[...] = values.astype(np.float32)
    return values


def numbers_of(c: Columns, index: Index) -> Singles | Matrix:
    """Values, (points, samples). ``index`` is ascending, (samples,); for states also a matrix."""
    return _KINDS[c.shape.kind](c, index)


def numbers_of_run(c: Columns, first: int, last: int) -> Singles | Matrix:
    """As `numbers_of`, of events that follow each other."""
    return _process_run(c, first, last) if c.shape.kind == "process" else numbers_of(c, np.arange(first, last + 1))


def values_of(c: Columns, index: Index) -> tuple[Matrix, Flags]:
    """As `numbers_of`, in double precision, and their flags."""
    values = numbers_of(c, index).astype(np.float64, copy=False)
    if c.shape.kind != "process":
        return values, np.zeros(values.shape, dtype=np.uint8)
    if len(index) > 1 and is_run(index):
        return values, episodes.flags_of_run(c.key, int(index[0]), len(index))
    return values, episodes.flags_of(c.key, index)


_KINDS: dict[str, Callable[[Columns, Index], Singles | Matrix]] = {
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
