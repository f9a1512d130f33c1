"""What attributes and attribute templates show alike."""

from __future__ import annotations

from typing import Any

from piwebapi.api import fields
from piwebapi.api.resource import Call


def has_children(obj: Any, call: Call) -> bool:
    return bool(obj.has_children)


ATTRIBUTE_FIELDS = (
    fields.NAME,
    fields.DESCRIPTION,
    fields.text("Type", "type", neutral="Double"),
    fields.related("TypeQualifier", "enumeration_set.name", "type_qualifier"),
    fields.related("DefaultUnitsName", "unit.name", "unit"),
    fields.related("DefaultUnitsNameAbbreviation", "unit.abbreviation"),
    fields.integer("DisplayDigits", "display_digits", neutral=-5),
    fields.text("DataReferencePlugIn", "data_reference"),
    fields.text("ConfigString", "config_string"),
    fields.flag("IsConfigurationItem", "is_configuration_item"),
    fields.flag("IsHidden", "is_hidden"),
    fields.flag("IsManualDataEntry", "is_manual_data_entry"),
    fields.computed("HasChildren", has_children),
    fields.CATEGORIES,
    fields.text("TraitName", "trait_name"),
)
