"""Where a subscription stands, as text that a client keeps and brings back.

``<life>_<number>_<time>_<time>``: the life of the database (a restored or new one counts from the beginning
again), the number in the log of written values, and the ticks up to which simulated and computed values have
been told. Clients treat it as opaque.
"""

from __future__ import annotations

import re

from .feed import Position

FORM = re.compile(r"([0-9a-f]{8})_(\d{1,18})_(\d{1,18})_(\d{1,18})")


def written(life: str, at: Position) -> str:
    return f"{life}_{at['log']}_{max(at['sampled'], 0)}_{max(at['computed'], 0)}"


def read(text: object) -> tuple[str, Position] | None:
    """Life and position, None when it is no marker."""
    match = FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    return match[1], {"log": int(match[2]), "sampled": int(match[3]), "computed": int(match[4]), "still": 0}
