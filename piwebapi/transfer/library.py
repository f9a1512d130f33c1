"""Categories, kinds of references and enumeration sets of a file."""

from __future__ import annotations

from piwebapi.core.webid import fold
from piwebapi.models import (
    AnalysisCategory,
    AttributeCategory,
    ElementCategory,
    EnumerationSet,
    EnumerationValue,
    TableCategory,
)

from .document import Document, Node
from .target import Target, checked_name, is_removed

CATEGORIES = {
    "AFElementCategory": ElementCategory,
    "AFAttributeCategory": AttributeCategory,
    "AFAnalysisCategory": AnalysisCategory,
    "AFTableCategory": TableCategory,
}
#: the kinds of references that every database has, with their strengths
REFERENCE_TYPES = {"Composition": "Composition", "Parent-Child": "Strong", "Weak Reference": "Weak"}


def read_categories(document: Document, target: Target) -> None:
    for tag, model in CATEGORIES.items():
        rows = model.objects.filter(database=target.database)
        drafts = target.drafts(model, rows, lambda row: row.name_key)
        for xml in document.objects(tag):
            node = Node(xml, f"{model.COLLECTION}[{xml.findtext('Name', '')}]")
            if is_removed(node, target.report):
                continue
            drafts.put(
                fold(checked_name(node)),
                node.id,
                database_id=target.database.pk,
                name=checked_name(node),
                description=node.text("Description"),
            )
            node.finish(target.report)
        drafts.save()
        target.categories[model] = drafts.known


def read_reference_types(document: Document, target: Target) -> None:
    """The usual ones are there anyway; others have no place."""
    for xml in document.objects("AFReferenceType"):
        node = Node(xml, f"ReferenceTypes[{xml.findtext('Name', '')}]")
        if REFERENCE_TYPES.get(node.name) != node.text("Strength"):
            target.report.gap("AFReferenceType", node.path)
            continue
        node.children("id", "Description", "ChildName", "ParentName")
        node.finish(target.report)


def read_enumerations(document: Document, target: Target) -> None:
    """States without a number count on from the one before."""
    rows = EnumerationSet.objects.filter(database=target.database)
    sets = target.drafts(EnumerationSet, rows, lambda row: row.name_key)
    old = EnumerationValue.objects.filter(enumeration_set__database=target.database)
    values = target.drafts(EnumerationValue, old, lambda row: (row.enumeration_set_id, row.name_key))
    for xml in document.objects("AFEnumerationSet"):
        node = Node(xml, f"EnumerationSets[{xml.findtext('Name', '')}]")
        if is_removed(node, target.report):
            continue
        name = checked_name(node)
        found = sets.put(
            fold(name),
            node.id,
            database_id=target.database.pk,
            name=name,
            description=node.text("Description"),
        )
        number = -1
        for child_xml in node.children("AFEnumerationValue"):
            child = Node(child_xml, f"{node.path}\\{child_xml.findtext('Name', '')}")
            number = child.integer("Value", number + 1)
            values.put(
                (found.pk, fold(child.name)),
                child.id,
                enumeration_set_id=found.pk,
                name=child.name,
                value=number,
                description=child.text("Description"),
            )
            child.finish(target.report)
        node.finish(target.report)
    sets.save()
    values.save()
    target.sets = sets.known
    for (set_id, name_key), state in values.known.items():
        target.states.setdefault(set_id, {})[name_key] = state.value
