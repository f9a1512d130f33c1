"""The points that attributes of an import refer to."""

from __future__ import annotations

from collections.abc import Iterable

from piwebapi.core.chunks import chunks
from piwebapi.core.errors import BadRequest
from piwebapi.core.paths import check_point_name
from piwebapi.core.webid import fold
from piwebapi.models import POINT_TYPES, Attribute, DataServer, Point
from piwebapi.references import pipoint
from piwebapi.services import points
from piwebapi.services.points import Unfound

from .target import Target

#: point types that hold the values of attribute types; those that are missing: Float64
TYPES = {
    "Boolean": "Int16",
    "Byte": "Int16",
    "Int16": "Int16",
    "Int32": "Int32",
    "EnumerationValue": "Int32",
    "Single": "Float32",
    "String": "String",
    "DateTime": "Timestamp",
}
AT_ONCE = 2000
_POINT_TYPES = {name.lower(): name for name in POINT_TYPES}


def find(target: Target, *, create: bool) -> None:
    """Sets the point of every attribute that refers to one; what is not here is created or reported."""
    rows = Attribute.objects.filter(element__database=target.database, data_reference=pipoint.NAME)
    ids = list(rows.values_list("pk", flat=True))
    for some in chunks(ids, AT_ONCE):
        chunk = list(Attribute.objects.filter(pk__in=some).select_related("element"))
        unfound = points.resolve(chunk)
        # A new data server may be the one that %Server% means elsewhere: as long as something is created, once more.
        while create and unfound and _create(target, unfound):
            unfound = points.resolve([gap.attribute for gap in unfound])
        for gap in unfound:
            target.report.point(gap.why, f"{gap.attribute.element.path}|{gap.attribute.trail}")


def _create(target: Target, unfound: Iterable[Unfound]) -> int:
    """Stored points, and the data servers that references name; the first reference to a tag decides its
    type."""
    made: dict[tuple[object, str], Point] = {}
    for gap in unfound:
        if gap.reference is None or not gap.reference.tag:
            continue
        server = gap.server or _server(target, gap.reference.server)
        if server is None:
            continue
        try:
            name = check_point_name(gap.reference.tag)
        except BadRequest as error:
            target.report.gap("point that cannot be created", f"{gap.attribute.element.path}: {error}")
            continue
        options = gap.reference.options
        wanted = _POINT_TYPES.get(options.get("pointtype", "").lower())
        kind = wanted or TYPES.get(gap.attribute.type, "Float64")
        made.setdefault(
            (server.pk, fold(name)),
            Point(
                server=server,
                name=name,
                point_type="Int32" if kind in ("Digital", "Blob") else kind,
                point_class=options.get("ptclassname", "classic"),
                point_source=options.get("pointsource", "L"),
                descriptor=gap.attribute.description,
                step=kind not in ("Float16", "Float32", "Float64"),
                created_ticks=target.now,
            ),
        )
    Point.objects.bulk_create(made.values(), batch_size=500)
    target.report.created["points"] += len(made)
    return len(made)


def _server(target: Target, name: str) -> DataServer | None:
    if not name:
        return None
    found = DataServer.objects.filter(name_key=fold(name)).first()
    if found is None:
        found = DataServer.objects.create(name=name)
        target.report.created["data servers"] += 1
    return found
