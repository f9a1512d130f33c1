"""Analyses and analysis templates of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from uuid import UUID
from xml.etree.ElementTree import Element as XmlElement

from piwebapi.core.chunks import chunks
from piwebapi.core.webid import fold
from piwebapi.models import (
    Analysis,
    AnalysisCategory,
    AnalysisRule,
    AnalysisTemplate,
    Element,
    ElementTemplate,
    TimeRule,
)
from piwebapi.services import rules
from piwebapi.services.rules import Rules

from .document import Node
from .drafts import link_categories
from .target import Target, checked_name, is_removed

STATUSES = {"enabled": "Enabled", "disabled": "Disabled", "notready": "Disabled", "error": "Disabled", "": "Disabled"}


class RuleDrafts:
    """The rules of analyses, or of templates: `owner` is the column that names them. Rules below another one have
    no names: what they are, how they are configured and, where that is the same, their number tells them apart."""

    def __init__(self, target: Target, owner: str, owners: list[UUID]) -> None:
        self.owner = owner
        in_chunks = [{f"{owner}__in": chunk} for chunk in chunks(owners)]
        analysis_rules = [row for where in in_chunks for row in AnalysisRule.objects.filter(**where)]
        time_rules = [row for where in in_chunks for row in TimeRule.objects.filter(**where)]
        self.numbers: Counter[Hashable] = Counter()
        self.analysis_rules = target.drafts(AnalysisRule, sorted(analysis_rules, key=_order), self._key_of)
        self.numbers.clear()
        self.time_rules = target.drafts(TimeRule, time_rules, lambda row: row.owner_guid)

    def read(self, node: Node, target: Target, made: Analysis | AnalysisTemplate, model: Rules) -> Rules:
        """What the file does not tell is as in `model`."""
        rule = self._rule(node, "AFAnalysisRule", target, made, (model.rule_plugin, model.rule_config))
        time_rule = self._rule(node, "AFTimeRule", target, made, (model.time_plugin, model.time_config))
        return Rules(*rule, *time_rule)

    def _rule(
        self, node: Node, tag: str, target: Target, made: Analysis | AnalysisTemplate, usual: tuple[str, str]
    ) -> tuple[str, str]:
        plug_in, config = usual
        found = node.children(tag)[-1:]
        rule = Node(found[0] if found else XmlElement(tag), f"{node.path}\\{tag.removeprefix('AF')}")
        plug_in, config = rule.text("AFPlugIn", plug_in), rule.text("ConfigString", config)
        columns = {f"{self.owner}_id": made.pk, "plug_in": plug_in, "config_string": config}
        if plug_in and tag == "AFTimeRule":
            merged = rule.flag("MergeDuplicatedItems")
            self.time_rules.put(made.pk, TimeRule.id_for(made), merge_duplicated_items=merged, **columns)
        elif plug_in:
            mapping = rule.text("VariableMapping")
            root = self.analysis_rules.put(made.pk, AnalysisRule.id_for(made), variable_mapping=mapping, **columns)
            self._below(rule, target, root)
        rule.children("id")
        rule.finish(target.report)
        return plug_in, config

    def _below(self, node: Node, target: Target, parent: AnalysisRule) -> None:
        for xml in node.children("AFAnalysisRule"):
            rule = Node(xml, f"{node.path}\\AnalysisRule")
            plug_in, config = rule.text("AFPlugIn"), rule.text("ConfigString")
            made = self.analysis_rules.put(
                self._numbered((parent.pk, plug_in, config)),
                rule.id,
                analysis_id=parent.analysis_id,
                template_id=parent.template_id,
                parent_id=parent.pk,
                plug_in=plug_in,
                config_string=config,
                variable_mapping=rule.text("VariableMapping"),
            )
            self._below(rule, target, made)
            rule.finish(target.report)

    def _key_of(self, row: AnalysisRule) -> Hashable:
        if row.parent_id is None:
            return row.owner_guid
        return self._numbered((row.parent_id, row.plug_in, row.config_string))

    def _numbered(self, key: tuple[Hashable, ...]) -> Hashable:
        self.numbers[key] += 1
        return (*key, self.numbers[key])

    def save(self) -> None:
        self.analysis_rules.save()
        self.time_rules.save()


def _order(row: AnalysisRule) -> tuple[str, str]:
    """As an export writes rules that are alike."""
    return row.variable_mapping, str(row.pk)


class Templates:
    def __init__(self, target: Target) -> None:
        self.target = target
        known = AnalysisTemplate.objects.filter(database=target.database)
        rows = known.select_related("time_rule_row").prefetch_related("rules")
        self.drafts = target.drafts(AnalysisTemplate, rows, lambda row: row.name_key)
        self.rules = RuleDrafts(target, "template", list(rows.values_list("pk", flat=True)))
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
            output_time=node.text("OutputTime"),
            group_id=node.integer("GroupID", 0),
        )
        self.target.analysis_rules[made.pk] = self.rules.read(node, self.target, made, Rules())
        self.categories[made.pk] = self.target.category_ids(node, "AFAnalysisCategoryRef", AnalysisCategory)
        node.finish(self.target.report)

    def save(self) -> None:
        self.drafts.save()
        self.rules.save()
        link_categories(AnalysisTemplate, self.categories)
        self.target.analysis_templates = self.drafts.known
        for template in self.drafts.known.values():
            self.target.analysis_rules.setdefault(template.pk, rules.of(template))


class Analyses:
    """Those of the elements that are given, or of all; and what is read."""

    def __init__(self, target: Target, nodes: list[tuple[Element, Node]]) -> None:
        self.target = target
        owners = [element.pk for element, node in nodes if node.has("AFAnalysis")]
        rows = [row for chunk in chunks(owners) for row in Analysis.objects.filter(element__in=chunk)]
        if not nodes:
            rows = list(Analysis.objects.filter(element__database=target.database))
        self.drafts = target.drafts(Analysis, rows, lambda row: (row.element_id, row.name_key))
        self.rules = RuleDrafts(target, "analysis", [row.pk for row in rows])
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
            output_time=node.text("OutputTime", template.output_time if template else ""),
            group_id=node.integer("GroupID", template.group_id if template else 0),
        )
        self.rules.read(node, self.target, made, self.target.analysis_rules[template.pk] if template else Rules())
        self.categories[made.pk] = self.target.category_ids(node, "AFAnalysisCategoryRef", AnalysisCategory)
        node.children("Target")  # it is the element
        node.finish(self.target.report)

    def save(self) -> None:
        self.drafts.save()
        self.rules.save()
        link_categories(Analysis, self.categories)
