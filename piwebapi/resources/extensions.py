"""Operations that clients in the field call and the vendor's contract does not have. They are ours."""

from __future__ import annotations

from typing import Any

from piwebapi.access import find
from piwebapi.api import params
from piwebapi.api.answers import ANYTHING, ITEM, answers, listed, named, table_of
from piwebapi.api.paging import links, page
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.models import AssetDatabase, AttributeTemplate, ElementCategory, ElementTemplate
from piwebapi.queries import attributes as attribute_queries
from piwebapi.verbs import children
from piwebapi.verbs.children import Child

from .categories import ELEMENT_CATEGORY
from .databases import ASSET_DATABASE
from .templates import ATTRIBUTE_TEMPLATE, ELEMENT_TEMPLATE, element_templates
from .units import all_units


@answers(listed(ITEM))
def all_databases(call: Call) -> Reply:
    """`GET /assetdatabases` without a path: those of every asset server."""
    rows = AssetDatabase.objects.select_related("server").order_by("name_key", "pk")
    return page(call, ASSET_DATABASE, rows)


def _categories(database: AssetDatabase, asked: Any) -> Any:
    rows = ElementCategory.objects.filter(database=database).select_related("database__server")
    return rows.order_by("name_key")


def _frame_templates(database: AssetDatabase, asked: Any) -> Any:
    return element_templates(ElementTemplate.objects.filter(database=database, instance_type="EventFrame"))


@answers(listed(named("AttributeTemplate")))
def frame_attribute_templates(call: Call) -> Reply:
    template = find(call.caller, call.web_id, "ElementTemplate")
    rows = AttributeTemplate.objects.filter(element_template=template, parent=None)
    return page(call, ATTRIBUTE_TEMPLATE, attribute_queries.templates_dressed(rows))


@answers(listed(table_of(ANYTHING)))
def table_rows(call: Call) -> Reply:
    """The rows of a table as a list of objects, page by page."""
    table = find(call.caller, call.web_id, "Table")
    start, count = call["startIndex"], call["maxCount"]
    names = list(table.columns)
    items = [dict(zip(names, row, strict=False)) for row in table.rows[start : start + count]]
    total = len(table.rows)
    return Reply(200, {"Links": links(call, start, count, total, start + count < total), "Items": items})


PAGE = (params.START_INDEX, params.MAX_COUNT)
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "AssetDatabase_List",
        "GET",
        "assetdatabases",
        all_databases,
        (*PAGE, *params.OBJECT),
        resource=ASSET_DATABASE,
        extension=True,
    ),
    *children.endpoints(
        ASSET_DATABASE,
        "categories",
        Child(ELEMENT_CATEGORY, _categories),
        get="GetCategories",
        params_of=PAGE,
        extension=True,
    ),
    *children.endpoints(
        ASSET_DATABASE,
        "eventframetemplates",
        Child(ELEMENT_TEMPLATE, _frame_templates),
        get="GetEventFrameTemplates",
        params_of=PAGE,
        extension=True,
    ),
    Endpoint(
        "EventFrameTemplate_GetAttributeTemplates",
        "GET",
        "eventframetemplates/{webId}/attributetemplates",
        frame_attribute_templates,
        (*PAGE, *params.OBJECT),
        resource=ELEMENT_TEMPLATE,
        extension=True,
    ),
    Endpoint(
        "Table_GetRows",
        "GET",
        "tables/{webId}/rows",
        table_rows,
        (*PAGE, params.SELECTED_FIELDS),
        extension=True,
    ),
    Endpoint("Unit_List", "GET", "uoms", all_units, (*PAGE, *params.OBJECT), extension=True),
)
