"""Access control lists of points as texts: ``piadmin: A(r,w) | piadmins: A(r,w) | PIWorld: A(r)``.

Source: PI Server, point attributes PtSecurity (who sees and edits a point) and DataSecurity (who reads and writes
its values).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import BadRequest

#: what holds where nothing is said
USUAL = "piadmin: A(r,w) | piadmins: A(r,w) | PIWorld: A(r)"
_PART = re.compile(r"\s*([^:|]+?)\s*:\s*A\(\s*([rw]?)\s*(?:,\s*([rw]))?\s*\)\s*")


@dataclass(frozen=True, slots=True)
class Grant:
    read: bool
    write: bool


def parse(text: str, name: str = "PtSecurity") -> dict[str, Grant]:
    """Grants by the identities as they are written; who is not named has none."""
    found: dict[str, Grant] = {}
    for part in text.split("|"):
        match = _PART.fullmatch(part)
        if match is None:
            raise BadRequest(f"{name} must be a list such as '{USUAL}'; '{part.strip()}' is no part of one.")
        letters = (match[2], match[3])
        found[match[1]] = Grant("r" in letters, "w" in letters)
    return found


def written(grants: Mapping[str, Grant]) -> str:
    """In one form, so that equal lists are equal texts."""
    letters = {name: [letter for letter, had in (("r", g.read), ("w", g.write)) if had] for name, g in grants.items()}
    return " | ".join(f"{name}: A({','.join(had)})" for name, had in letters.items())
