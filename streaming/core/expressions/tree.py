"""What an expression looks like once parsed: frozen nodes, and a walk over them.

A node knows where it began in the text (``at``, the 1-based character), for messages only; two nodes that
differ in nothing else are equal. Function names are stored as the vendor spells them.

Trap: a chain such as ``1+1+1+...`` is a tree as deep as it is long, on its left side. Whoever visits nodes
therefore goes down that side with a loop (`SPINE`), and recurses only where the text itself nests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A "double quoted" string: a text, the name of a digital state, or a time where a time is expected."""

    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A 'single quoted' name, or a bare one of a formula: a tag, an attribute, or a time."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negation:
    operand: Node


@dataclass(frozen=True, slots=True)
class Complement:
    """``not``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Operation:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Within:
    """``left in low .. high``, both ends included."""

    left: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Among:
    """``left in (a, b, c)``."""

    left: Node
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """``if condition then chosen else otherwise``."""

    condition: Node
    chosen: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Node, ...]


Node: TypeAlias = Number | Text | Variable | Negation | Complement | Operation | Within | Among | Choice | Call
Spine: TypeAlias = Operation | Within | Among

SPINE = (Operation, Within, Among)


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in the order of the text."""
    match node:
        case Negation() | Complement():
            return (node.operand,)
        case Operation():
            return (node.left, node.right)
        case Within():
            return (node.left, node.low, node.high)
        case Among():
            return (node.left, *node.options)
        case Choice():
            return (node.condition, node.chosen, node.otherwise)
        case Call():
            return node.arguments
    return ()


def walk(root: Node) -> Iterator[Node]:
    """Every node, a node before its parts, parts in the order of the text. No recursion."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))
