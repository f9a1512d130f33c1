"""Element templates of a file, with their attribute templates."""

from __future__ import annotations

from uuid import UUID
from xml.etree.ElementTree import Element as XmlElement

from piwebapi.core.webid import fold
from piwebapi.models import AttributeCategory, AttributeTemplate, ElementCategory, ElementTemplate

from . import analyses
from .attributefields import read_fields
from .document import BadFile, Document, Node
from .drafts import Drafts, link_categories, save_columns
from .target import Target, checked_name, extended_properties, is_removed

INSTANCE_TYPES = ("Element", "EventFrame")


def read_templates(document: Document, target: Target) -> None:
    """Base templates may stand after those derived from them."""
    rows = ElementTemplate.objects.filter(database=target.database)
    drafts = target.drafts(ElementTemplate, rows, lambda row: row.name_key)
    bases: dict[str, str] = {}
    attributes = Attributes(target)
    rules = analyses.Templates(target)
    categories: dict[UUID, list[UUID]] = {}
    for xml in document.objects("AFElementTemplate"):
        node = Node(xml, f"ElementTemplates[{xml.findtext('Name', '')}]")
        instance_type = node.text("InstanceType") or "Element"
        if is_removed(node, target.report):
            continue
        if instance_type not in INSTANCE_TYPES:
            target.report.gap(f"AFElementTemplate of {instance_type}", node.path)
            continue
        template = _template(node, drafts, target, instance_type)
        bases[template.name_key or fold(template.name)] = fold(node.text("BaseTemplate"))
        categories[template.pk] = target.category_ids(node, "AFElementCategoryRef", ElementCategory)
        for child in node.children("AFAttributeTemplate"):
            attributes.read(child, node.path, template, None)
        for child in node.children("AFAnalysisTemplate"):
            rules.read(Node(child, f"{node.path}\\AnalysisTemplates[{child.findtext('Name', '')}]"), template)
        node.expect("BaseTemplateOnly", "false")
        node.expect("Type", "none")
        node.finish(target.report)
    drafts.save()
    target.templates = drafts.known
    _derive(target, bases)
    link_categories(ElementTemplate, categories)
    attributes.save()
    for xml in document.objects("AFAnalysisTemplate"):
        rules.read(Node(xml, f"AnalysisTemplates[{xml.findtext('Name', '')}]"), None)
    rules.save()


def _template(node: Node, drafts: Drafts[ElementTemplate], target: Target, instance_type: str) -> ElementTemplate:
    name = checked_name(node)
    return drafts.put(
        fold(name),
        node.id,
        database_id=target.database.pk,
        name=name,
        description=node.text("Description"),
        instance_type=instance_type,
        naming_pattern=node.text("NamingPattern"),
        allow_element_to_extend=node.flag("AllowElementToExtend", True),
        default_attribute=node.text("DefaultAttribute"),
        severity=node.integer("Severity", 0),
        can_be_acknowledged=node.flag("CanBeAcknowledged"),
        extended_properties=extended_properties(node, target.report),
    )


def _derive(target: Target, bases: dict[str, str]) -> None:
    """Sets the base templates, once all have been saved."""
    changed = []
    for key, base in bases.items():
        template, found = target.templates[key], target.templates.get(base)
        if base and found is None:
            target.report.gap("base template that is not known", f"ElementTemplates[{template.name}] -> {base}")
        if template.base_id != (found.pk if found else None):
            template.base = found
            changed.append(template)
    for template in changed:
        if template.base is not None and template in template.base.lineage():
            raise BadFile(f"The element template '{template.name}' is derived from itself.")
    save_columns(ElementTemplate, changed, ["base"])


class Attributes:
    """Attribute templates, children after their parents."""

    def __init__(self, target: Target) -> None:
        self.target = target
        rows = AttributeTemplate.objects.filter(element_template__database=target.database)
        rows = rows.select_related("enumeration_set")
        self.drafts = target.drafts(AttributeTemplate, rows, lambda row: (row.element_template_id, row.trail_key))
        self.categories: dict[UUID, list[UUID]] = {}

    def read(self, xml: XmlElement, path: str, template: ElementTemplate, parent: AttributeTemplate | None) -> None:
        node = Node(xml, f"{path}|{xml.findtext('Name', '')}")
        if is_removed(node, self.target.report):
            return
        name = checked_name(node)
        trail = f"{parent.trail}|{name}" if parent else name
        key = (template.pk, fold(trail))
        made = self.drafts.put(
            key,
            node.id,
            element_template_id=template.pk,
            parent_id=parent.pk if parent else None,
            name=name,
            trail=trail,
            **read_fields(node, self.target, None),
        )
        self.categories[made.pk] = self.target.category_ids(node, "AFAttributeCategoryRef", AttributeCategory)
        for child in node.children("AFAttributeTemplate"):
            self.read(child, node.path, template, made)
        node.expect("IsIndexed", "false")
        node.finish(self.target.report)

    def save(self) -> None:
        self.drafts.save()
        link_categories(AttributeTemplate, self.categories)
