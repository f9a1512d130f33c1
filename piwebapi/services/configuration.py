"""Create Config of AF: data references get what they need in the data archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from piwebapi.core.errors import BadRequest
from piwebapi.models import OwnedAttribute

from . import dataservers, points

#: the type of a point that is made for an attribute of a type; the option `pointtype` of the reference goes before
POINT_TYPES = {
    **dict.fromkeys(("Boolean", "Byte", "Int16", "Int32", "EnumerationValue"), "Int32"),
    **dict.fromkeys(("Int64", "Double"), "Float64"),
    **dict.fromkeys(("String", "Guid"), "String"),
    "DateTime": "Timestamp",
}


class Line(NamedTuple):
    """One line of the process log."""

    path: str
    message: str
    failed: bool = False


def configure(attributes: Sequence[OwnedAttribute], *, now: int) -> list[Line]:
    """Finds the points of PI Point references and makes those that are missing where their name and server are known.

    One line for each reference that had no point before.
    """
    lines = []
    for unfound in points.resolve(attributes):
        path, reference = unfound.attribute.full_path, unfound.reference
        if reference is None or unfound.server is None:
            lines.append(Line(path, unfound.why, failed=True))
            continue
        kind = reference.options.get("pointtype") or POINT_TYPES.get(unfound.attribute.type, "Float32")
        try:
            made = points.points_of(unfound.server, [reference.tag])
            if not made:
                dataservers.create_point(unfound.server, now=now, name=reference.tag, point_type=kind)
        except BadRequest as error:
            lines.append(Line(path, error.messages[0], failed=True))
        else:
            lines.append(Line(path, f"The point '{reference.tag}' is there now."))
    return lines
