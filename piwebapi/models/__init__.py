"""The AF and point domain, one noun per file."""

from .analyses import Analysis, AnalysisTemplate
from .attributefields import VALUE_TYPES, AttributeFields, OwnedAttribute
from .attributes import Attribute
from .base import Identified, InDatabase, Named
from .categories import AnalysisCategory, AttributeCategory, ElementCategory, TableCategory
from .changes import CatalogChange
from .counters import Counter
from .elements import Element, ElementReference
from .enumerations import EnumerationSet, EnumerationValue
from .lookups import FoldedField
from .notifications import (
    NotificationContactTemplate,
    NotificationRule,
    NotificationRuleSubscriber,
    NotificationRuleTemplate,
)
from .points import POINT_TYPES, Point
from .rules import AnalysisRule, TimeRule
from .security import OnServer, SecurityEntry, SecurityIdentity, SecurityMapping
from .servers import AssetDatabase, AssetServer, DataServer, PointAcl
from .tables import Table
from .templates import AttributeTemplate, ElementTemplate
from .tokens import ApiToken
from .units import Unit, UnitClass

__all__ = [
    "POINT_TYPES",
    "VALUE_TYPES",
    "Analysis",
    "AnalysisCategory",
    "AnalysisRule",
    "AnalysisTemplate",
    "ApiToken",
    "AssetDatabase",
    "AssetServer",
    "Attribute",
    "AttributeCategory",
    "AttributeFields",
    "AttributeTemplate",
    "CatalogChange",
    "Counter",
    "DataServer",
    "Element",
    "ElementCategory",
    "ElementReference",
    "ElementTemplate",
    "EnumerationSet",
    "EnumerationValue",
    "FoldedField",
    "Identified",
    "InDatabase",
    "Named",
    "NotificationContactTemplate",
    "NotificationRule",
    "NotificationRuleSubscriber",
    "NotificationRuleTemplate",
    "OnServer",
    "OwnedAttribute",
    "Point",
    "PointAcl",
    "SecurityEntry",
    "SecurityIdentity",
    "SecurityMapping",
    "Table",
    "TableCategory",
    "TimeRule",
    "Unit",
    "UnitClass",
]
