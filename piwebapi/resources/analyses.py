"""Analyses."""

from __future__ import annotations

from typing import Any

from piwebapi.api import fields
from piwebapi.api.links import collections, to
from piwebapi.api.resource import Call, Endpoint, Resource
from piwebapi.models import Analysis, Element
from piwebapi.places import analysis_rows
from piwebapi.queries import filters
from piwebapi.services import analyses as services
from piwebapi.services import objects
from piwebapi.verbs import identity

from .categories import ANALYSIS_CATEGORY


def _has_template(obj: Analysis, call: Call) -> bool:
    return obj.template_id is not None


def _is_configured(obj: Analysis, call: Call) -> bool:
    return bool(obj.rule_plugin)


def _target(obj: Analysis, call: Call) -> str:
    return obj.element.web_id(call.form)


ANALYSIS = Resource(
    "Analysis",
    "analyses",
    fields=(
        fields.NAME,
        fields.DESCRIPTION,
        fields.text("AnalysisRulePlugInName", "rule_plugin"),
        fields.text("TimeRulePlugInName", "time_plugin"),
        fields.CATEGORIES,
        fields.constant("AutoCreated", False),
        fields.integer("GroupId", "group_id", neutral=0),
        fields.constant("HasNotification", False),
        fields.constant("HasTarget", True),
        fields.computed("HasTemplate", _has_template),
        fields.computed("IsConfigured", _is_configured),
        fields.computed("IsTimeRuleDefinedByTemplate", _has_template),
        fields.integer("MaximumQueueSize", "maximum_queue_size", neutral=0),
        fields.text("OutputTime", "output_time"),
        fields.text("Priority", "priority", neutral="Normal"),
        fields.flag("PublishResults", "publish_results"),
        fields.text("Status", "status", neutral="Disabled"),
        fields.computed("TargetWebId", _target),
        fields.related("TemplateName", "template.name", "template"),
    ),
    links=(
        *collections("analyses", Categories="categories"),
        to("Target", "elements", lambda obj: obj.element),
        to("Template", "analysistemplates", lambda obj: obj.template),
        to("Database", "assetdatabases", lambda obj: obj.element.database),
    ),
)


def analyses(element: Element, asked: Any) -> Any:
    rows = analysis_rows().filter(element=element)
    return filters.ordered(rows, {"name": "name_key"}, asked["sortField"], asked["sortOrder"])


create_analysis = services.create


def _as_is(obj: Any) -> Any:
    return obj


ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.endpoints(ANALYSIS, identity.Identity(_as_is, services.update, objects.delete)),
    identity.categories_endpoint(ANALYSIS, ANALYSIS_CATEGORY),
)
