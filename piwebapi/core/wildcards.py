r"""Name filters with wildcards, for Python and for the two database engines.

``*`` any run, ``?`` one character, ``[ab]`` one of, ``[!ab]`` none of, ``\`` takes the next
character as it is; a bracket that is never closed, or holds nothing, is plain text. Without
wildcards the whole name must match; nothing at all matches everything. Letter case does not
count. (PI Web API reference: query-string.)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from piwebapi.core.errors import BadRequest
from piwebapi.core.webid import fold


class _Place(NamedTuple):
    """What may stand at one place: one of ``chars``, or with ``negated`` anything else. So a
    plain character is a set of one, and ``?`` is everything but nothing."""

    chars: str
    negated: bool = False


_ANY = _Place("", True)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled filter. ``like``, ``glob`` and ``regex`` are for columns of folded names."""

    is_all: bool
    exact: str | None  # the folded name, when there are no wildcards
    prefix: str  # the folded text before the first wildcard
    like: str | None  # SQL LIKE with a backslash as escape; None when it would need a set
    glob: str  # SQLite GLOB
    regex: str  # anchored, for PostgreSQL's ~, which does not backtrack; Python: use matches()
    pieces: tuple[re.Pattern[str], ...]  # between the runs, without any quantifier; none when exact
    widths: tuple[int, ...]  # the number of characters that each piece takes

    @classmethod
    def parse(cls, text: str | None) -> Pattern:
        """Never fails but for a NUL character, which no name holds and PostgreSQL refuses."""
        if text and "\0" in text:
            raise BadRequest("A name filter must not contain the NUL character.")
        pieces = _pieces(fold(text or "*"))
        literal = "".join(place.chars for place in takewhile(_is_plain, pieces[0]))
        plain = len(pieces) == 1 and len(literal) == len(pieces[0])
        sets = any(place != _ANY and not _is_plain(place) for piece in pieces for place in piece)
        return cls(
            is_all=pieces == [[], []],
            exact=literal if plain else None,
            prefix=literal,
            like=None if sets else _join(pieces, _like, "%"),
            glob=_join(pieces, _glob, "*"),
            regex=f"^{_join(pieces, _regex, '.*')}$",
            pieces=() if plain else tuple(re.compile(_join([piece], _regex, ""), re.DOTALL) for piece in pieces),
            widths=tuple(len(piece) for piece in pieces),
        )

    def matches(self, text: str) -> bool:
        """Whether a name fits. Each piece is taken at its first place, and never again elsewhere,
        so the time is at most the length of the text times that of the pattern."""
        text = fold(text)
        if self.exact is not None:
            return text == self.exact
        if len(self.pieces) == 1:
            return self.pieces[0].fullmatch(text) is not None
        tail = len(text) - self.widths[-1]
        if tail < self.widths[0] or not (self.pieces[0].match(text) and self.pieces[-1].match(text, tail)):
            return False
        at = self.widths[0]
        for piece in self.pieces[1:-1]:
            found = piece.search(text, at, tail)
            if found is None:
                return False
            at = found.end()
        return True


def _pieces(text: str) -> list[list[_Place]]:
    """The places between the runs. ``**`` is one run, so only the outer pieces can be empty."""
    pieces: list[list[_Place]] = [[]]
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == "*":
            if pieces[-1] or len(pieces) == 1:
                pieces.append([])
        elif char == "?":
            pieces[-1].append(_ANY)
        elif char == "[" and (found := _set(text, at)):
            place, at = found
            pieces[-1].append(place)
        else:
            if char == "\\" and at < len(text):
                char = text[at]
                at += 1
            pieces[-1].append(_Place(char))
    return pieces


def _set(text: str, at: int) -> tuple[_Place, int] | None:
    """The set whose opening bracket stands before ``at``, and the place after it."""
    negated = text[at : at + 1] == "!"
    at += negated
    chars: dict[str, None] = {}  # a set that keeps its order
    while at < len(text):
        char = text[at]
        at += 1
        if char == "]":
            return (_Place("".join(chars), negated), at) if chars else None
        if char == "\\" and at < len(text):
            char = text[at]
            at += 1
        chars[char] = None
    return None


def _is_plain(place: _Place) -> bool:
    return len(place.chars) == 1 and not place.negated


def _join(pieces: list[list[_Place]], render: Callable[[_Place], str], run: str) -> str:
    return run.join("".join(map(render, piece)) for piece in pieces)


def _like(place: _Place) -> str:
    if place == _ANY:
        return "_"
    return f"\\{place.chars}" if place.chars in "%_\\" else place.chars


def _regex(place: _Place) -> str:
    if place == _ANY:
        return "."
    if _is_plain(place):
        return re.escape(place.chars)
    return f"[{'^' if place.negated else ''}{''.join(map(re.escape, place.chars))}]"


def _glob(place: _Place) -> str:
    """GLOB has no escape: in a set ``]`` must come first, ``-`` first or last, ``^`` not first."""
    if place == _ANY:
        return "?"
    if _is_plain(place):
        return f"[{place.chars}]" if place.chars in "*?[" else place.chars
    if set(place.chars) == {"^", "-"} and not place.negated:
        return "[-^]"
    rank = {"]": 0, "^": 2, "-": 3}
    return f"[{'^' if place.negated else ''}{''.join(sorted(place.chars, key=lambda c: rank.get(c, 1)))}]"
