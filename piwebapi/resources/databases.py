"""Asset databases and the collections in them."""

from __future__ import annotations

from typing import Any

from piwebapi.api import fields, params
from piwebapi.api.links import collections, to
from piwebapi.api.resource import Endpoint, Resource
from piwebapi.models import (
    AnalysisTemplate,
    AssetDatabase,
    AssetServer,
    ElementTemplate,
    EnumerationSet,
    Table,
)
from piwebapi.services import databases as services
from piwebapi.services import elementtemplates, objects
from piwebapi.verbs import children, identity
from piwebapi.verbs.children import Child

from . import categories
from .elements import element_endpoints, reference_endpoints
from .enumerations import ENUMERATION_SET
from .tables import TABLE
from .templates import ANALYSIS_TEMPLATE, ELEMENT_TEMPLATE, analysis_templates, element_templates

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
        to("AssetServer", "assetservers", lambda obj: obj.server),
    ),
)


def databases(server: AssetServer, asked: Any) -> Any:
    return AssetDatabase.objects.filter(server=server).select_related("server").order_by("name_key")


def _queried(rows: Any, asked: Any) -> Any:
    """`query` is a text in the name, or with `field` in another property."""
    text, field = asked.get("query"), (asked.get("field") or "name").lower()
    if text:
        column = {"name": "name", "description": "description", "categories": "categories__name"}.get(field, "name")
        pattern = text.replace("*", "")
        rows = rows.filter(**{f"{column}__icontains": pattern}).distinct()
    return rows


def _element_templates(database: AssetDatabase, asked: Any) -> Any:
    return element_templates(_queried(ElementTemplate.objects.filter(database=database), asked))


def _analysis_templates(database: AssetDatabase, asked: Any) -> Any:
    return analysis_templates(_queried(AnalysisTemplate.objects.filter(database=database), asked))


def _enumeration_sets(database: AssetDatabase, asked: Any) -> Any:
    rows = EnumerationSet.objects.filter(database=database).select_related("database__server")
    return rows.order_by("name_key")


def _collected(model: type, *prefetch: str) -> Any:
    def rows(database: AssetDatabase, asked: Any) -> Any:
        found = model.objects.filter(database=database).select_related("database__server")
        return found.prefetch_related(*prefetch).order_by("name_key")

    return rows


def _as_is(obj: Any) -> Any:
    return obj


def _no_database(obj: Any) -> None:
    return None


FIELD_QUERY = (
    params.text("field", "Name", about="The property in which `query` is searched."),
    params.text("query", about="A text to search for."),
    params.SORT_FIELD,
    params.SORT_ORDER,
    params.MAX_COUNT,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.endpoints(
        ASSET_DATABASE,
        identity.Identity(_as_is, objects.simple_update(_no_database), objects.delete),
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
        params_of=FIELD_QUERY,
    ),
    *children.endpoints(
        ASSET_DATABASE,
        "analysistemplates",
        Child(ANALYSIS_TEMPLATE, _analysis_templates, elementtemplates.create_analysis_template),
        get="GetAnalysisTemplates",
        post="CreateAnalysisTemplate",
        params_of=FIELD_QUERY,
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
