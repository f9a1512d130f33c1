"""Analyses and analysis templates of a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from piwebapi.core.webid import fold
from piwebapi.models import Analysis, AnalysisCategory, AnalysisTemplate, Element, ElementTemplate

from .document import Node
from .drafts import chunks, link_categories
from .target import Target, checked_name, is_removed

STATUSES = {"enabled": "Enabled", "disabled": "Disabled", "notready": "Disabled", "error": "Disabled", "": "Disabled"}
RULES = {"AFAnalysisRule": ("rule_plugin", "rule_config"), "AFTimeRule": ("time_plugin", "time_config")}


class Templates:
    def __init__(self, target: Target) -> None:
        self.target = target
        rows = AnalysisTemplate.objects.filter(database=target.database)
        self.drafts = target.drafts(AnalysisTemplate, rows, lambda row: row.name_key)
        self.categories: dict[UUID, list[UUID]] = {}

    def read(self, node: Node, home: ElementTemplate | None) -> None:
        """`home` is the element template in which it stands, else its text Target names it."""
        if is_removed(node, self.target.report):
            return
        name = checked_name(node)
        named = node.text("Target").rpartition("[")[2].removesuffix("]")
        element_template = home or self.target.templates.get(fold(named))
        if named and element_template is None:
            self.target.report.gap("target of an analysis template that is not known", f"{node.path} -> {named}")
        made = self.drafts.put(
            fold(name),
            node.id,
            database_id=self.target.database.pk,
            name=name,
            description=node.text("Description"),
            target_id=element_template.pk if element_template else None,
            create_enabled=node.flag("CreateEnabled"),
            **_rules(node, self.target, None),
        )
        self.categories[made.pk] = self.target.category_ids(node, "AFAnalysisCategoryRef", AnalysisCategory)
        node.finish(self.target.report)

    def save(self) -> None:
        self.drafts.save()
        link_categories(AnalysisTemplate, self.categories)
        self.target.analysis_templates = self.drafts.known


class Analyses:
    """Those of the elements that are given, or of all; and what is read."""

    def __init__(self, target: Target, nodes: list[tuple[Element, Node]]) -> None:
        self.target = target
        owners = [element.pk for element, node in nodes if node.has("AFAnalysis")]
        rows = [row for chunk in chunks(owners) for row in Analysis.objects.filter(element__in=chunk)]
        if not nodes:
            rows = list(Analysis.objects.filter(element__database=target.database))
        self.drafts = target.drafts(Analysis, rows, lambda row: (row.element_id, row.name_key))
        self.categories: dict[UUID, list[UUID]] = {}

    def read(self, node: Node, element: Element) -> None:
        """What an analysis of a template does not tell is as in the template."""
        if is_removed(node, self.target.report):
            return
        name = checked_name(node)
        template = self.target.analysis_templates.get(fold(node.text("Template")))
        if template is None and node.text("Template"):
            self.target.report.gap("analysis template that is not known", f"{node.path} -> {node.text('Template')}")
        status = node.text("Status").lower()
        if status not in STATUSES:
            self.target.report.gap("status of an analysis that is not known", f"{node.path} -> {status}")
        key = (element.pk, fold(name))
        made = self.drafts.put(
            key,
            node.id,
            element_id=element.pk,
            template_id=template.pk if template else None,
            name=name,
            description=node.text("Description"),
            status=STATUSES.get(status, "Disabled"),
            priority=node.text("Priority") or "Normal",
            maximum_queue_size=node.integer("MaxQueueSize", 0),
            publish_results=node.flag("PublishResults"),
            **_rules(node, self.target, template),
        )
        self.categories[made.pk] = self.target.category_ids(node, "AFAnalysisCategoryRef", AnalysisCategory)
        node.children("Target")  # it is the element
        node.finish(self.target.report)

    def save(self) -> None:
        self.drafts.save()
        link_categories(Analysis, self.categories)


def _rules(node: Node, target: Target, template: AnalysisTemplate | None) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "output_time": node.text("OutputTime", template.output_time if template else ""),
        "group_id": node.integer("GroupID", template.group_id if template else 0),
    }
    for tag, (plugin, config) in RULES.items():
        columns |= {name: getattr(template, name) if template else "" for name in (plugin, config)}
        for xml in node.children(tag):
            rule = Node(xml, f"{node.path}\\{tag.removeprefix('AF')}")
            columns[plugin] = rule.text("AFPlugIn", columns[plugin])
            columns[config] = rule.text("ConfigString", columns[config])
            rule.children("id")
            rule.finish(target.report)
    return columns
