"""What attributes of elements, attributes of event frames and attribute templates share."""

from __future__ import annotations

from django.db import models

from .base import Named
from .lookups import FoldedField

VALUE_TYPES = [
    "Anything",
    "Boolean",
    "BooleanArray",
    "Byte",
    "ByteArray",
    "DateTime",
    "DateTimeArray",
    "Double",
    "DoubleArray",
    "EnumerationValue",
    "Guid",
    "GuidArray",
    "Int16",
    "Int16Array",
    "Int32",
    "Int32Array",
    "Int64",
    "Int64Array",
    "Single",
    "SingleArray",
    "String",
    "StringArray",
]


class AttributeFields(Named):
    """`trail` is the chain of names from the owner down: ``Level|Limit``."""

    trail = models.CharField(max_length=2000)
    trail_key = FoldedField(source="trail", max_length=2000)
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    type = models.CharField(max_length=30, default="Double")
    enumeration_set = models.ForeignKey(
        "piwebapi.EnumerationSet", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    unit = models.ForeignKey("piwebapi.Unit", models.SET_NULL, null=True, blank=True, related_name="+")
    display_digits = models.SmallIntegerField(default=-5)
    data_reference = models.CharField(max_length=100, blank=True, default="")
    config_string = models.TextField(blank=True, default="")
    is_configuration_item = models.BooleanField(default=False)
    is_excluded = models.BooleanField(default=False)
    is_hidden = models.BooleanField(default=False)
    is_manual_data_entry = models.BooleanField(default=False)
    trait_name = models.CharField(max_length=100, blank=True, default="")
    #: a static value (templates: the default), as JSON; states of an enumeration by their code
    value = models.JSONField(null=True, blank=True)

    class Meta:
        abstract = True


class OwnedAttribute(AttributeFields):
    """An attribute of an element or of an event frame; it is a stream."""

    template = models.ForeignKey("piwebapi.AttributeTemplate", models.SET_NULL, null=True, blank=True, related_name="+")
    #: the point behind the data reference PI Point, where it has been found
    point = models.ForeignKey("piwebapi.Point", models.SET_NULL, null=True, blank=True, related_name="+")
    #: when `value` was set, in ticks
    value_ticks = models.BigIntegerField(null=True, blank=True)
    categories = models.ManyToManyField("piwebapi.AttributeCategory", blank=True)

    class Meta:
        abstract = True

    KIND = "Attribute"
    #: whether `value` holds what the data reference gave when the owner was over (event frames)
    is_captured = False
