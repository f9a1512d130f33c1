"""The search language of AF: ``Name:=Pump* Template:=Pump |Flow:>10 Element:{Root:'A\\B'}``.

    Query  = Filter { [AND] Filter }                  blanks mean AND; there is no OR
    Filter = Value                                    only as the first: Name:=Value
           | Name Op Value                            Op is : := :<> :!= :< :<= :> :>=
           | "|"Attribute Op Value                    the value of an attribute
           | Name:{Query}   |   Name:IN(v1; v2 ...)
    Value  = text without blanks | 'text' | "text"    the quote is doubled inside

(PI Web API reference: search-query-syntax.) What names mean, and wildcards, is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NoReturn

from piwebapi.core.errors import BadRequest

_BLANKS = re.compile(r"\s*")
_AND = re.compile(r"and(?=\s|$)(?!\s*:)", re.IGNORECASE)
_OPERATOR = re.compile(r"\s*(:(?:=|<>|!=|<=|<|>=|>)?)\s*")
_FILTER_NAME = re.compile(r"[A-Za-z_]\w*(?=\s*:)|\|[^:'\"{}]+(?=:)")
_TEXT = r"(?:'([^']*(?:''[^']*)*)'|\"([^\"]*(?:\"\"[^\"]*)*)\")"
_QUOTED = re.compile(_TEXT)
_QUOTED_ATTRIBUTE = re.compile(rf"(?:\|(?=['\"])|(?=['\"]\|)){_TEXT}(?=\s*:)")  # |'a b':>1 or '|a b':>1
_BARE = re.compile(r"[^\s{}'\"][^\s{}]*")
_IN = re.compile(r"in\s*\(", re.IGNORECASE)
_LISTED = re.compile(r"[^\s{}'\";)](?:[^{};)]*[^\s{};)])?")
_OPERATORS = {":": "=", ":=": "=", ":<>": "<>", ":!=": "<>", ":<": "<", ":<=": "<=", ":>": ">", ":>=": ">="}
_DEEPEST = 10


class Query(tuple["Filter", ...]):
    """Filters that must all hold; none at all is everything."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition. ``op`` is one of ``= <> < <= > >=`` with a text, ``IN`` with several texts,
    or ``{}`` with a query on a related object."""

    name: str  # as written; of an attribute with its leading bar
    op: str
    value: str | tuple[str, ...] | Query
    position: int = field(default=1, compare=False)  # of its first character, from 1

    @property
    def key(self) -> str:
        """The name to look up, as letter case does not count."""
        return self.name.lower()


def parse(text: str | None, *, name: str = "query") -> Query:
    """The filters of a search; no text is everything.

    BadRequest, which names the parameter and the place, for text that the language does not
    know. Linear in the length of the text.
    """
    reader = _Reader(text or "", name)
    query = reader.query(0)
    if reader.at < len(reader.text):
        reader.fail("a brace is closed that was not opened")
    return query


class _Reader:
    """The text and how far it is read."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.at = 0

    def fail(self, reason: str) -> NoReturn:
        raise BadRequest(f"Parameter '{self.name}' is not a valid search: {reason} at position {self.at + 1}.")

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def query(self, depth: int) -> Query:
        """Filters up to the end or to a closing brace, which is left to be read."""
        if depth > _DEEPEST:
            self.fail("braces are nested too deeply")
        filters: list[Filter] = []
        self.take(_BLANKS)
        while self.at < len(self.text) and self.text[self.at] != "}":
            filters.append(self.filter(depth, first=not filters))
            self.take(_BLANKS)
            if self.take(_AND):
                self.take(_BLANKS)
                if self.at >= len(self.text) or self.text[self.at] == "}":
                    self.fail("AND has nothing behind it")
        return Query(filters)

    def filter(self, depth: int, first: bool) -> Filter:
        start = self.at
        if named := self.take(_FILTER_NAME):
            name = named[0].rstrip()
        elif quoted := self.take(_QUOTED_ATTRIBUTE):
            name = f"|{_text(quoted).removeprefix('|')}"
        elif first:
            return Filter("Name", "=", self.value(), start + 1)
        else:
            self.fail("a filter such as Name:=value is expected, or quotes around a value with blanks,")
        operator = self.take(_OPERATOR)
        if operator is None:
            self.fail("an operator is expected")
        op = _OPERATORS[operator[1]]
        if op == "=" and self.text[self.at : self.at + 1] == "{":
            return Filter(name, "{}", self.nested(depth), start + 1)
        if op == "=" and self.take(_IN):
            return Filter(name, "IN", self.values(), start + 1)
        return Filter(name, op, self.value(), start + 1)

    def nested(self, depth: int) -> Query:
        opened = self.at
        self.at += 1
        query = self.query(depth + 1)
        if self.at >= len(self.text):
            self.at = opened
            self.fail("a brace is not closed")
        self.at += 1
        return query

    def values(self) -> tuple[str, ...]:
        """The list behind ``IN(``, with its closing parenthesis."""
        values: list[str] = []
        while True:
            self.take(_BLANKS)
            values.append(self.value(_LISTED))
            self.take(_BLANKS)
            end = self.text[self.at : self.at + 1]
            if end not in (";", ")"):
                self.fail("';' or ')' is expected")
            self.at += 1
            if end == ")":
                return tuple(values)

    def value(self, bare: re.Pattern[str] = _BARE) -> str:
        if quoted := self.take(_QUOTED):
            if self.at < len(self.text) and not re.match(r"[\s};)]", self.text[self.at]):
                self.fail("a blank is expected after the quote")
            return _text(quoted)
        if self.text[self.at : self.at + 1] in ("'", '"'):
            self.fail("a quote is not closed")
        match = self.take(bare)
        if match is None:
            self.fail("a value is expected")
        return match[0]


def _text(quoted: re.Match[str]) -> str:
    """What stands between the quotes, with the doubled ones made single."""
    return quoted[2].replace('""', '"') if quoted[1] is None else quoted[1].replace("''", "'")
