"""The attributes of an element of the demo plant: those of its template, with values of their own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from piwebapi.models import Attribute

from . import draws, facts
from .elements import Place
from .facilities import FACILITY
from .library import Library

_FIRST_INSTALLATION = date(2000, 1, 1)
_INSTALLATION_DAYS = 8400


def attributes_of(library: Library, layout: facts.Layout, place: Place, at: int) -> list[Attribute]:
    """In the order of the template; `at` is when the values were set, in ticks."""
    own = _values(library, place)
    columns = _points(library, layout, place) if place.unit and not place.equipment else {}
    made = []
    for item in place.template.attributes:
        template = library.attribute_templates[place.template.name, item.name]
        row = Attribute(
            id=library.ids.in_database(f"{place.element.path}|{item.name}"),
            element=place.element,
            template=template,
            name=item.name,
            trail=item.name,
            description=item.description,
            type=item.type,
            unit_id=template.unit_id,
            enumeration_set_id=template.enumeration_set_id,
            data_reference=item.data_reference,
            config_string=item.config_string,
            is_configuration_item=item.is_configuration_item,
            value=own.get(item.name, item.value),
            value_ticks=at,
        )
        if item.name in columns:
            row.point_id, row.config_string = columns[item.name]
        made.append(row)
    return made


def _points(library: Library, layout: facts.Layout, place: Place) -> dict[str, tuple[int, str]]:
    """Sensor to the id of its point and the data reference that names it, ids included as AF keeps them."""
    server = f"\\\\{library.data_server.name}?{library.data_server.pk}"
    first = layout.number(place.plant, place.unit, 0)
    return {
        sensor.name: (id, f"{server}\\{facts.tag_name(place.plant, place.unit, sensor.name)}?{id}")
        for id, sensor in enumerate(facts.SENSORS, first)
    }


def _values(library: Library, place: Place) -> dict[str, Any]:
    """Static values by name; dates in ISO form, states by their code, as clients write them."""
    seed, path = library.seed, place.element.path
    if place.equipment:
        days = draws.whole(seed, f"{path}|InstallDate", 0, _INSTALLATION_DAYS)
        return {
            "Status": _state(seed, f"{path}|Status", facts.EQUIPMENT_STATUSES),
            "Manufacturer": draws.pick(seed, f"{path}|Manufacturer", place.equipment.makers),
            "SerialNumber": _serial(seed, path, place.equipment.kind),
            "InstallDate": f"{_FIRST_INSTALLATION + timedelta(days)}T00:00:00Z",
        }
    if place.unit:
        return {"Mode": _state(seed, f"{path}|Mode", facts.UNIT_MODES)}
    facility = FACILITY[place.plant]
    return {
        "Location": facility.location,
        "Region": facility.region,
        "Capacity": facility.capacity,
        "Commissioned": f"{facility.year}-01-01T00:00:00Z",
    }


def _state(seed: int, what: str, weights: dict[str, int]) -> int:
    return list(weights).index(draws.weighted(seed, what, weights))


def _serial(seed: int, path: str, kind: str) -> str:
    return f"{kind[:2].upper()}-{draws.whole(seed, f'{path}|SerialNumber', 100_000, 999_999)}"
