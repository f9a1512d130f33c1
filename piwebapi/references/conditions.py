"""The WHERE clause of a table lookup: its parts, and whether a row meets it.

The rules are those of filter expressions of a .NET DataTable, as far as lookups use them: texts compare
without regard to case and to blanks at the end, a comparison with nothing is false.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from piwebapi.core.webid import fold

from .context import BadConfig, Context
from .rows import Rows
from .substitution import substitute
from .values import converted, moment, text_of


@dataclass(frozen=True, slots=True)
class Column:
    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    value: object


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text that may hold %parameters%. They are filled in after parsing: a quote in a name breaks
    nothing."""

    text: str


@dataclass(frozen=True, slots=True)
class AttributeValue:
    path: str


Operand = Column | Literal | Quoted | AttributeValue


@dataclass(frozen=True, slots=True)
class Comparison:
    """`operator` is one of = <> < <= > >= LIKE, or IN with several operands on the right."""

    left: Operand
    operator: str
    right: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class IsNull:
    operand: Operand


@dataclass(frozen=True, slots=True)
class Not:
    condition: Condition


@dataclass(frozen=True, slots=True)
class Both:
    """AND or OR."""

    conjunction: str
    conditions: tuple[Condition, ...]


Condition = Comparison | IsNull | Not | Both
Reader = Callable[[int], object]  # row to value


def operands(condition: Condition) -> list[Operand]:
    """All operands, from left to right."""
    match condition:
        case Comparison(left, _, right):
            return [left, *right]
        case IsNull(operand):
            return [operand]
        case Not(inner):
            return operands(inner)
        case Both(_, parts):
            return [operand for part in parts for operand in operands(part)]


def equalities(condition: Condition) -> list[tuple[Column, Operand]]:
    """The pairs of column and value that every row that meets the condition has to be equal in."""
    match condition:
        case Comparison(Column() as column, "=", (Quoted() | AttributeValue() | Literal() as value,)):
            return [(column, value)]
        case Both("AND", parts):
            return [pair for part in parts for pair in equalities(part)]
    return []


class Bound:
    """Operands with their values: attributes and parameters are asked for once, columns per row."""

    def __init__(self, rows: Rows, context: Context) -> None:
        self.rows, self.context = rows, context
        self._values: dict[Operand, object] = {}

    def position(self, column: str) -> int:
        at = self.rows.position(substitute(column, self.context))
        if at is None:
            raise BadConfig(f"The table has no column '{column}'.")
        return at

    def value(self, operand: Operand) -> object:
        """Of anything but a column."""
        if operand not in self._values:
            match operand:
                case Quoted(text):
                    self._values[operand] = substitute(text, self.context)
                case AttributeValue(path):
                    self._values[operand] = self.context.value(path)
                case Literal(value):
                    return value
        return self._values[operand]

    def read(self, operand: Operand, row: int) -> object:
        if isinstance(operand, Column):
            return self.rows.cell(row, self.position(operand.name))
        return self.value(operand)

    def meets(self, condition: Condition, row: int) -> bool:
        match condition:
            case Both(conjunction, parts):
                results = (self.meets(part, row) for part in parts)
                return all(results) if conjunction == "AND" else any(results)
            case Not(inner):
                return not self.meets(inner, row)
            case IsNull(operand):
                return self.read(operand, row) is None
            case Comparison(left, operator, right):
                value = self.read(left, row)
                return any(compare(value, operator, self.read(operand, row)) for operand in right)


def compare(left: object, operator: str, right: object) -> bool:
    """One comparison; IN counts as =. False when one side is nothing."""
    if left is None or right is None:
        return False
    if operator == "LIKE":
        return _like(text_of(right)).fullmatch(fold(text_of(left))) is not None
    one, other = _comparable(left, right)
    order = (one > other) - (one < other)  # type: ignore[operator]
    return order in _ORDERS[operator]


_ORDERS: dict[str, Sequence[int]] = {
    "=": (0,), "IN": (0,), "<>": (-1, 1), "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1),
}  # fmt: skip


def _comparable(left: object, right: object) -> tuple[object, object]:
    """Both as numbers, both as points in time or both as folded texts."""
    try:
        if isinstance(left, int | float) or isinstance(right, int | float):
            return converted(left, "Double"), converted(right, "Double")
        if isinstance(left, datetime) or isinstance(right, datetime):
            return _time(left), _time(right)
    except ValueError:
        pass
    return fold(text_of(left)).rstrip(), fold(text_of(right)).rstrip()


def _time(value: object) -> datetime:
    return value if isinstance(value, datetime) else moment(text_of(value))


def _like(pattern: str) -> re.Pattern[str]:
    """``%`` and ``*`` stand for any text; in brackets they stand for themselves."""
    pieces = re.split(r"(\[[^\]]*\]|[%*])", fold(pattern).rstrip())
    wild = (
        ".*" if piece in ("%", "*") else re.escape(piece.strip("[]") if piece[:1] == "[" else piece) for piece in pieces
    )
    return re.compile("".join(wild), re.DOTALL)
