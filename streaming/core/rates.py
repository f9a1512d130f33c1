"""What a rate amounts to over time: a flow in m3/h is a volume in m3.

Source: PI Web API reference, summary-type (TotalWithUOM).
"""

from __future__ import annotations

from math import nan

from streaming.core.series import DAY, SECOND

PER_DAY = DAY / SECOND
_SECONDS = {"s": 1.0, "sec": 1.0, "min": 60.0, "h": 3_600.0, "hr": 3_600.0, "d": PER_DAY, "day": PER_DAY}


def amount_of(unit: str) -> tuple[str, float]:
    """The unit of a total by time, and the seconds that the rate is told for. A stream without a unit counts per
    day, as an ordinary total does; NaN for a unit that is no rate, of which there is no such total."""
    amount, _, time = unit.rpartition("/")
    if not unit:
        return "", PER_DAY
    return (amount, _SECONDS[time]) if amount and time in _SECONDS else ("", nan)
