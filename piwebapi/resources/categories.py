"""The four kinds of category."""

from __future__ import annotations

from piwebapi.api import fields
from piwebapi.api.links import collections, secured, to
from piwebapi.api.resource import Resource
from piwebapi.models import AnalysisCategory, AttributeCategory, ElementCategory, TableCategory
from piwebapi.services import objects
from piwebapi.verbs import identity


def _category(name: str) -> Resource:
    segment = name.lower().removesuffix("y") + "ies"
    return Resource(
        name,
        segment,
        fields=(fields.NAME, fields.DESCRIPTION),
        links=(*collections(segment), *secured(segment), to("Database", "assetdatabases", lambda obj: obj.database)),
    )


ELEMENT_CATEGORY = _category("ElementCategory")
ATTRIBUTE_CATEGORY = _category("AttributeCategory")
ANALYSIS_CATEGORY = _category("AnalysisCategory")
TABLE_CATEGORY = _category("TableCategory")

#: Resource to model, and the names of the operations of a database that list and make them.
ALL = (
    (ELEMENT_CATEGORY, ElementCategory),
    (ATTRIBUTE_CATEGORY, AttributeCategory),
    (ANALYSIS_CATEGORY, AnalysisCategory),
    (TABLE_CATEGORY, TableCategory),
)


IDENTITY = identity.Identity(objects.update, objects.delete)
ENDPOINTS = tuple(endpoint for resource, _ in ALL for endpoint in identity.endpoints(resource, IDENTITY))
