"""Points in time as one integer: 100 ns since 1970-01-01T00:00:00Z.

That is the vendor's own resolution: a value written at ``.1234567`` must be found again there,
which microseconds would lose. Years 1 to 9999, as in .NET.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

TICKS_PER_SECOND = 10_000_000
TICKS_PER_MILLISECOND = 10_000
TICKS_PER_MINUTE = 60 * TICKS_PER_SECOND
TICKS_PER_HOUR = 3600 * TICKS_PER_SECOND
TICKS_PER_DAY = 86400 * TICKS_PER_SECOND

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_WALL = datetime(1970, 1, 1)  # noqa: DTZ001 - a clock on a wall shows no zone
_EPOCH_DAY = EPOCH.toordinal()
MIN_TICKS = -719_162 * TICKS_PER_DAY  # 0001-01-01T00:00:00Z
MAX_TICKS = 2_932_897 * TICKS_PER_DAY - 1  # 9999-12-31T23:59:59.9999999Z
OPEN_END = 2_932_897 * TICKS_PER_DAY - TICKS_PER_SECOND  # the end of an event frame in progress


def from_datetime(moment: datetime) -> int:
    """Ticks of an aware datetime; ValueError for a naive one, whose zone nobody told."""
    if moment.tzinfo is None:
        raise ValueError("A datetime without a time zone is not a point in time")
    return _ticks(moment - EPOCH)


def to_datetime(ticks: int) -> datetime:
    """The aware UTC datetime, cut off to microseconds; OverflowError outside the years 1 to 9999."""
    return EPOCH + timedelta(microseconds=int(ticks) // 10)


def format_ticks(ticks: int) -> str:
    """ISO 8601 with ``Z`` and up to seven decimals, trailing zeros and a bare point cut off."""
    seconds, fraction = divmod(int(ticks), TICKS_PER_SECOND)  # numpy's integers are no int to timedelta
    text = (_EPOCH_WALL + timedelta(seconds=seconds)).isoformat()
    return f"{text}.{f'{fraction:07d}'.rstrip('0')}Z" if fraction else f"{text}Z"


def to_wall(ticks: int, zone: tzinfo) -> tuple[int, int]:
    """What a clock on a wall of the zone shows, as ticks since its own 1970, and the ``fold``:
    1 in the second pass of the hour that autumn repeats."""
    local = to_datetime(ticks).astimezone(zone)
    return ticks + _ticks(local.utcoffset() or timedelta()), local.fold


def from_wall(wall: int, zone: tzinfo, fold: int = 0) -> int:
    """The point in time at which the clock shows ``wall``. A time that spring leaves out is taken
    by the offset before the change, so 02:30 becomes 03:30."""
    local = (_EPOCH_WALL + timedelta(microseconds=wall // 10)).replace(tzinfo=zone, fold=fold)
    return wall - _ticks(local.utcoffset() or timedelta())


def wall_of(day: date) -> int:
    """Midnight of a day as ticks of the wall clock."""
    return (day.toordinal() - _EPOCH_DAY) * TICKS_PER_DAY


def _ticks(span: timedelta) -> int:
    return span.days * TICKS_PER_DAY + span.seconds * TICKS_PER_SECOND + span.microseconds * 10
