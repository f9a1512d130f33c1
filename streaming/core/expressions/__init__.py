"""Performance equations: the expression language of PI, for filters, calculations and formulas.

>>> expression = parse("'.' > 30 and BadVal('.') = 0")
>>> evaluate(expression, environment).holds

`parse` and `parse_formula` read text, `evaluate` computes columns, `Environment` is what it asks.
"""

from streaming.core.expressions.columns import Kind
from streaming.core.expressions.environment import Environment
from streaming.core.expressions.evaluate import Evaluation, evaluate
from streaming.core.expressions.formula import Formula, FormulaVariable, parse_formula
from streaming.core.expressions.parser import Expression, parse

__all__ = [
    "Environment",
    "Evaluation",
    "Expression",
    "Formula",
    "FormulaVariable",
    "Kind",
    "evaluate",
    "parse",
    "parse_formula",
]
