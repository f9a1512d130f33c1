"""The process signal once more, one second at a time in Python's own integers: the oracle of the columns."""

import math

import numpy as np

WORD = (1 << 64) - 1


def word(key: int, salt: int, index: int) -> int:
    x = (key + salt * 0xD1342543DE82EF95 + index * 0x9E3779B97F4A7C15) & WORD
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & WORD
    x = (x ^ x >> 27) * 0x94D049BB133111EB & WORD
    return x ^ x >> 31


def uniform(key: int, salt: int, index: int) -> float:
    """In [-1, 1): the word read as a signed number."""
    x = word(key, salt, index)
    return (x - (1 << 64) if x >> 63 else x) / 2**63


def wave(key: int, salt: int, index: int, scale: int) -> float:
    here, there = (uniform(key, salt, index // scale + step) for step in (0, 1))
    return here + (there - here) * (index % scale) / scale


def anomaly(key: int, second: int) -> float:
    slot, place = divmod(second, 5_400)
    x = word(key, 101, slot)
    start = (x & 0x3FFF) * 5_311 >> 14
    length = 20 + ((x >> 14 & 0x3F) * 71 >> 6)
    if not start <= place < start + length:
        return 0.0
    share = (place - start + 0.5) / length
    return (1 if x >> 63 else -1) * (5 + (x >> 60 & 7)) * 4 * share * (1 - share)


def grain(key: int, second: int) -> int:
    """Four samples share a word, the first has its lowest 16 bits: read as a signed number."""
    lane = word(key, 10, second // 4) >> 16 * (second % 4) & 0xFFFF
    return lane - 0x10000 if lane >> 15 else lane


def knot(signal, number: int) -> np.float32:
    """All but grain and anomalies, known every eighth second."""
    key, noise = signal.key, signal.noise
    span = signal.top - signal.zero
    margin = min(max(3 * noise / span, 0.2), 0.5)
    drawn = word(key, 1, 0)
    base = signal.zero + span * (margin + (1 - 2 * margin) * ((drawn & 0xFFFFFFFF) >> 2) / 2**30)
    phase = ((drawn >> 32 & 0xFFFF) * 14_400 >> 16) - 7_200 - 18_000
    value = math.sqrt(1.125) * uniform(key, 11, number)
    for salt, scale in ((12, 12), (13, 150)):
        value += math.sqrt(1.35) * wave(key, salt, number, scale)
    value += 2 * math.cos(2 * math.pi * ((8 * number + phase) % 86_400) / 86_400)
    return np.float32(base + noise * value)


def plain_process(signal, second: int) -> float:
    here, there = (knot(signal, second // 8 + step) for step in (0, 1))
    value = here + (there - here) * np.float32(second % 8 / 8)
    value += np.float32(grain(signal.key, second)) * np.float32(signal.noise * math.sqrt(0.45) / 2**15)
    value = np.float32(float(value) + signal.noise * anomaly(signal.key, second))
    return float(min(max(value, np.float32(signal.zero)), np.float32(signal.top)))
