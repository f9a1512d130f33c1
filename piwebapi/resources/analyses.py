"""Analyses, analysis templates, and the rules of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from piwebapi.access import find
from piwebapi.api import fields, params
from piwebapi.api.answers import answers
from piwebapi.api.links import collections, secured, to
from piwebapi.api.resource import Call, Endpoint, Reply, Resource, created
from piwebapi.callers import Right
from piwebapi.models import Analysis, AnalysisTemplate, Element
from piwebapi.models.base import Ref
from piwebapi.places.elements import analysis_rows
from piwebapi.places.library import analysis_template_rows
from piwebapi.queries import filters, plugins
from piwebapi.services import analyses as services
from piwebapi.services import objects
from piwebapi.verbs import identity

from .categories import ANALYSIS_CATEGORY

Owner = Analysis | AnalysisTemplate


def _has_template(obj: Analysis, call: Call) -> bool:
    return obj.template_id is not None


def _has_target(obj: AnalysisTemplate, call: Call) -> bool:
    return obj.target_id is not None


def _is_configured(obj: Analysis, call: Call) -> bool:
    return obj.rule is not None and bool(obj.rule.config_string)


def _target(obj: Analysis, call: Call) -> str:
    return obj.element.web_id(call.form)


def _of_owner(rule: Any, owner: Owner) -> Any:
    """The owner is read already; the rule's WebId needs it."""
    if rule is not None:
        setattr(rule, "analysis" if isinstance(owner, Analysis) else "template", owner)
    return rule


def _rule(owner: Owner) -> Any:
    return _of_owner(owner.rule, owner)


def _time_rule(owner: Owner) -> Any:
    return _of_owner(owner.time_rule, owner)


def plug_in_of(kind: str, rule: Any) -> Ref | None:
    """The plug-in that a rule names, if it is one that the server knows."""
    if rule is None:
        return None
    server = rule.owner.element.database.server if isinstance(rule.owner, Analysis) else rule.owner.database.server
    found = plugins.named(kind, rule.plug_in, server)
    return found and Ref(kind, found.server_guid, found.pk, found.full_path)


RULE_FIELDS = (
    fields.related("AnalysisRulePlugInName", "rule.plug_in", "rule_plugin"),
    fields.related("TimeRulePlugInName", "time_rule.plug_in", "time_plugin"),
    fields.CATEGORIES,
    fields.integer("GroupId", "group_id", neutral=0),
    fields.text("OutputTime", "output_time"),
)
RULE_LINKS = (
    to("AnalysisRule", "analysisrules", _rule),
    to("AnalysisRulePlugIn", "analysisruleplugins", lambda obj: plug_in_of("AnalysisRulePlugIn", _rule(obj))),
    to("TimeRule", "timerules", _time_rule),
    to("TimeRulePlugIn", "timeruleplugins", lambda obj: plug_in_of("TimeRulePlugIn", _time_rule(obj))),
)
ANALYSIS = Resource(
    "Analysis",
    "analyses",
    fields=(
        fields.NAME,
        fields.DESCRIPTION,
        *RULE_FIELDS,
        fields.constant("AutoCreated", False),
        fields.constant("HasNotification", False),
        fields.constant("HasTarget", True),
        fields.computed("HasTemplate", _has_template),
        fields.computed("IsConfigured", _is_configured),
        fields.computed("IsTimeRuleDefinedByTemplate", _has_template),
        fields.integer("MaximumQueueSize", "maximum_queue_size", neutral=0),
        fields.text("Priority", "priority", neutral="Normal"),
        fields.flag("PublishResults", "publish_results"),
        fields.text("Status", "status", neutral="Disabled"),
        fields.computed("TargetWebId", _target),
        fields.related("TemplateName", "template.name", "template"),
    ),
    links=(
        *collections("analyses", Categories="categories"),
        *secured("analyses"),
        to("Target", "elements", lambda obj: obj.element),
        to("Template", "analysistemplates", lambda obj: obj.template),
        to("Database", "assetdatabases", lambda obj: obj.element.database),
        *RULE_LINKS,
    ),
)
ANALYSIS_TEMPLATE = Resource(
    "AnalysisTemplate",
    "analysistemplates",
    fields=(
        fields.NAME,
        fields.DESCRIPTION,
        *RULE_FIELDS,
        fields.flag("CreateEnabled", "create_enabled"),
        fields.constant("HasNotificationTemplate", False),
        fields.computed("HasTarget", _has_target),
        fields.related("TargetName", "target.name", "target"),
    ),
    links=(
        *collections("analysistemplates", Categories="categories"),
        *secured("analysistemplates"),
        to("Database", "assetdatabases", lambda obj: obj.database),
        to("Target", "elementtemplates", lambda obj: obj.target),
        *RULE_LINKS,
    ),
)


def analyses(element: Element, asked: Any) -> Any:
    rows = analysis_rows().filter(element=element)
    return filters.ordered(rows, ANALYSIS.sorts, asked["sortField"], asked["sortOrder"])


def analysis_templates(rows: QuerySet[AnalysisTemplate]) -> QuerySet[AnalysisTemplate]:
    return analysis_template_rows().filter(pk__in=rows.values("pk")).order_by("name_key")


@answers(None, 201)
def create_from_analysis(call: Call) -> Reply:
    analysis = find(call.caller, call["analysisWebId"], "Analysis")
    find(call.caller, analysis.element.database.web_id(), "AssetDatabase", right="write")
    with transaction.atomic():
        made = services.template_from(analysis, call["name"] or "")
    return created(f"{call.base}/analysistemplates/{made.web_id(call.form)}")


def _rights_of(analysis: Analysis, body: Any) -> tuple[Right, ...]:
    """Starting and stopping an analysis is to execute it; all else is to write."""
    given = {name.lower(): value for name, value in body.items()} if isinstance(body, Mapping) else {}
    starts = given.get("status", analysis.status) != analysis.status
    if starts and len(given) == 1:
        return ("execute",)
    return ("write", "execute") if starts else ("write",)


ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.endpoints(ANALYSIS, identity.Identity(services.update, objects.delete, rights_of=_rights_of)),
    identity.categories_endpoint(ANALYSIS, ANALYSIS_CATEGORY),
    *identity.endpoints(ANALYSIS_TEMPLATE, identity.Identity(services.update_template, objects.delete)),
    identity.categories_endpoint(ANALYSIS_TEMPLATE, ANALYSIS_CATEGORY),
    Endpoint(
        "AnalysisTemplate_CreateFromAnalysis",
        "POST",
        "analysistemplates",
        create_from_analysis,
        (
            params.text("analysisWebId", required=True, about="The analysis that the template is made from."),
            params.text("name", about="The name of the template; absent: that of the analysis."),
            params.WEB_ID_TYPE,
        ),
        resource=ANALYSIS_TEMPLATE,
        right="write",
    ),
)
