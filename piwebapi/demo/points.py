"""The points of the demo plant. The id of a sensor's point is its running number."""

from __future__ import annotations

from django.core.management.color import no_style
from django.db import connection

from piwebapi.models import Point

from . import facts
from .library import Library


def plant_points(library: Library, layout: facts.Layout, plant: str, created: int) -> list[Point]:
    """In the order of their ids: units, then sensors."""
    first = layout.number(plant, 1, 0)
    named = [(unit, sensor) for unit in range(1, layout.units + 1) for sensor in facts.SENSORS]
    return [
        Point(
            id=id,
            server=library.data_server,
            name=facts.tag_name(plant, unit, sensor.name),
            descriptor=f"{sensor.name} sensor at {plant} Plant Unit {unit}",
            point_type="Float32",
            engineering_units=sensor.unit,
            zero=sensor.zero,
            span=sensor.top - sensor.zero,
            point_source="SIM",
            signal="process",
            noise=sensor.noise,
            created_ticks=created,
        )
        for id, (unit, sensor) in enumerate(named, first)
    ]


def default_points(library: Library, layout: facts.Layout, created: int) -> list[Point]:
    """They come behind the sensors, so that these begin with 1."""
    return [_default_point(library, id, item, created) for id, item in enumerate(facts.DEFAULT_POINTS, layout.tags + 1)]


def _default_point(library: Library, id: int, item: facts.DefaultPoint, created: int) -> Point:
    states = facts.DIGITAL_SETS.get(item.digital_set)
    return Point(
        id=id,
        server=library.data_server,
        name=item.name,
        descriptor=item.descriptor,
        point_type="Digital" if states else "Float32",
        digital_set=library.sets[item.digital_set] if states else None,
        engineering_units=item.unit,
        zero=item.zero,
        span=len(states) - 1 if states else item.span,
        step=bool(states),
        point_source="SIM",
        signal=item.signal,
        created_ticks=created,
    )


def continue_numbering() -> None:
    """Ids given by hand do not move a sequence of PostgreSQL; the next point would take number 1."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Point]):
            cursor.execute(statement)
