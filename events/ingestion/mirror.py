"""Points of another server as points of this one, under the name of their data server, so that attributes find them.

One that is here already is left as it is, but for its description, units and range where it was taken over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from events.ingestion.client import PiClient
from piwebapi.core.chunks import chunks
from piwebapi.core.errors import BadRequest
from piwebapi.core.paths import check_point_name
from piwebapi.core.webid import fold
from piwebapi.models import POINT_TYPES, Attribute, DataServer, EnumerationSet, EnumerationValue, Point
from piwebapi.services import points as references

#: the point source of points that were taken over
SOURCE = "osipi"
NAMES = (
    *("WebId", "Name", "Descriptor", "PointType", "PointClass", "EngineeringUnits", "Zero", "Span", "Step"),
    *("Future", "DisplayDigits", "DigitalSetName"),
)
FIELDS = "Links.Next;" + ";".join(f"Items.{name}" for name in NAMES)
#: what follows a change at the source
COLUMNS = {"descriptor": "Descriptor", "engineering_units": "EngineeringUnits", "zero": "Zero", "span": "Span"}
AT_ONCE = 500
Item = Mapping[str, Any]


@dataclass
class Taken:
    """`points`: by WebId at the source, whether they were taken over or are this server's own."""

    points: dict[str, Point] = field(default_factory=dict)
    fresh: int = 0
    changed: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Mirror:
    """`theirs`: the data server as the source tells it; `now`: ticks."""

    def __init__(self, client: PiClient, theirs: Item, now: int) -> None:
        self.client, self.web_id, self.now = client, str(theirs["WebId"]), now
        name = str(theirs["Name"])
        self.server = DataServer.objects.get_or_create(name_key=fold(name), defaults={"name": name})[0]

    def take(self, items: Sequence[Item]) -> Taken:
        told = Taken()
        for some in chunks(items):
            self._take(some, told)
        return told

    @transaction.atomic
    def _take(self, items: Sequence[Item], told: Taken) -> None:
        wanted = {fold(str(item["Name"])): item for item in items}
        rows = Point.objects.filter(server=self.server, name_key__in=list(wanted)).select_related("server")
        known = {row.name_key: row for row in rows}
        sets = self._sets({str(item.get("DigitalSetName") or "") for item in items} - {""})
        fresh: dict[str, Point] = {}
        for key, item in wanted.items():
            try:
                if key not in known:
                    fresh[key] = self._point(item, sets)
            except BadRequest as error:
                told.refused[f"point: {error}"[:200]] += 1
        Point.objects.bulk_create(fresh.values(), batch_size=AT_ONCE)
        changed = [row for key, row in known.items() if row.point_source == SOURCE and _follow(row, wanted[key])]
        Point.objects.bulk_update(changed, list(COLUMNS), batch_size=AT_ONCE)
        told.points |= {str(wanted[key]["WebId"]): row for key, row in (known | fresh).items()}
        told.fresh += len(fresh)
        told.changed += len(changed)

    def _point(self, item: Item, sets: Mapping[str, EnumerationSet]) -> Point:
        kind = str(item.get("PointType") or "Float32")
        states = sets.get(str(item.get("DigitalSetName") or ""))
        if kind not in POINT_TYPES or (kind == "Digital" and states is None):
            raise BadRequest(f"the type {kind} cannot be kept")
        made = Point(
            server=self.server,
            name=check_point_name(str(item["Name"])),
            point_type=kind,
            point_class=str(item.get("PointClass") or "classic"),
            point_source=SOURCE,
            digital_set=states,
            step=bool(item.get("Step")),
            future=bool(item.get("Future")),
            display_digits=int(item.get("DisplayDigits") or -5),
            created_ticks=self.now,
        )
        _follow(made, item)
        return made

    def _sets(self, names: set[str]) -> dict[str, EnumerationSet]:
        """The digital sets that points name; those that are not here come with their states."""
        found = {row.name: row for row in EnumerationSet.objects.filter(data_server=self.server, name__in=names)}
        missing = names - found.keys()
        if not missing:
            return found
        for item in self.client.get(f"dataservers/{self.web_id}/enumerationsets").get("Items") or []:
            if item.get("Name") in missing:
                made = EnumerationSet.objects.create(data_server=self.server, name=str(item["Name"]))
                states = self.client.get(f"enumerationsets/{item['WebId']}/enumerationvalues").get("Items") or []
                for state in states:
                    EnumerationValue.objects.create(enumeration_set=made, name=state["Name"], value=state["Value"])
                found[made.name] = made
        return found


def _follow(point: Point, item: Item) -> bool:
    """Whether anything of it has changed."""
    told = {column: item[name] for column, name in COLUMNS.items() if isinstance(item.get(name), str | int | float)}
    moved = {column: value for column, value in told.items() if getattr(point, column) != value}
    for column, value in moved.items():
        setattr(point, column, value)
    return bool(moved)


def find_points() -> None:
    """For the attributes that have waited for one."""
    waiting = Attribute.objects.filter(data_reference="PI Point", point=None)
    ids = list(waiting.values_list("pk", flat=True))
    for some in chunks(ids):
        references.resolve(Attribute.objects.filter(pk__in=some).select_related("element"))
