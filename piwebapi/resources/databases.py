"""Asset databases and the collections in them."""

from __future__ import annotations

from typing import Any

from piwebapi.api import fields, params
from piwebapi.api.links import collections, secured, to
from piwebapi.api.resource import Endpoint, Resource
from piwebapi.models import (
    AnalysisTemplate,
    AssetDatabase,
    AssetServer,
    ElementTemplate,
    EnumerationSet,
    Table,
)
from piwebapi.places.elements import analysis_rows
from piwebapi.queries import fieldquery
from piwebapi.services import analyses, elementtemplates, objects
from piwebapi.services import databases as services
from piwebapi.verbs import children, identity
from piwebapi.verbs.children import Child

from . import categories
from .analyses import ANALYSIS, ANALYSIS_TEMPLATE, analysis_templates
from .attributes import found_endpoints
from .elements import element_endpoints, reference_endpoints
from .enumerations import ENUMERATION_SET
from .tables import TABLE
from .templates import ELEMENT_TEMPLATE, element_templates

ASSET_DATABASE = Resource(
    "AssetDatabase",
    "assetdatabases",
    fields=(
        fields.NAME,
        fields.DESCRIPTION,
        fields.properties("ExtendedProperties", "extended_properties"),
    ),
    links=(
        *collections(
            "assetdatabases",
            Elements="elements",
            ElementTemplates="elementtemplates",
            EventFrames="eventframes",
            ElementCategories="elementcategories",
            AttributeCategories="attributecategories",
            TableCategories="tablecategories",
            AnalysisCategories="analysiscategories",
            AnalysisTemplates="analysistemplates",
            EnumerationSets="enumerationsets",
            Tables="tables",
        ),
        *secured("assetdatabases"),
        to("AssetServer", "assetservers", lambda obj: obj.server),
    ),
)


def databases(server: AssetServer, asked: Any) -> Any:
    return AssetDatabase.objects.filter(server=server).select_related("server").order_by("name_key")


def _element_templates(database: AssetDatabase, asked: Any) -> Any:
    rows = element_templates(ElementTemplate.objects.filter(database=database))
    return fieldquery.filtered(rows, {**fieldquery.CATEGORISED, "template": "base__name_key"}, asked)


def _analysis_templates(database: AssetDatabase, asked: Any) -> Any:
    rows = analysis_templates(AnalysisTemplate.objects.filter(database=database))
    return fieldquery.filtered(rows, {**fieldquery.CATEGORISED, "template": "target__name_key"}, asked)


def _analyses(database: AssetDatabase, asked: Any) -> Any:
    rows = analysis_rows().filter(element__database=database)
    return fieldquery.filtered(rows, {**fieldquery.CATEGORISED, "template": "template__name_key"}, asked)


def _enumeration_sets(database: AssetDatabase, asked: Any) -> Any:
    rows = EnumerationSet.objects.filter(database=database).select_related("database__server")
    return rows.order_by("name_key")


def _collected(model: type, *prefetch: str) -> Any:
    def rows(database: AssetDatabase, asked: Any) -> Any:
        found = model.objects.filter(database=database).select_related("database__server")
        return found.prefetch_related(*prefetch).order_by("name_key")

    return rows


ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.endpoints(
        ASSET_DATABASE,
        identity.Identity(objects.update, objects.delete),
    ),
    *element_endpoints(ASSET_DATABASE),
    *reference_endpoints(ASSET_DATABASE),
    *(
        endpoint
        for resource, model in categories.ALL
        for endpoint in children.endpoints(
            ASSET_DATABASE,
            resource.segment,
            Child(resource, _collected(model), services.creator(model)),
            get=f"Get{resource.name.removesuffix('y')}ies",
            post=f"Create{resource.name}",
        )
    ),
    *children.endpoints(
        ASSET_DATABASE,
        "elementtemplates",
        Child(ELEMENT_TEMPLATE, _element_templates, elementtemplates.create),
        get="GetElementTemplates",
        post="CreateElementTemplate",
        params_of=(*params.FIELD_QUERY, params.MAX_COUNT),
    ),
    *children.endpoints(
        ASSET_DATABASE,
        "analysistemplates",
        Child(ANALYSIS_TEMPLATE, _analysis_templates, analyses.create_template),
        get="GetAnalysisTemplates",
        post="CreateAnalysisTemplate",
        params_of=(*params.FIELD_QUERY, params.MAX_COUNT),
    ),
    *found_endpoints(ASSET_DATABASE),
    *children.endpoints(
        ASSET_DATABASE,
        "analyses",
        Child(ANALYSIS, _analyses),
        get="FindAnalyses",
        params_of=(*params.FIELD_QUERY, params.START_INDEX, params.MAX_COUNT),
    ),
    *children.endpoints(
        ASSET_DATABASE,
        "enumerationsets",
        Child(ENUMERATION_SET, _enumeration_sets, services.create_enumeration_set),
        get="GetEnumerationSets",
        post="CreateEnumerationSet",
    ),
    *children.endpoints(
        ASSET_DATABASE,
        "tables",
        Child(TABLE, _collected(Table, "categories"), services.creator(Table)),
        get="GetTables",
        post="CreateTable",
    ),
)
