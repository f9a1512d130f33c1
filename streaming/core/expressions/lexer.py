"""Cuts the text of an expression into tokens.

Source: PI Server documentation, performance equation operands. Numbers are written ``98.6``, ``.0015``,
``1.2e2``; a doubled quote inside quotes stands for one. The two dots of a range never belong to a number:
``1..5`` is ``1``, ``..``, ``5``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from piwebapi.core.errors import BadRequest

MAX_LENGTH = 10_000
"""Characters. Longer than any request line; a bound on the work that one request can ask for."""


class Sort(Enum):
    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    WORD = "word"
    SYMBOL = "symbol"
    END = "end"


class Token(NamedTuple):
    """``text`` is without quotes; words in lower case are in ``word``. ``at`` is the 1-based character."""

    sort: Sort
    text: str
    at: int

    @property
    def word(self) -> str:
        """What the grammar compares: a symbol, or a word in lower case; nothing for operands."""
        return self.text.lower() if self.sort in (Sort.WORD, Sort.SYMBOL) else ""

    def __str__(self) -> str:
        return "the end" if self.sort is Sort.END else f"'{self.text[:40]}'"


_TOKEN = re.compile(
    r"""
      (?P<number> (?: [0-9]+ (?: \.(?!\.) [0-9]* )? | \.[0-9]+ ) (?: [eE][+-]?[0-9]+ )? )
    | "(?P<text> (?: [^"] | "" )* )"
    | '(?P<name> (?: [^'] | '' )* )'
    | (?P<word> [^\W\d]\w* )
    | (?P<symbol> \.\. | <= | >= | <> | == | [-+*/^()<>=,] )
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")


def syntax_error(at: int, problem: str) -> BadRequest:
    return BadRequest(f"The expression is not valid at position {at}: {problem}.")


def tokens(text: str) -> Iterator[Token]:
    """The tokens in order, then one END. BadRequest with the position for anything else."""
    if len(text) > MAX_LENGTH:
        raise BadRequest(f"The expression is longer than {MAX_LENGTH} characters.")
    position = _skip_space(text, 0)
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            what = "a quote is not closed" if text[position] in "'\"" else f"unexpected {text[position]!r}"
            raise syntax_error(position + 1, what)
        sort = Sort(match.lastgroup)
        yield Token(sort, _content(sort, match[match.lastgroup]), position + 1)
        position = _skip_space(text, match.end())
    yield Token(Sort.END, "", len(text) + 1)


def _content(sort: Sort, raw: str) -> str:
    if sort is Sort.TEXT:
        return raw.replace('""', '"')
    if sort is Sort.NAME:
        return raw.replace("''", "'")
    return raw


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
