"""The SYSTEM digital state set: what a stream holds where there is no measurement.

Source: AF SDK reference, AFSystemStateCode; codes 193 to 320 belong to the Data Archive. Any point, of any
type, can hold any of them.
"""

from __future__ import annotations

ACCESS_DENIED = 210
SHUTDOWN = 254
FILTERED = 244
CALC_OFF = 245
IO_TIMEOUT = 246
SET_TO_BAD = 247
NO_DATA = 248
CALC_FAILED = 249
CALC_OVERFLOW = 250
UNDER_RANGE = 251
OVER_RANGE = 252
PT_CREATED = 253
BAD_INPUT = 255

SYSTEM: dict[int, str] = {
    ACCESS_DENIED: "Access Denied",
    211: "No Sample",
    212: "No Result",
    213: "Unit Down",
    214: "Sample Bad",
    215: "Equip Fail",
    216: "No Lab Data",
    217: "Trace",
    233: "DCS Failed",
    237: "Bad Output",
    238: "Scan Off",
    239: "Scan On",
    240: "Configure",
    241: "Failed",
    242: "Error",
    243: "Execute",
    FILTERED: "Filtered",
    CALC_OFF: "Calc Off",
    IO_TIMEOUT: "I/O Timeout",
    SET_TO_BAD: "Set to Bad",
    NO_DATA: "No Data",
    CALC_FAILED: "Calc Failed",
    CALC_OVERFLOW: "Calc Overflow",
    UNDER_RANGE: "Under Range",
    OVER_RANGE: "Over Range",
    PT_CREATED: "Pt Created",
    SHUTDOWN: "Shutdown",
    BAD_INPUT: "Bad Input",
    256: "Bad Total",
    257: "No Alarm",
    258: "Over UCL",
    259: "Under LCL",
    307: "Intf Shut",
}

_CODES = {name.casefold(): code for code, name in SYSTEM.items()}


def system_code(name: str) -> int | None:
    """The code of a state by its display text in any case, or None when there is no such state."""
    return _CODES.get(name.strip().casefold())


def system_name(code: int) -> str:
    """The display text; an unlisted code shows as itself behind a question mark, as PI clients do."""
    return SYSTEM.get(code) or f"?{code}"
