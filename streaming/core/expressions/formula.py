"""The configuration string of a Formula data reference.

Source: PI System Explorer documentation, configuration strings and formula operators; an export of a real
database. The parts stand between semicolons::

    A=Process Feedrate;B=..\\Feed|Flow;UOM=kg/h;[(1000 * B) / A];UOM=%

``name=path`` binds a bare name to an attribute path (relative to the owner of the attribute), ``[...]`` is
the equation, and ``UOM=unit`` is the unit of the part before it: of a variable, or of the result. Attribute
paths may hold brackets, spaces and apostrophes (``A=Fuel(2007)``, ``A=.\\Elements[.]|Flow``); only a part
that *begins* with a bracket is the equation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from piwebapi.core.errors import BadRequest
from streaming.core.expressions.parser import Expression, formula_grammar, parse

_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class FormulaVariable:
    """``unit`` is what the value is converted to before use; "" leaves it in the unit of the attribute."""

    name: str
    path: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """``expression`` asks its environment for the variables by ``name``, in the spelling given here."""

    variables: tuple[FormulaVariable, ...]
    expression: Expression
    unit: str = ""


def parse_formula(config: str) -> Formula:
    """BadRequest when a part cannot be understood, the equation is missing, or it names an unbound name."""
    variables: dict[str, FormulaVariable] = {}
    equation: str | None = None
    unit, last = "", ""
    for part in _parts(config):
        if part.startswith("["):
            if equation is not None or not part.endswith("]"):
                raise BadRequest("The formula needs exactly one equation in brackets.")
            equation = part[1:-1]
            continue
        name, _, path = (piece.strip() for piece in part.partition("="))
        if name.lower() == "uom":
            if equation is not None:
                unit = path
            elif last:
                variables[last] = replace(variables[last], unit=path)
            else:
                raise BadRequest("The formula has a unit (UOM=) with nothing before it.")
            continue
        last = name.lower()
        if not path or not _NAME.fullmatch(name) or last in variables:
            raise BadRequest(f"The formula has a part that is not a new name with a path: '{part}'.")
        variables[last] = FormulaVariable(name, path)
    if equation is None:
        raise BadRequest("The formula needs exactly one equation in brackets.")
    names = {key: variable.name for key, variable in variables.items()}
    return Formula(tuple(variables.values()), parse(equation, formula_grammar(names)), unit)


def _parts(config: str) -> Iterator[str]:
    """Between semicolons, but for those inside the equation."""
    rest = config.strip()
    while rest:
        end = _equation_end(rest) if rest.startswith("[") else 0
        cut = rest.find(";", end)
        part, rest = (rest, "") if cut < 0 else (rest[:cut], rest[cut + 1 :].lstrip())
        if part.strip():
            yield part.strip()


def _equation_end(text: str) -> int:
    """Where the equation that opens here is closed; brackets inside quotes do not count."""
    quote = ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "]":
            return position
    return len(text)
