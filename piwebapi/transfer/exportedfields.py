"""What attributes, templates and analyses of an export tell; the counterpart of `attributefields`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piwebapi.core.times import format_ticks
from piwebapi.models import (
    Analysis,
    AnalysisRule,
    AnalysisTemplate,
    AttributeFields,
    AttributeTemplate,
    EnumerationValue,
    OwnedAttribute,
    TimeRule,
)

from .attributefields import FLAGS, TEXTS
from .markup import head, leaf, node, told
from .scope import States

#: .NET's names of what JSON can hold, for attributes that may hold anything
_NAMES = {bool: "Boolean", int: "Int64", float: "Double", str: "String"}
_USUAL = AttributeTemplate()


def states_of(database: Any) -> States:
    rows = EnumerationValue.objects.filter(enumeration_set__database=database)
    return {(owner, value): name for owner, value, name in rows.values_list("enumeration_set", "value", "name")}


def categories(tag: str, obj: Any, base: Any = None) -> list[str]:
    """Nothing where they are those of the template; a removed one tells that there are none."""
    names = sorted(category.name for category in obj.categories.all())
    inherited = sorted(category.name for category in base.categories.all()) if base is not None else []
    if base is not None and names == inherited:
        return []
    if not names and inherited:
        return [leaf(tag, inherited[0], operation="remove")]
    return [leaf(tag, name) for name in names]


def properties(obj: Any) -> list[str]:
    return [
        node("AFExtendedProperty", (leaf("Name", name), leaf("Value", value.get("Value", ""))))
        for name, value in obj.extended_properties.items()
        if isinstance(value, dict)
    ]


def fields(row: AttributeFields, base: AttributeFields | None, states: States) -> list[str]:
    """In what an attribute differs from its template, or from a new one; its type is always told."""
    usual = base or _USUAL
    parts = [told(tag, getattr(row, column), getattr(usual, column)) for tag, column in TEXTS.items()]
    parts += [told(tag, getattr(row, column), getattr(usual, column)) for tag, column in FLAGS.items()]
    parts.append(told("DisplayDigits", row.display_digits, usual.display_digits))
    if row.unit_id != usual.unit_id:
        parts.append(leaf("DefaultUOM", row.unit.abbreviation if row.unit else ""))
    if base is None or (row.type, row.enumeration_set_id) != (base.type, base.enumeration_set_id):
        parts.append(leaf("Type", row.type))
        parts.append(told("TypeQualifier", row.enumeration_set.name if row.enumeration_set else ""))
    if row.value != usual.value:
        parts.append(value(row, states))
    return parts


def value(row: AttributeFields, states: States) -> str:
    if row.value is None:
        return leaf("Value", "", nil="true")
    if isinstance(row.value, list):
        single = row.type.removesuffix("Array")
        return node("Value", (leaf("Item", _plain(item)) for item in row.value), type=f"{single}[]")
    if row.enumeration_set_id is not None and isinstance(row.value, int):
        name = states.get((row.enumeration_set_id, row.value))
        return leaf("Value", name if name is not None else row.value, type="AFEnumerationValue")
    kind = _NAMES.get(type(row.value), "String") if row.type == "Anything" else row.type
    return leaf("Value", _plain(row.value), type=kind)


def _plain(item: object) -> object:
    return repr(item) if isinstance(item, float) else item


def attribute(row: OwnedAttribute, children: Mapping[Any, list[Any]], states: States, ids: bool) -> str:
    """Empty when there is nothing to tell that the template does not tell."""
    inner = [attribute(child, children, states, ids) for child in children.get(row.pk, ())]
    parts = [*fields(row, row.template, states), *categories("AFAttributeCategoryRef", row, row.template), *inner]
    if row.value is not None and row.value_ticks is not None and (not row.data_reference or row.is_captured):
        parts.append(leaf("Timestamp", format_ticks(row.value_ticks)))
    if row.template is not None and not any(parts):
        return ""
    own = leaf("id", row.pk) if ids else ""
    return node("AFAttribute", (own, leaf("Name", row.name), *parts))


def attribute_template(
    row: AttributeTemplate, children: Mapping[Any, list[AttributeTemplate]], states: States, ids: bool
) -> str:
    inner = (attribute_template(child, children, states, ids) for child in children.get(row.pk, ()))
    own = leaf("id", row.pk) if ids else ""
    parts = (*fields(row, None, states), *categories("AFAttributeCategoryRef", row), *inner)
    return node("AFAttributeTemplate", (own, leaf("Name", row.name), *parts))


def analysis(row: Analysis, ids: bool) -> str:
    """The rules are always told: those of the template only count where an analysis tells none."""
    parts = (
        told("Template", row.template.name if row.template else ""),
        leaf("Status", row.status),
        leaf("Priority", row.priority),
        told("MaxQueueSize", row.maximum_queue_size, 0),
        told("PublishResults", row.publish_results, False),
        *_rules(row),
    )
    return node("AFAnalysis", (head(row, ids), *parts))


def analysis_template(row: AnalysisTemplate, ids: bool) -> str:
    return node("AFAnalysisTemplate", (head(row, ids), told("CreateEnabled", row.create_enabled, False), *_rules(row)))


def _rules(row: Analysis | AnalysisTemplate) -> list[str]:
    parts = [leaf("OutputTime", row.output_time), leaf("GroupID", row.group_id)]
    parts += categories("AFAnalysisCategoryRef", row)
    below: dict[Any, list[AnalysisRule]] = {}
    for rule in row.rules.all():
        below.setdefault(rule.parent_id, []).append(rule)
    parts += [_analysis_rule(rule, below) for rule in below.get(None, ())]
    if row.time_rule is not None:
        merged = told("MergeDuplicatedItems", row.time_rule.merge_duplicated_items, False)
        parts.append(node("AFTimeRule", (*_rule(row.time_rule), merged)))
    return parts


def _analysis_rule(rule: AnalysisRule, below: Mapping[Any, list[AnalysisRule]]) -> str:
    inner = sorted(below.get(rule.pk, ()), key=_order)
    mapping = told("VariableMapping", rule.variable_mapping)
    return node("AFAnalysisRule", (*_rule(rule), mapping, *(_analysis_rule(child, below) for child in inner)))


def _order(rule: AnalysisRule) -> tuple[str, ...]:
    return rule.plug_in, rule.config_string, rule.variable_mapping, str(rule.pk)


def _rule(rule: AnalysisRule | TimeRule) -> tuple[str, str]:
    return leaf("AFPlugIn", rule.plug_in), leaf("ConfigString", rule.config_string)
