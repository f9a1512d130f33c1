"""Points of data servers."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from piwebapi.core.errors import BadRequest
from piwebapi.core.paths import check_point_name
from piwebapi.models import POINT_TYPES, DataServer, EnumerationSet, Point

from . import objects, points

_TYPES = {name.lower(): name for name in POINT_TYPES}
_STEPPED = ("Digital", "String", "Timestamp", "Blob")


def create_point(server: DataServer, *, now: int, name: str, digital_set: str = "", **values: Any) -> Point:
    """A stored point; digital points need their set of states. References that have waited for it find it."""
    point_type = _TYPES.get(values.get("point_type", "").lower())
    if point_type is None:
        raise BadRequest(f"PointType must be one of {', '.join(POINT_TYPES)}.")
    states = objects.one_named(EnumerationSet.objects.filter(data_server=server), digital_set, "The digital set")
    if point_type == "Digital" and states is None:
        raise BadRequest("A digital point needs a DigitalSetName.")
    values = {**values, "point_type": point_type, "point_class": values.get("point_class") or "classic"}
    values["step"] = values.get("step") or point_type in _STEPPED
    point = Point(server=server, name=check_point_name(name), digital_set=states, created_ticks=now, **values)
    _saved(point, None)
    points.find_awaited(point.name)
    return point


def update_point(point: Point, *, now: int, **changes: Any) -> None:
    """Columns of a point. BadRequest for a name that is taken and for what a column cannot hold."""
    if "name" in changes:
        changes["name"] = check_point_name(changes["name"])
    for column, value in changes.items():
        setattr(point, column, value)
    if changes:
        _saved(point, {*changes, "modified", *({"name_key"} if "name" in changes else ())})


def _saved(point: Point, columns: set[str] | None) -> Point:
    objects.refuse_unfit(point, columns)
    try:
        with transaction.atomic():
            point.save(force_insert=columns is None, update_fields=columns)
    except IntegrityError:
        raise BadRequest(f"There is already a point with the name '{point.name}'.") from None
    return point
