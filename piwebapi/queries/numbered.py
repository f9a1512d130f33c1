"""Points by their numbers: the look-up that most requests begin with."""

from __future__ import annotations

from piwebapi import catalog
from piwebapi.models import DataServer, Point

from .prepared import Prepared

_POINTS = Prepared(Point, "id BETWEEN %s AND %s")


def points(first: int, last: int) -> list[Point]:
    """Those with first <= number <= last, in no order. The data servers are few and kept."""
    found = _POINTS.rows(first, last)
    servers = catalog.shared(DataServer.objects.all(), {point.server_id for point in found}) if found else {}
    for point in found:
        point.server = servers[point.server_id]
    return found
