"""Conditions on the stored values of attributes.

Values are JSON; what is compared is the number in it or the text in it. An attribute with a data reference
has no stored value and never fits: its value comes from a stream.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Func, Q, TextField
from django.db.models.functions import Upper

from piwebapi.core.errors import BadRequest
from piwebapi.core.webid import fold
from piwebapi.core.wildcards import Pattern
from piwebapi.models import AttributeTemplate
from piwebapi.models.lookups import Number
from piwebapi.services import units

#: the operators of the vendor's searches as lookups
OPERATORS = {
    "equal": "exact",
    "notequal": "exact",
    "lessthan": "lt",
    "lessthanorequal": "lte",
    "greaterthan": "gt",
    "greaterthanorequal": "gte",
    "in": "in",
}
SIGNS = {"=": "exact", "<>": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "IN": "exact"}
NUMBERS = ("Byte", "Int16", "Int32", "Int64", "Single", "Double")
ORDERED_TEXTS = ("DateTime",)


class Text(Func):
    """What a JSON column holds, as text: ``true`` and ``false`` for truth values."""

    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = (
            "CASE json_type(%(expressions)s) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
            " ELSE CAST(json_extract(%(expressions)s, '$') AS TEXT) END"
        )
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s #>> '{}')", **context)


def comparison(template: AttributeTemplate, operator: str, wanted: Any, unit: str = "") -> Q:
    """A condition on rows of attributes (annotated by `annotated`) that follow this template."""
    lookup = OPERATORS.get(operator.lower())
    if lookup is None:
        raise BadRequest(f"The operator '{operator}' is none of Equal, NotEqual, LessThan, ... In.")
    values = list(wanted) if isinstance(wanted, list | tuple) else [wanted]
    if (lookup == "in") != isinstance(wanted, list | tuple):
        raise BadRequest(f"The operator '{operator}' takes {'a list' if lookup == 'in' else 'one value'}.")
    column, operands = _operands(template, values, unit, ordered=lookup not in ("exact", "in"))
    condition = Q(**{f"{column}__{lookup}": operands if lookup == "in" else operands[0]})
    return ~condition & Q(value__isnull=False) if operator.lower() == "notequal" else condition


def told(sign: str, texts: Iterable[str]) -> Q:
    """The same for a search text, which knows no types; texts may hold wildcards."""
    found = Q()
    for text in texts:
        try:
            found |= Q(**{f"number__{SIGNS[sign]}": float(text)})
        except ValueError:
            if SIGNS[sign] != "exact":
                raise BadRequest(f"'{text}' is no number and cannot be compared by '{sign}'.") from None
            found |= Q(folded__wild=Pattern.parse(text))
    return ~found & Q(value__isnull=False) if sign == "<>" else found


def annotated(rows: Any) -> Any:
    """`number` and `text` of the stored values; only what a condition asks for is computed."""
    return rows.filter(data_reference="").alias(number=Number("value"), folded=Upper(Text("value")))


def _operands(template: AttributeTemplate, values: Iterable[Any], unit: str, ordered: bool) -> tuple[str, list[Any]]:
    if template.type == "EnumerationValue":
        return "number", [float(_state(template, value)) for value in values]
    if template.type in NUMBERS or (template.type == "Anything" and all(_is_number(value) for value in values)):
        return "number", [_in_unit(template, _number(template, value), unit) for value in values]
    if ordered and template.type not in ORDERED_TEXTS:
        raise BadRequest(f"Values of '{template.trail}' ({template.type}) have no order to compare them by.")
    return "folded", [fold(_text(value)) for value in values]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(template: AttributeTemplate, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BadRequest(f"'{value}' is no number, as the values of '{template.trail}' are.") from None


def _in_unit(template: AttributeTemplate, value: float, unit: str) -> float:
    """The value in the unit of the attribute, in which values are stored."""
    if not unit:
        return value
    given = units.find_unit(template.server_guid, unit)
    if given is None or template.unit is None:
        raise BadRequest(f"'{template.trail}' has no unit of measure to convert '{unit}' to.")
    return float(units.convert(value, given, template.unit))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _state(template: AttributeTemplate, value: Any) -> int:
    """The code of a state, given by its name, its code or as the object that reading gives."""
    if isinstance(value, dict):
        value = value.get("Value")
    if _is_number(value):
        return int(value)
    states = template.enumeration_set.values if template.enumeration_set else None
    found = states.filter(name_key=fold(str(value))).first() if states else None
    if found is None:
        raise BadRequest(f"'{value}' is no state of '{template.trail}'.")
    return int(found.value)
