"""Loads the demo plant (event frames excepted, which `events.demo` adds) in bulk, plant by plant.

Memory holds the rows of one plant at a time. Ids follow from seed and path (`facts.Ids`), so two loads of
one seed give the same objects.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.db import transaction

from piwebapi.core.times import TICKS_PER_DAY
from piwebapi.models import (
    Analysis,
    AssetDatabase,
    AssetServer,
    Attribute,
    DataServer,
    Element,
    Point,
)
from piwebapi.services import rules

from . import facts, templates
from .attributes import attributes_of
from .elements import Place, plant_elements
from .library import Library, load_library
from .links import link_categories
from .notifications import load_rules
from .points import continue_numbering, default_points, plant_points

HISTORY = 365 * TICKS_PER_DAY

Tell = Callable[[int], None]


class Loaded(NamedTuple):
    """Which demo plant the database holds."""

    database: AssetDatabase
    seed: int
    layout: facts.Layout


def obstacle() -> str:
    """Why the demo plant cannot be loaded; empty when it can."""
    if AssetServer.objects.filter(name_key=facts.ASSET_SERVER).exists():
        return f"There is an asset server {facts.ASSET_SERVER} already: the demo plant has been loaded before."
    if DataServer.objects.filter(name_key=facts.DATA_SERVER).exists():
        return f"There is a data server {facts.DATA_SERVER} already: the demo plant has been loaded before."
    if Point.objects.exists():
        return "There are points already, and the demo plant needs the point ids from 1 on for its own."
    return ""


def loaded() -> Loaded | None:
    """The demo plant as it was loaded, or None where there is none. One query."""
    rows = AssetDatabase.objects.select_related("server")
    key = facts.DATABASE.upper()
    database = rows.filter(name_key=key, server__name_key=facts.ASSET_SERVER).first()
    if database is None:
        return None
    properties = database.extended_properties
    try:
        seed, tags = properties["DemoSeed"]["Value"], properties["DemoTags"]["Value"]
        return Loaded(database, int(seed), facts.layout_for(int(tags)))
    except (KeyError, TypeError, ValueError):
        return None


@transaction.atomic
def load(layout: facts.Layout, seed: int, now: int, tell: Tell) -> None:
    """`now` in ticks; `tell(n)` after every n elements. History begins 365 days earlier, at midnight UTC."""
    created = (now - HISTORY) // TICKS_PER_DAY * TICKS_PER_DAY
    library = load_library(seed, layout)
    sites: list[Element] = []
    for plant in layout.plants:
        Point.objects.bulk_create(plant_points(library, layout, plant, created))
        places = list(plant_elements(library, layout, plant))
        _store(library, layout, places, created)
        sites.append(places[0].element)
        tell(len(places))
    load_rules(library, sites)
    Point.objects.bulk_create(default_points(library, layout, created))
    continue_numbering()


def _store(library: Library, layout: facts.Layout, places: list[Place], at: int) -> None:
    Element.objects.bulk_create(place.element for place in places)
    attributes = [row for place in places for row in attributes_of(library, layout, place, at)]
    Attribute.objects.bulk_create(attributes)
    link_categories(
        Element,
        [
            (place.element.pk, library.element_categories[name].pk)
            for place in places
            for name in place.template.categories
        ],
    )
    kinds = [item.category for place in places for item in place.template.attributes]
    link_categories(
        Attribute,
        [(row.pk, library.attribute_categories[kind].pk) for row, kind in zip(attributes, kinds, strict=True)],
    )
    analyses = [_analysis(library, place) for place in places if place.template is templates.UNIT]
    Analysis.objects.bulk_create(analyses)
    rules.put(dict.fromkeys(analyses, templates.ANALYSIS_RULE))


def _analysis(library: Library, place: Place) -> Analysis:
    """Disabled, because nothing here runs analyses."""
    return Analysis(
        id=library.ids.in_database(f"{place.element.path}\\Analyses[{facts.ANALYSIS}]"),
        element=place.element,
        template=library.analysis_template,
        name=facts.ANALYSIS,
        description=library.analysis_template.description if library.analysis_template else "",
    )
