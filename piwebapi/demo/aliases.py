"""Older identifiers: what the clients of the older mock servers hold for objects of the demo plant.

`F1DP-` is also how the WebId of a point may begin, so only identifiers that name something of the demo plant
in full are taken; everything else is left to `webid.decode`.
"""

from __future__ import annotations

import re
from uuid import UUID

from piwebapi.core.webid import WebId, fold

from . import facts
from .facilities import FACILITY
from .frames import COUNT, key_of
from .loader import loaded

_SENSORS = {sensor.name[:4]: number for number, sensor in enumerate(facts.SENSORS)}
_UNITS = max(layout.units for layout in facts.LAYOUTS)
_UNIT = r"([1-9][0-9]?)"
_PLANT = rf"({'|'.join(FACILITY)})"
_TAG = re.compile(rf"F1DP-{_PLANT}-U([0-9]{{3}})-({'|'.join(_SENSORS)})-([0-9]{{6}})")
_SITE = re.compile(rf"F1DP-Site-{_PLANT}")
_PROCESS_UNIT = re.compile(rf"F1DP-Unit-{_PLANT}-{_UNIT}")
_EQUIPMENT = re.compile(rf"F1DP-Equip-{_PLANT}-U{_UNIT}-({'|'.join(item.kind for item in facts.EQUIPMENT)})")
_FRAME = re.compile(r"F1DP-EF-([0-9]{4})")


def resolve(text: str) -> WebId | None:
    """What `text` stands for, to be found by its path; event frames by their id. None: no older identifier.

    Costs 2 us; event frames one query, because their ids depend on the seed.
    """
    if not text.startswith("F1DP-"):
        return None
    if text == "F1DP-Server-Primary":
        return _at("DataServer", facts.DATA_SERVER)
    if text == "F1DP-DB-Production":
        return _at("AssetDatabase", f"{facts.ASSET_SERVER}\\{facts.DATABASE}")
    return _point(text) or _element(text) or _frame(text)


def _at(kind: str, path: str, id: UUID | None = None) -> WebId:
    return WebId("L" if id else "P", kind, "", None, None, id, fold(path))


def _point(text: str) -> WebId | None:
    """The number must be the one that some size of the plant gives to the name."""
    match = _TAG.fullmatch(text)
    if match is None:
        return None
    plant, unit, sensor, number = match[1], int(match[2]), _SENSORS[match[3]], int(match[4])
    for layout in facts.LAYOUTS:
        fits = plant in layout.plants and 1 <= unit <= layout.units
        if fits and layout.number(plant, unit, sensor) == number:
            tag = facts.tag_name(plant, unit, facts.SENSORS[sensor].name)
            return _at("Point", f"{facts.DATA_SERVER}\\{tag}")
    return None


def _element(text: str) -> WebId | None:
    if match := _SITE.fullmatch(text):
        path = facts.plant_path(match[1])
    elif (match := _PROCESS_UNIT.fullmatch(text)) and int(match[2]) <= _UNITS:
        path = facts.unit_path(match[1], int(match[2]))
    elif (match := _EQUIPMENT.fullmatch(text)) and int(match[2]) <= _UNITS:
        path = facts.equipment_path(match[1], int(match[2]), match[3])
    else:
        return None
    return _at("Element", f"{facts.ASSET_SERVER}\\{facts.DATABASE}\\{path}")


def _frame(text: str) -> WebId | None:
    match = _FRAME.fullmatch(text)
    plant = loaded() if match and int(match[1]) < COUNT else None
    if match is None or plant is None:
        return None
    return _at("EventFrame", "", facts.Ids(plant.seed).frame(key_of(int(match[1]))))
