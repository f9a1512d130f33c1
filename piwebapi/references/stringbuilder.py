"""The data reference String Builder: texts, values and functions, one after the other.

::

    "Pump %Element%: "; 'Flow|Unit'; Left(UCase("%Attribute%"), 3)

Terms stand between semicolons or line ends. Double quotes hold a text with %parameters% (a double quote in
it is written twice), single quotes the path of an attribute, whose value is taken; a bare text counts as if
quoted. (Vendor: PI AF, string builder data references.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .context import BadConfig, Context
from .substitution import substitute
from .textfunctions import FUNCTIONS
from .values import text_of

NAME = "String Builder"
_TERM = re.compile(
    r"""[ \t]*(?:
      "(?P<text>(?:[^"]|"")*)"
    | '(?P<path>[^']*)'
    | (?P<number>[+-]?\d+(?:\.\d+)?)(?=\s*[,;)\r\n]|\s*$)
    | (?P<call>[A-Za-z]+)[ \t]*\(
    | (?P<bare>[^;,()"'\r\n]+)
    )[ \t]*""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Number:
    value: int | float


@dataclass(frozen=True, slots=True)
class Value:
    path: str


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Term, ...]


Term = Text | Number | Value | Call


def evaluate(config: str, context: Context) -> str:
    """Raises `BadConfig` for a text or function that is not understood, `Unresolved` for what is not there.
    A value that is nothing gives no text."""
    return "".join(text_of(_value(term, context)) for term in parse(config))


@lru_cache(maxsize=2048)
def parse(config: str) -> tuple[Term, ...]:
    terms: list[Term] = []
    at = _separators(config, 0)
    while at < len(config):
        term, at = _term(config, at)
        terms.append(term)
        at = _separators(config, at)
    return tuple(terms)


def _separators(config: str, at: int) -> int:
    while at < len(config) and config[at] in "; \t\r\n":
        at += 1
    return at


def _term(config: str, at: int) -> tuple[Term, int]:
    found = _TERM.match(config, at)
    if found is None:
        raise BadConfig(f"The string builder is not understood from '{config[at:]}' on.")
    kind, end = found.lastgroup or "", found.end()
    text = found[kind]
    if kind == "call":
        return _call(config, text, end)
    if kind == "path":
        return Value(text), end
    if kind == "number":
        return Number(float(text) if "." in text else int(text)), end
    return Text(text.replace('""', '"') if kind == "text" else text.strip()), end


def _call(config: str, name: str, at: int) -> tuple[Term, int]:
    if name.upper() not in FUNCTIONS:
        raise BadConfig(f"The string builder has no function '{name}'.")
    arguments: list[Term] = []
    at = _blanks(config, at)
    while at < len(config) and config[at] != ")":
        term, at = _term(config, at)
        arguments.append(term)
        at = _blanks(config, at)
        if at < len(config) and config[at] == ",":
            at = _blanks(config, at + 1)
    if at == len(config):
        raise BadConfig(f"The string builder does not close the bracket of '{name}'.")
    return Call(name.upper(), tuple(arguments)), at + 1


def _blanks(config: str, at: int) -> int:
    while at < len(config) and config[at].isspace():
        at += 1
    return at


def _value(term: Term, context: Context) -> object:
    match term:
        case Text(text):
            return substitute(text, context)
        case Number(value):
            return value
        case Value(path):
            return context.value(path)
        case Call(name, arguments):
            function, counts = FUNCTIONS[name]
            if len(arguments) not in counts:
                raise BadConfig(f"The function {name} takes {' or '.join(map(str, counts))} arguments.")
            return function(*(_value(argument, context) for argument in arguments))
