"""Time zones by the two kinds of names that clients send.

Windows ids (``W. Europe Standard Time``) are what .NET clients know, IANA names
(``Europe/Berlin``) what everybody else does; letter case does not count.
"""

from __future__ import annotations

from datetime import tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from tzlocal.windows_tz import win_tz

from piwebapi.core.errors import BadRequest


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """The time zone; BadRequest for a name in neither list.

    The first call reads the names of the time zone database (some 10 ms). Only a listed name
    ever reaches ``ZoneInfo``, which would look it up as a file.
    """
    key = _names().get(name.strip().lower())
    if key is None:
        raise BadRequest(f"The value '{name}' of parameter 'timeZone' is not a known time zone.")
    return ZoneInfo(key)


@cache
def _names() -> dict[str, str]:
    iana = {name.lower(): name for name in available_timezones()}
    return {name.lower(): key for name, key in win_tz.items()} | iana
