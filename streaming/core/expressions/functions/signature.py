"""How a function is declared: its name, the roles of its arguments, and what computes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from streaming.core.expressions.columns import Column

Run = Callable[..., Column]
"""``run(context, *arguments)``: a str per TAG argument, a column for every other."""


class Role(Enum):
    """What the engine hands over for an argument.

    VALUE: the column of its values. TAG: the quoted name, unread. TIME: a column of times, where a quoted
    text is first a known name and then a PI time. START is followed by END: two times, of which a relative
    one (``'-1h'``, ``'+1d'``) counts from the other when the other is not relative.
    """

    VALUE = "value"
    TAG = "tag"
    TIME = "time"
    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class Function:
    """``roles`` lists the arguments; ``least`` of them are needed; with ``repeats`` the last role goes on.

    ``history`` is the number of arguments from which on the call reads other times than the evaluation
    times; 0 stands for never.
    """

    name: str
    run: Run
    roles: tuple[Role, ...]
    least: int
    repeats: bool = False
    history: int = 0

    @property
    def most(self) -> int | None:
        return None if self.repeats else len(self.roles)

    def role(self, position: int) -> Role:
        return self.roles[min(position, len(self.roles) - 1)]
