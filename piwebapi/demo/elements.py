"""The elements of one plant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from piwebapi.models import Element

from . import facts, templates
from .facilities import FACILITY
from .library import Library
from .templates import TemplateFacts


class Place(NamedTuple):
    """An element (not yet stored), what it is made from, and where it stands."""

    element: Element
    template: TemplateFacts
    plant: str
    unit: int = 0
    equipment: facts.Equipment | None = None


def plant_elements(library: Library, layout: facts.Layout, plant: str) -> Iterator[Place]:
    """Parents before children: the site, then each unit with its equipment."""
    about = f"Site {plant.replace('_', ' ')} at {FACILITY[plant].location}"
    site = _element(library, None, facts.plant_path(plant), templates.PLANT, about)
    yield Place(site, templates.PLANT, plant)
    for number in range(1, layout.units + 1):
        path = facts.unit_path(plant, number)
        unit = _element(library, site, path, templates.UNIT, f"Process unit {number} of {plant}")
        yield Place(unit, templates.UNIT, plant, number)
        for item in facts.EQUIPMENT:
            path = facts.equipment_path(plant, number, item.kind)
            template = templates.EQUIPMENT_TEMPLATES[item.kind]
            made = _element(library, unit, path, template, f"{item.kind} of unit {number} of {plant}")
            yield Place(made, template, plant, number, item)


def _element(library: Library, parent: Element | None, path: str, template: TemplateFacts, description: str) -> Element:
    return Element(
        id=library.ids.in_database(path),
        database=library.database,
        parent=parent,
        template=library.templates[template.name],
        name=path.rpartition("\\")[2],
        path=path,
        description=description,
    )
