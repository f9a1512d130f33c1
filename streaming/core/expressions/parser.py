"""Text to tree: the grammar of performance equations, and that of formula data references.

Source: PI Server documentation, "Operator priority" (performance equations) and "List of formula data
reference operators" (formulas). The two differ, and both tables are followed to the letter:

* performance equations: ``^`` (from the right), then not and unary minus, then ``* / mod`` and ``in``,
  then ``+ -``, comparisons, and, or. So ``-2^2`` is -4 and ``not 'a' = 1`` is ``(not 'a') = 1``. What
  follows else ends before a comparison, so ``if a then b else c > 1`` compares the outcome.
* formulas: unary minus before ``^``, not after comparisons; else reaches to the end.

``==`` is taken for ``=`` in both; xor stands with or. Nothing is ever evaluated as Python. Limits: 10,000
characters, 100 levels of nesting; beyond them, and for any fault, BadRequest with the position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from streaming.core.expressions.functions import FUNCTIONS
from streaming.core.expressions.functions.signature import Function, Role
from streaming.core.expressions.lexer import Sort, Token, syntax_error, tokens
from streaming.core.expressions.tree import (
    Among,
    Call,
    Choice,
    Complement,
    Negation,
    Node,
    Number,
    Operation,
    Text,
    Variable,
    Within,
    walk,
)

MAX_DEPTH = 100

_BINDING = {
    **dict.fromkeys(("or", "xor"), 10),
    "and": 20,
    **dict.fromkeys(("<", "<=", ">", ">=", "=", "==", "<>"), 30),
    **dict.fromkeys(("+", "-"), 40),
    **dict.fromkeys(("*", "/", "mod", "in"), 50),
    "^": 70,
}
_ABOVE_COMPARISON = 31
_ABOVE_PRODUCT = 51
_RESERVED = frozenset(("and", "or", "xor", "not", "mod", "in", "if", "then", "else", "true", "false"))


@dataclass(frozen=True, slots=True)
class Expression:
    """``variables``: the quoted names that may be streams, as written, in order, each once; among them may
    be times (``'*' - 't'``), which `Environment.knows` tells apart. ``times``: the single-quoted arguments
    that are times, unless a stream has that name. ``history``: the functions that read other times than the
    evaluation times."""

    text: str
    root: Node = field(repr=False)
    variables: tuple[str, ...]
    times: tuple[str, ...]
    history: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """How tightly the operand of unary minus, of not, and of else holds together; and the bare names that
    are variables (in any case, to their spelling)."""

    minus: int
    complement: int
    otherwise: int
    names: Mapping[str, str] = field(default_factory=dict)


EQUATION = Grammar(minus=60, complement=60, otherwise=_ABOVE_COMPARISON)


def formula_grammar(names: Mapping[str, str]) -> Grammar:
    return Grammar(minus=80, complement=25, otherwise=0, names=names)


def parse(text: str, grammar: Grammar = EQUATION) -> Expression:
    """A performance equation (`parse_formula` for data references). Cost: about 3 us per token."""
    root = _Parser(text, grammar).whole()
    variables: dict[str, None] = {}
    times: dict[str, None] = {}
    history: dict[str, None] = {}
    moments: set[int] = set()  # the nodes, by identity, that stand where a time is expected
    for node in walk(root):
        match node:
            case Call(name, arguments):
                function = FUNCTIONS[name.lower()]
                if function.history and len(arguments) >= function.history:
                    history[name] = None
                variables |= dict.fromkeys(_tags(function, arguments))
                moments |= {id(part) for place, part in enumerate(arguments) if _is_time(function, place)}
            case Variable(name):
                (times if id(node) in moments else variables)[name] = None
    return Expression(text, root, tuple(variables), tuple(times), tuple(history))


def _tags(function: Function, arguments: tuple[Node, ...]) -> list[str]:
    return [tag_name(part) for place, part in enumerate(arguments) if function.role(place) is Role.TAG]


def _is_time(function: Function, place: int) -> bool:
    return function.role(place) in (Role.TIME, Role.START, Role.END)


def tag_name(node: Node) -> str:
    """The name in an argument that must be a tag; quoted either way."""
    if isinstance(node, Variable):
        return node.name
    if isinstance(node, Text):
        return node.text
    raise TypeError("not a quoted name")


class _Parser:
    """Precedence climbing. One level of nesting of the text is at most four frames of Python."""

    def __init__(self, text: str, grammar: Grammar) -> None:
        self.grammar = grammar
        self.ahead = list(tokens(text))
        self.place = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.ahead[self.place]

    def take(self) -> Token:
        token = self.token
        self.place += 1
        return token

    def expect(self, word: str) -> None:
        if self.token.word != word:
            raise syntax_error(self.token.at, f"'{word}' expected, not {self.token}")
        self.take()

    def whole(self) -> Node:
        root = self.expression(0)
        if self.token.sort is not Sort.END:
            raise syntax_error(self.token.at, f"unexpected {self.token}")
        return root

    def expression(self, least: int) -> Node:
        """An operand, and the operators behind it that bind at least so tightly."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise syntax_error(self.token.at, f"nested more than {MAX_DEPTH} levels deep")
        left = self.operand()
        while (binding := _BINDING.get(self.token.word, -1)) >= least:
            operator = self.take().word
            if operator == "in":
                left = self.inclusion(left)
            else:
                right = self.expression(binding if operator == "^" else binding + 1)
                left = Operation("=" if operator == "==" else operator, left, right)
        self.depth -= 1
        return left

    def operand(self) -> Node:
        token = self.take()
        match token.sort, token.word:
            case Sort.NUMBER, _:
                return self.number(token)
            case Sort.TEXT, _:
                return Text(token.text)
            case Sort.NAME, _:
                return Variable(token.text, token.at)
            case Sort.SYMBOL, "(":
                inner = self.expression(0)
                self.expect(")")
                return inner
            case Sort.SYMBOL, "-":
                return Negation(self.expression(self.grammar.minus))
            case Sort.SYMBOL, "+":
                return self.expression(self.grammar.minus)
            case Sort.WORD, "not":
                return Complement(self.expression(self.grammar.complement))
            case Sort.WORD, "if":
                return self.choice()
            case Sort.WORD, "true" | "false":
                return Number(1.0 if token.word == "true" else 0.0)
            case Sort.WORD, word if word not in _RESERVED:
                return self.named(token)
        raise syntax_error(token.at, f"a value expected, not {token}")

    def number(self, token: Token) -> Node:
        value = float(token.text)
        if value == float("inf"):
            raise syntax_error(token.at, f"the number {token} is too large")
        return Number(value)

    def choice(self) -> Node:
        condition = self.expression(0)
        self.expect("then")
        chosen = self.expression(0)
        self.expect("else")
        return Choice(condition, chosen, self.expression(self.grammar.otherwise))

    def inclusion(self, left: Node) -> Node:
        """``in low .. high`` or ``in (a, b)``. A bound that is a sum needs parentheses."""
        if self.token.word != "(":
            return self.range(left, self.expression(_ABOVE_PRODUCT))
        self.take()
        options = self.arguments()
        if len(options) == 1 and self.token.word == "..":
            return self.range(left, options[0])
        if not options:
            raise syntax_error(self.token.at, "a value expected in the list behind 'in'")
        return Among(left, options)

    def range(self, left: Node, low: Node) -> Node:
        self.expect("..")
        return Within(left, low, self.expression(_ABOVE_PRODUCT))

    def arguments(self) -> tuple[Node, ...]:
        """What stands between an open parenthesis, already taken, and its end."""
        parts: list[Node] = []
        if self.token.word != ")":
            parts.append(self.expression(0))
            while self.token.word == ",":
                self.take()
                parts.append(self.expression(0))
        self.expect(")")
        return tuple(parts)

    def named(self, token: Token) -> Node:
        """A function call, or a bare variable of a formula."""
        if self.token.word != "(":
            spelled = self.grammar.names.get(token.word)
            if spelled is None:
                raise syntax_error(token.at, f"unknown name {token} (names of tags stand in single quotes)")
            return Variable(spelled, token.at)
        function = FUNCTIONS.get(token.word)
        if function is None:
            raise syntax_error(token.at, f"there is no function {token}")
        self.take()
        arguments = self.arguments()
        self.check(function, arguments, token)
        return Call(function.name, arguments)

    def check(self, function: Function, arguments: tuple[Node, ...], token: Token) -> None:
        count, most = len(arguments), function.most
        if count < function.least or (most is not None and count > most):
            wanted = str(function.least) if most == function.least else f"{function.least} to {most or 'many'}"
            raise syntax_error(token.at, f"{function.name} takes {wanted} arguments, not {count}")
        for place, part in enumerate(arguments):
            if function.role(place) is Role.TAG and not isinstance(part, Variable | Text):
                raise syntax_error(token.at, f"argument {place + 1} of {function.name} must be a name in quotes")
