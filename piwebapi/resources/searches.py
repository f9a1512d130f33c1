"""The searches over an asset database."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from piwebapi.api.resource import Endpoint
from piwebapi.models import AnalysisTemplate, AssetDatabase, Attribute, Element
from piwebapi.places.elements import analysis_rows
from piwebapi.queries import attributes, elements, search
from piwebapi.verbs.search import Search, endpoint

from .analyses import ANALYSIS, ANALYSIS_TEMPLATE, analysis_templates
from .attributes import ATTRIBUTE
from .elements import ELEMENT


def _elements(database: AssetDatabase) -> QuerySet[Element]:
    return elements.dressed(Element.objects.filter(database=database))


def _attributes(database: AssetDatabase) -> QuerySet[Attribute]:
    rows = attributes.dressed(Attribute.objects.filter(element__database=database))
    return rows.select_related("element__database__server")


def _analyses(database: AssetDatabase) -> QuerySet[Any]:
    return analysis_rows().filter(element__database=database)


def _analysis_templates(database: AssetDatabase) -> QuerySet[Any]:
    return analysis_templates(AnalysisTemplate.objects.filter(database=database))


ENDPOINTS: tuple[Endpoint, ...] = (
    endpoint(ELEMENT, "GetElementsQuery", Search(_elements, search.ELEMENTS)),
    endpoint(ATTRIBUTE, "GetAttributesQuery", Search(_attributes, search.ATTRIBUTES)),
    endpoint(ANALYSIS, "GetAnalysesQuery", Search(_analyses, search.ANALYSES)),
    endpoint(ANALYSIS_TEMPLATE, "GetAnalysisTemplatesQuery", Search(_analysis_templates, search.ANALYSIS_TEMPLATES)),
)
