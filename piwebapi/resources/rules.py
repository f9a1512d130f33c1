"""Analysis rules and time rules, and the plug-ins that they name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from piwebapi.api import fields, params
from piwebapi.api.links import collections, to
from piwebapi.api.resource import Call, Endpoint, Resource
from piwebapi.core.plugins import named
from piwebapi.models import Analysis, AnalysisRule, AssetServer, TimeRule
from piwebapi.places.rules import analysis_rule_rows
from piwebapi.queries import filters, plugins
from piwebapi.services import objects
from piwebapi.services import rules as services
from piwebapi.verbs import children, identity
from piwebapi.verbs.children import Child
from piwebapi.version import OSIPI_VERSION

from .analyses import plug_in_of
from .attributefields import has_children

NEVER = "1970-01-01T00:00:00Z"


def _description(kind: str) -> fields.Read:
    def read(obj: AnalysisRule | TimeRule, call: Call) -> str:
        plug_in = named(kind, obj.plug_in)
        return plug_in.description if plug_in else ""

    return read


def _is_configured(obj: AnalysisRule | TimeRule, call: Call) -> bool:
    return bool(obj.config_string)


def _parent(obj: AnalysisRule) -> AnalysisRule | None:
    """It belongs to the same owner; its path needs no query then."""
    if obj.parent is not None:
        obj.parent.analysis, obj.parent.template = obj.analysis, obj.template
    return obj.parent


def _analysis(obj: AnalysisRule | TimeRule) -> Analysis | None:
    return obj.analysis


def _rule_fields(kind: str) -> tuple[fields.Field, ...]:
    return (
        fields.computed("Description", _description(kind)),
        fields.text("ConfigString", "config_string"),
        fields.text("DisplayString", "config_string", write=""),
        fields.constant("EditorType", ""),
        fields.computed("IsConfigured", _is_configured),
        fields.constant("IsInitializing", False),
    )


def _rule_links(kind: str) -> tuple[Any, ...]:
    segment = f"{kind.lower()}s"
    return (
        to("Analysis", "analyses", _analysis),
        to("AnalysisTemplate", "analysistemplates", lambda obj: obj.template),
        to("PlugIn", segment, lambda obj: plug_in_of(kind, obj)),
    )


HEAD = ("WebId", "Id", "Name", "Path")
ANALYSIS_RULE = Resource(
    "AnalysisRule",
    "analysisrules",
    head=HEAD,
    fields=(
        *_rule_fields("AnalysisRulePlugIn"),
        fields.text("PlugInName", "plug_in", write="plug_in_name", on=("create",), required=True),
        fields.text("VariableMapping", "variable_mapping"),
        fields.computed("HasChildren", has_children),
        fields.constant("SupportedBehaviors", []),
    ),
    links=(
        *collections("analysisrules", AnalysisRules="analysisrules"),
        to("Parent", "analysisrules", _parent),
        *_rule_links("AnalysisRulePlugIn"),
    ),
    sorts={"name": "plug_in", "id": "pk"},
)
TIME_RULE = Resource(
    "TimeRule",
    "timerules",
    head=HEAD,
    fields=(
        *_rule_fields("TimeRulePlugIn"),
        fields.text("ConfigStringStored", "config_string", write=""),
        fields.text("PlugInName", "plug_in", write=""),
        fields.flag("MergeDuplicatedItems", "merge_duplicated_items"),
    ),
    links=(*collections("timerules"), *_rule_links("TimeRulePlugIn")),
)


def _plug_in(name: str) -> Resource:
    """Nothing is loaded here, so what the vendor tells of assemblies is empty."""
    segment = f"{name.lower()}s"
    return Resource(
        name,
        segment,
        fields=(
            fields.constant("AssemblyFileName", ""),
            fields.computed("AssemblyID", lambda obj, call: str(obj.pk)),
            fields.constant("AssemblyLoadProperties", ["None"]),
            fields.constant("AssemblyTime", NEVER),
            fields.constant("CompatibilityVersion", 1),
            fields.constant("IsBrowsable", True),
            fields.constant("IsNonEditableConfig", False),
            fields.constant("LoadedAssemblyTime", NEVER),
            fields.constant("LoadedVersion", ""),
            fields.constant("Version", OSIPI_VERSION),
        ),
        links=(*collections(segment), to("AssetServer", "assetservers", lambda obj: obj.server)),
    )


PLUG_INS = tuple(_plug_in(name) for name in plugins.COLLECTIONS)


def rules_below(rule: AnalysisRule, asked: Any) -> Any:
    rows = analysis_rule_rows().filter(**{services.column(rule.owner): rule.owner}).exclude(parent=None)
    if not asked["searchFullHierarchy"]:
        rows = rows.filter(parent=rule)
    elif rule.parent_id is not None:
        rows = rows.filter(pk__in=_below(rule))
    rows = filters.described(rows, asked["nameFilter"], "plug_in")
    return filters.ordered(_dressed(rows), ANALYSIS_RULE.sorts, asked["sortField"], asked["sortOrder"])


def _dressed(rows: QuerySet[AnalysisRule]) -> QuerySet[AnalysisRule]:
    below = AnalysisRule.objects.filter(parent=OuterRef("pk"))
    return rows.select_related("parent").annotate(has_children=Exists(below))


def _dressed_rules(objs: Sequence[AnalysisRule]) -> list[AnalysisRule]:
    return identity.in_order(objs, _dressed(analysis_rule_rows()))


def _below(rule: AnalysisRule) -> set[Any]:
    level, found = {rule.pk}, set()
    while level:
        level = set(AnalysisRule.objects.filter(parent__in=level).values_list("pk", flat=True)) - found
        found |= level
    return found


def _installed(kind: str) -> Callable[[AssetServer, Any], Any]:
    def rows(server: AssetServer, asked: Any) -> Any:
        return plugins.installed(kind, server)

    return rows


def plug_in_endpoints(owner: Resource) -> tuple[Endpoint, ...]:
    """The plug-ins below an asset server: ``AssetServer_GetTimeRulePlugIns``."""
    return tuple(
        endpoint
        for resource in PLUG_INS
        for endpoint in children.endpoints(
            owner, resource.segment, Child(resource, _installed(resource.name)), get=f"Get{resource.name}s"
        )
    )


RULE = identity.Identity(services.update, objects.delete, dressed=_dressed_rules)
TIME = identity.Identity(services.update, objects.delete)
ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.endpoints(ANALYSIS_RULE, RULE),
    *children.endpoints(
        ANALYSIS_RULE,
        "analysisrules",
        Child(ANALYSIS_RULE, rules_below, services.create_rule),
        get="GetAnalysisRules",
        post="CreateAnalysisRule",
        params_of=(
            params.NAME_FILTER,
            params.FULL_HIERARCHY,
            params.SORT_FIELD,
            params.SORT_ORDER,
            params.START_INDEX,
            params.MAX_COUNT,
        ),
    ),
    *identity.endpoints(TIME_RULE, TIME),
    *(
        endpoint
        for resource in PLUG_INS
        for endpoint in identity.endpoints(resource, identity.Identity(), verbs="get path")
    ),
)
