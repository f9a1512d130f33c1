"""Rights on objects as bits.

The vendor names ten rights and four that join others; they are given and told by name, kept as a number.
"""

from __future__ import annotations

from collections.abc import Iterable

from piwebapi.core.errors import BadRequest

NAMES = (
    *("Read", "Write", "Delete", "Execute", "Admin", "ReadData", "WriteData"),
    *("Subscribe", "SubscribeOthers", "Annotate"),
)
BITS = {name: 1 << at for at, name in enumerate(NAMES)}
READ = BITS["Read"]
ALL = sum(BITS.values())
JOINED = {
    "None": 0,
    "ReadWrite": BITS["Read"] | BITS["Write"],
    "ReadWriteData": BITS["ReadData"] | BITS["WriteData"],
    "All": ALL,
}
_BY_NAME = {name.lower(): bits for name, bits in (BITS | JOINED).items()}

#: what everybody has who may read at all, where nothing else has been decided
READERS = BITS["Read"] | BITS["ReadData"] | BITS["Subscribe"]


#: rights that another one includes: who edits a notification rule also edits who is told
ENOUGH = {**BITS, "Subscribe": BITS["Subscribe"] | BITS["SubscribeOthers"] | BITS["Write"]}
ENOUGH["SubscribeOthers"] = BITS["SubscribeOthers"] | BITS["Write"]


def parse(names: Iterable[str], wire: str) -> int:
    """The bits of rights by their names, in any case. BadRequest, which names `wire`, for an unknown one."""
    mask = 0
    for name in names:
        if name.lower() not in _BY_NAME:
            raise BadRequest(f"{wire}: '{name}' is none of {', '.join((*NAMES, *JOINED))}.")
        mask |= _BY_NAME[name.lower()]
    return mask


def names(mask: int) -> list[str]:
    """Of single rights, in the order of the vendor."""
    return [name for name, bit in BITS.items() if mask & bit]
