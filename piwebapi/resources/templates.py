"""Element templates and attribute templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from piwebapi.access import find
from piwebapi.api import fields, params
from piwebapi.api.answers import ITEM, answers, listed
from piwebapi.api.links import collections, secured, to
from piwebapi.api.paging import page
from piwebapi.api.resource import Call, Endpoint, Reply, Resource
from piwebapi.models import AnalysisTemplate, AttributeTemplate, ElementTemplate
from piwebapi.queries import attributes as attribute_queries
from piwebapi.securables import visible
from piwebapi.services import attributes as attribute_services
from piwebapi.services import elementtemplates, notifications, objects
from piwebapi.verbs import children, identity
from piwebapi.verbs.children import Child

from .analyses import ANALYSIS_TEMPLATE, analysis_templates
from .attributefields import ATTRIBUTE_FIELDS
from .categories import ATTRIBUTE_CATEGORY, ELEMENT_CATEGORY
from .notifications import RULE_TEMPLATE, rule_templates

ELEMENT_TEMPLATE = Resource(
    "ElementTemplate",
    "elementtemplates",
    fields=(
        fields.NAME,
        fields.DESCRIPTION,
        fields.flag("AllowElementToExtend", "allow_element_to_extend"),
        fields.related("BaseTemplate", "base.name", "base"),
        fields.text("InstanceType", "instance_type"),
        fields.text("NamingPattern", "naming_pattern"),
        fields.severity("Severity", "severity"),
        fields.flag("CanBeAcknowledged", "can_be_acknowledged"),
        fields.CATEGORIES,
        fields.properties("ExtendedProperties", "extended_properties"),
    ),
    links=(
        *collections(
            "elementtemplates",
            AnalysisTemplates="analysistemplates",
            AttributeTemplates="attributetemplates",
            Categories="categories",
            NotificationRuleTemplates="notificationruletemplates",
            BaseTemplates="baseelementtemplates",
            DerivedTemplates="derivedelementtemplates",
        ),
        *secured("elementtemplates"),
        to("Database", "assetdatabases", lambda obj: obj.database),
        to("BaseTemplate", "elementtemplates", lambda obj: obj.base),
    ),
)


def _default_value(obj: AttributeTemplate, call: Call) -> Any:
    if obj.type == "EnumerationValue" and obj.enumeration_set is not None and obj.value is not None:
        state = next((state for state in obj.enumeration_set.values.all() if state.value == obj.value), None)
        return {"Name": state.name if state else "", "Value": obj.value, "IsSystem": False}
    return obj.value


def _parent(obj: AttributeTemplate) -> AttributeTemplate | None:
    """It belongs to the same template; its path needs no query then."""
    if obj.parent is not None:
        obj.parent.element_template = obj.element_template
    return obj.parent


ATTRIBUTE_TEMPLATE = Resource(
    "AttributeTemplate",
    "attributetemplates",
    fields=(
        *ATTRIBUTE_FIELDS,
        fields.flag("IsExcluded", "is_excluded"),
        fields.computed("DefaultValue", _default_value, "value", fields.load_any),
    ),
    links=(
        *collections("attributetemplates", AttributeTemplates="attributetemplates", Categories="categories"),
        to("ElementTemplate", "elementtemplates", lambda obj: obj.element_template),
        to("Parent", "attributetemplates", _parent),
    ),
)


def element_templates(rows: QuerySet[ElementTemplate]) -> QuerySet[ElementTemplate]:
    return (
        rows.select_related("database__server", "base__database__server")
        .prefetch_related("categories")
        .order_by("name_key")
    )


def attribute_templates(owner: ElementTemplate | AttributeTemplate, asked: Any) -> Any:
    if isinstance(owner, AttributeTemplate):
        return attribute_queries.templates_dressed(AttributeTemplate.objects.filter(parent=owner))
    return attribute_queries.templates_of(owner, asked["showInherited"], asked["showDescendants"])


def _analysis_templates_of(template: ElementTemplate, asked: Any) -> Any:
    return analysis_templates(AnalysisTemplate.objects.filter(target=template))


@answers(listed(ITEM))
def base_templates(call: Call) -> Reply:
    template = find(call.caller, call.web_id, "ElementTemplate")
    bases = [base.pk for base in template.lineage()[1:]]
    found = visible(call.caller, element_templates(ElementTemplate.objects.filter(pk__in=bases)))
    rows = {row.pk: row for row in found}
    return page(call, ELEMENT_TEMPLATE, [rows[pk] for pk in bases if pk in rows])


@answers(listed(ITEM))
def derived_templates(call: Call) -> Reply:
    template = find(call.caller, call.web_id, "ElementTemplate")
    level, found = {template.pk}, set()
    while level:
        level = set(ElementTemplate.objects.filter(base__in=level).values_list("pk", flat=True)) - found
        found |= level
        if not call["showDescendants"]:
            break
    return page(call, ELEMENT_TEMPLATE, element_templates(ElementTemplate.objects.filter(pk__in=found)))


def _dressed_templates(objs: Sequence[AttributeTemplate]) -> list[AttributeTemplate]:
    for obj in objs:
        obj.has_children = obj.children.exists()
    return list(objs)


INHERITED = params.flag("showInherited", about="Also those of the base templates.")
DESCENDANTS = params.flag("showDescendants", about="Also those below.")
DEPTH_FIRST = params.flag("depthFirstTraverse", about="Taken for compatibility; the order is by name.")

ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.endpoints(ELEMENT_TEMPLATE, identity.Identity(elementtemplates.update, objects.delete)),
    identity.categories_endpoint(ELEMENT_TEMPLATE, ELEMENT_CATEGORY),
    *children.endpoints(
        ELEMENT_TEMPLATE,
        "attributetemplates",
        Child(ATTRIBUTE_TEMPLATE, attribute_templates, attribute_services.create_template),
        get="GetAttributeTemplates",
        post="CreateAttributeTemplate",
        params_of=(INHERITED, DESCENDANTS, DEPTH_FIRST, params.START_INDEX, params.MAX_COUNT),
    ),
    *children.endpoints(
        ELEMENT_TEMPLATE,
        "analysistemplates",
        Child(ANALYSIS_TEMPLATE, _analysis_templates_of),
        get="GetAnalysisTemplates",
    ),
    *children.endpoints(
        ELEMENT_TEMPLATE,
        RULE_TEMPLATE.segment,
        Child(RULE_TEMPLATE, rule_templates, notifications.create_template),
        get="GetNotificationRuleTemplates",
        post="CreateNotificationRuleTemplate",
    ),
    Endpoint(
        "ElementTemplate_GetBaseElementTemplates",
        "GET",
        "elementtemplates/{webId}/baseelementtemplates",
        base_templates,
        (params.MAX_COUNT, *params.OBJECT),
        resource=ELEMENT_TEMPLATE,
    ),
    Endpoint(
        "ElementTemplate_GetDerivedElementTemplates",
        "GET",
        "elementtemplates/{webId}/derivedelementtemplates",
        derived_templates,
        (params.MAX_COUNT, DESCENDANTS, *params.OBJECT),
        resource=ELEMENT_TEMPLATE,
    ),
    *identity.endpoints(
        ATTRIBUTE_TEMPLATE, identity.Identity(attribute_services.update, objects.delete, dressed=_dressed_templates)
    ),
    identity.categories_endpoint(ATTRIBUTE_TEMPLATE, ATTRIBUTE_CATEGORY),
    *children.endpoints(
        ATTRIBUTE_TEMPLATE,
        "attributetemplates",
        Child(ATTRIBUTE_TEMPLATE, attribute_templates, attribute_services.create_template),
        get="GetAttributeTemplates",
        post="CreateAttributeTemplate",
    ),
)
