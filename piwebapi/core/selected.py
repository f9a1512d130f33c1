"""The ``selectedFields`` parameter: which parts of an answer a client wants.

Dotted paths, separated by ``;``. A name selects all that is below it, lists are passed through
(``Items.Name`` is the Name of every item), unknown names select nothing, letter case does not
count, and a path together with a longer one is the shorter one. (PI Web API reference:
selected-fields.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Tree:
    """What is selected below one name; ``get`` goes a level down, so that a dumper asks before it
    computes a field. 0.1 us a question."""

    fields: dict[str, Tree] | None  # by lower-case name; None: everything

    ALL: ClassVar[Tree]

    def get(self, name: str) -> Tree | None:
        """The selection below ``name``, or None when it is not wanted."""
        return self if self.fields is None else self.fields.get(name.lower())


Tree.ALL = Tree(None)


def parse(text: str | None) -> Tree | None:
    """The tree of the selected fields; None, that is everything, when no name is given."""
    root: dict[str, Tree] = {}
    for path in (text or "").lower().split(";"):
        names = [name for part in path.split(".") if (name := part.strip())]
        level: dict[str, Tree] | None = root
        for name in names[:-1]:
            if level is not None:
                level = level.setdefault(name, Tree({})).fields
        if names and level is not None:  # None: a shorter path has selected all of this
            level[names[-1]] = Tree.ALL
    return Tree(root) if root else None


def below(tree: Tree | None, *names: str) -> Tree | None:
    """The selection below a path of names; None where nothing there, or nothing in particular, is selected."""
    for name in names:
        tree = tree.get(name) if tree is not None else None
    return tree


def prune(data: Any, tree: Tree | None) -> Any:
    """The selected part of an answer, in the order of the answer.

    A container on a selected path stays though nothing in it is selected (``Items.Foo`` leaves
    ``{"Items": [{}, {}]}``), and so does a null in its place; a plain value there has no fields
    and goes. Parts that are selected whole are not copied.
    """
    if tree is None or tree.fields is None:
        return data
    if isinstance(data, list | tuple):
        return [prune(item, tree) for item in data]
    if not isinstance(data, dict):
        return data
    kept = {}
    for name, value in data.items():
        below = tree.get(name)
        if below is not None and (below.fields is None or value is None or isinstance(value, dict | list | tuple)):
            kept[name] = prune(value, below)
    return kept
