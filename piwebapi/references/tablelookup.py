"""The data reference Table Lookup: a cell of an AF table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from piwebapi.core.webid import fold

from .conditions import Bound, Column, equalities, operands
from .context import Context, Unresolved
from .lookupquery import Query, parse
from .substitution import substitute
from .values import converted

NAME = "Table Lookup"
#: options that replace a result: when no row matches, when the cell is empty. (Their letters are inferred.)
NO_ROW, EMPTY = "RWM", "RWN"


def evaluate(config: str, context: Context) -> object:
    """The cell of the first row that meets the condition, in the table's order or that of ORDER BY.

    No such row: the option RWM, else None (no data). An empty cell: the option RWN, else None. Aggregates
    leave out empty cells; COUNT counts rows. Raises `BadConfig` for a text or column that is not
    understood, `Unresolved` for a table, attribute or name that is not there. Cost: with a column that must
    equal a value one dict access, else the number of rows.
    """
    query = parse(config)
    if "TC" in query.options:
        raise Unresolved("Table lookups over time (TC) have no single value.")
    rows = context.table(substitute(query.table, context))
    bound = Bound(rows, context)
    at = bound.position(query.column)
    found = _matching(query, bound)
    if query.aggregate == "COUNT":
        return len(found)
    if not found:
        return query.options.get(NO_ROW)
    if query.aggregate:
        return _aggregate(query.aggregate, [rows.cell(row, at) for row in found])
    value = rows.cell(found[0], at)
    return query.options.get(EMPTY) if value is None else value


def _matching(query: Query, bound: Bound) -> Sequence[int]:
    candidates: Iterable[int] = range(len(bound.rows.cells))
    if query.where is not None:
        condition = query.where
        for operand in operands(condition):  # a column that is missing is told even when the table is empty
            if isinstance(operand, Column):
                bound.position(operand.name)
        candidates = _narrowed(query, bound, candidates)
        candidates = [row for row in candidates if bound.meets(condition, row)]
    found = list(candidates)
    for column, descending in reversed(query.order):
        found.sort(key=_order(bound, column), reverse=descending)
    return found


def _narrowed(query: Query, bound: Bound, rows: Iterable[int]) -> Iterable[int]:
    """By the index of a column that must equal a value."""
    for column, operand in equalities(query.where) if query.where else ():
        at, value = bound.position(column.name), bound.value(operand)
        if bound.rows.types[at] != "String" or isinstance(value, str):
            try:
                return bound.rows.equal(at, value)
            except ValueError:
                continue  # not of the column's type: compared as text, row by row
    return rows


def _order(bound: Bound, column: str) -> Callable[[int], tuple[bool, object]]:
    at = bound.position(column)

    def key(row: int) -> tuple[bool, object]:
        value = bound.rows.cell(row, at)
        return value is not None, fold(value) if isinstance(value, str) else value or 0

    return key


def _aggregate(name: str, cells: Sequence[object]) -> object:
    values = [cell for cell in cells if cell is not None]
    if not values:
        return None
    if name in ("MIN", "MAX"):
        return (min if name == "MIN" else max)(values)  # type: ignore[type-var]
    try:
        total = sum(float(str(converted(value, "Double"))) for value in values)
    except ValueError:
        raise Unresolved(f"{name} needs numbers.") from None
    return total / len(values) if name == "AVG" else total
