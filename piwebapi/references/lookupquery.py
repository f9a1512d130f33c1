"""The language of table lookups, to a tree.

::

    SELECT column FROM table [WHERE condition] [ORDER BY column [ASC|DESC], ...] {; OPTION=value}

The column may be in an aggregate (SUM, AVG, MIN, MAX, COUNT); names with other characters than letters and
digits stand in brackets; ``@Name`` and ``@[Name with blanks]`` are values of attributes. (Vendor: PI AF,
select first row matching criteria.) INTERPOLATE is not known here and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from .conditions import (
    AttributeValue,
    Both,
    Column,
    Comparison,
    Condition,
    IsNull,
    Literal,
    Not,
    Operand,
    Quoted,
)
from .context import BadConfig
from .values import moment

AGGREGATES = ("SUM", "AVG", "MIN", "MAX", "COUNT")
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<name>\[[^\]]+\])
    | @(?:\[(?P<path>[^\]]+)\]|(?P<word>[^\s,()=<>;']+))
    | \#(?P<time>[^\#]+)\#
    | (?P<number>[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?(?!\w)|[+-]?\.\d+(?!\w))
    | (?P<operator><>|<=|>=|[=<>(),])
    | (?P<parameter>%[^%]+%)
    | (?P<plain>\w+)
    )""",
    re.VERBOSE,
)
_OPERATORS = ("=", "<>", "<", "<=", ">", ">=", "LIKE")


@dataclass(frozen=True, slots=True)
class Query:
    """`order` holds columns with True for descending; `options` have upper-case keys."""

    column: str
    table: str
    aggregate: str = ""
    where: Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()
    options: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=2048)
def parse(config: str) -> Query:
    """`BadConfig` tells at which text the understanding ends. Remembered: templates repeat a text thousands
    of times."""
    return _Parser(config).query()


class _Parser:
    def __init__(self, config: str) -> None:
        self.tokens, rest = _tokens(config)
        self.options = _options(config, rest)
        self.at = 0

    def query(self) -> Query:
        self.expect("SELECT")
        kind, column = self.next()
        aggregate = ""
        if column.upper() in AGGREGATES and self.take("("):
            aggregate, column = column.upper(), self.name()
            self.expect(")")
        elif kind not in ("name", "plain"):
            raise BadConfig(f"The table lookup selects no column: '{column}'.")
        self.expect("FROM")
        table = self.name()
        where = self.either() if self.take("WHERE") else None
        order = self.order() if self.take("ORDER") else ()
        if self.at < len(self.tokens):
            raise BadConfig(f"The table lookup is not understood from '{self.tokens[self.at][1]}' on.")
        return Query(column, table, aggregate, where, order, self.options)

    def order(self) -> tuple[tuple[str, bool], ...]:
        self.expect("BY")
        columns = [self.direction()]
        while self.take(","):
            columns.append(self.direction())
        return tuple(columns)

    def direction(self) -> tuple[str, bool]:
        column = self.name()
        descending = self.take("DESC")
        if not descending:
            self.take("ASC")
        return column, descending

    def either(self) -> Condition:
        return self.joined("OR", lambda: self.joined("AND", self.single))

    def joined(self, conjunction: str, part: Callable[[], Condition]) -> Condition:
        parts = [part()]
        while self.take(conjunction):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Both(conjunction, tuple(parts))

    def single(self) -> Condition:
        if self.take("NOT"):
            return Not(self.single())
        if self.take("("):
            inner = self.either()
            self.expect(")")
            return inner
        left = self.operand()
        if self.take("IS"):
            negated = self.take("NOT")
            self.expect("NULL")
            return Not(IsNull(left)) if negated else IsNull(left)
        negated = self.take("NOT")
        if self.take("IN"):
            found: Condition = Comparison(left, "IN", self.listed())
        else:
            operator = self.next()[1].upper()
            if operator not in _OPERATORS or (negated and operator != "LIKE"):
                raise BadConfig(f"The table lookup has '{operator}' where a comparison is expected.")
            found = Comparison(left, operator, (self.operand(),))
        return Not(found) if negated else found

    def listed(self) -> tuple[Operand, ...]:
        self.expect("(")
        members = [self.operand()]
        while self.take(","):
            members.append(self.operand())
        self.expect(")")
        return tuple(members)

    def operand(self) -> Operand:
        kind, text = self.next()
        match kind:
            case "text" | "parameter":
                return Quoted(text)
            case "path":
                return AttributeValue(text)
            case "number":
                return Literal(float(text) if re.search(r"[.eE]", text) else int(text))
            case "time":
                return Literal(_time(text))
            case "plain" if text.upper() in ("TRUE", "FALSE"):
                return Literal(text.upper() == "TRUE")
            case "plain" | "name" if not self.ahead("("):
                return Column(text)
        raise BadConfig(f"The table lookup has '{text}' where a column or a value is expected.")

    def name(self) -> str:
        kind, text = self.next()
        if kind not in ("name", "plain"):
            raise BadConfig(f"The table lookup has '{text}' where a name is expected.")
        return text

    def next(self) -> tuple[str, str]:
        if self.at == len(self.tokens):
            raise BadConfig("The table lookup ends too early.")
        self.at += 1
        return self.tokens[self.at - 1]

    def ahead(self, word: str) -> bool:
        """A word of the language is next; a name in brackets never is one."""
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")
        return kind in ("operator", "plain") and text.upper() == word

    def take(self, word: str) -> bool:
        found = self.ahead(word)
        self.at += found
        return found

    def expect(self, word: str) -> None:
        if not self.take(word):
            there = self.tokens[self.at][1] if self.at < len(self.tokens) else "the end"
            raise BadConfig(f"The table lookup needs {word} before '{there}'.")


def _tokens(config: str) -> tuple[list[tuple[str, str]], str]:
    """Kinds and texts up to the first semicolon outside of quotes and brackets, and what follows it."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(config):
        found = _TOKEN.match(config, at)
        if found is None:
            rest = config[at:].strip()
            if rest and rest[0] != ";":
                raise BadConfig(f"The table lookup is not understood from '{rest}' on.")
            return tokens, rest
        kind = found.lastgroup or ""
        text = found[kind]
        if kind == "text":
            text = text[1:-1].replace("''", "'")
        elif kind == "name":
            text = text[1:-1]
        tokens.append(("path" if kind == "word" else kind, text))
        at = found.end()
    return tokens, ""


def _options(config: str, rest: str) -> dict[str, str]:
    options = {}
    for pair in filter(None, (piece.strip() for piece in rest.split(";"))):
        key, equals, value = pair.partition("=")
        if not equals:
            raise BadConfig(f"The table lookup has an option without a value: '{pair}'.")
        value = value.strip()
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
        options[key.strip().upper()] = value[1:-1] if quoted else value
    return options


def _time(text: str) -> object:
    try:
        return moment(text)
    except ValueError:
        raise BadConfig(f"The table lookup has '#{text}#', which is no point in time.") from None
