"""JSONPath as batch requests use it, on the library `python-jsonpath`.

Clients write ids of any characters behind a dot (``$.1.Content``, ``$.my-id.Headers.Location``), which
RFC 9535 does not allow; such names are put into brackets first.

Regular expressions of clients are searched by RE2, which comes with pyarrow, in time that grows with the text. Python's
own ``re`` takes a minute for ``(a+)+$`` on thirty letters, and holds up the whole process meanwhile.

What the paths of one batch may cost is counted in steps, about a microsecond each (`Paths`). A query in a filter names
one member only: ``$..*[?count($..*)>1]`` would look at the whole answer once for each of its nodes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from math import prod
from typing import Any

import jsonpath
from jsonpath.filter import FilterQuery, walk
from jsonpath.function_extensions import ExpressionType, FilterFunction
from jsonpath.selectors import Filter, IndexSelector, NameSelector, SliceSelector, WildcardSelector

from .errors import BadRequest

_BRACKET = re.compile(r"""\[(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\]'"])*\]""")
_NAME = re.compile(r"[^.\[\]]+")
_REPEATED = re.compile(r"\{(\d{1,9})(?:,(\d{0,9}))?\}")
_ROOT_NAME = re.compile(r"""\$\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]""")

#: steps of all paths of one batch: a few seconds
MOST_STEPS = 2_000_000
#: characters of one path: the library calls itself for each name, and a hundred thousand names end the process
LONGEST = 2_000
KNOWN = (NameSelector, IndexSelector, SliceSelector, WildcardSelector, Filter)


def is_path(text: str) -> bool:
    return text.startswith(("$.", "$["))


def normal(path: str) -> str:
    """The path with every plain name in brackets: ``$.1.Items[*].Name`` is ``$['1']['Items'][*]['Name']``."""
    if len(path) > LONGEST:
        raise BadRequest(f"A JSONPath may have {LONGEST:,} characters, not {len(path):,}.")
    found, at = ["$"], 1
    while at < len(path):
        bracket = _BRACKET.match(path, at)
        if bracket:
            found.append(bracket[0])
            at = bracket.end()
            continue
        name = _NAME.match(path, at + 1) if path[at] == "." else None
        if name is None:
            if path.startswith("..[", at):
                found.append("..")
                at += 2
                continue
            if path.startswith("..", at):
                found.append("..")
                at += 1  # the second dot begins the name
                continue
            raise BadRequest(f"'{path}' is no JSONPath.")
        found.append("[*]" if name[0] == "*" else "['" + name[0].replace("\\", "\\\\").replace("'", "\\'") + "']")
        at = name.end()
    return "".join(found)


def root_name(path: str) -> str | None:
    """The first name of a path: the id of the request whose response it looks into."""
    match = _ROOT_NAME.match(normal(path))
    if match is None:
        return None
    return re.sub(r"\\(.)", r"\1", match[1] if match[1] is not None else match[2])


class Paths:
    """The paths of one batch, and the steps that they have left."""

    def __init__(self, steps: int = MOST_STEPS) -> None:
        self.left = steps
        self._environment = _Environment(self.spend)

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise BadRequest("The JSONPaths of this batch look at too much; name what they look for, without '..'.")

    def select(self, path: str, root: Any) -> list[Any]:
        """All that the path selects; a path that is none, or that costs too much, is a BadRequest."""
        try:
            compiled = self._environment.compile(normal(path))
            if not isinstance(compiled, jsonpath.JSONPath):
                raise BadRequest(f"'{path}' is more than one JSONPath.")
            selectors, terms = _weights(compiled, path)
            self.spend(len(path))
            nodes: Iterable[jsonpath.JSONPathMatch] = [_Node(root, root, self.spend, selectors, terms)]
            for segment in compiled.segments:
                nodes = segment.resolve(nodes)
            return [node.obj for node in nodes]
        except jsonpath.JSONPathError as error:
            raise BadRequest(f"'{path}' is no JSONPath: {str(error).splitlines()[0]}.") from None
        except RecursionError:
            raise BadRequest(f"'{path}' is nested too deeply.") from None


def _weights(path: jsonpath.JSONPath, text: str) -> tuple[int, int]:
    """The most selectors of a segment, and the terms of all filters."""
    terms = 0
    for selector in (selector for segment in path.segments for selector in segment.selectors):
        if not isinstance(selector, KNOWN):
            raise BadRequest(f"'{text}' is no JSONPath: {str(selector)!r} is not known.")
        if isinstance(selector, Filter):
            for term in walk(selector.expression):
                terms += 1
                if isinstance(term, FilterQuery):
                    if not term.path.singular_query():
                        raise BadRequest(f"'{text}': {str(term)!r} in a filter must name one member.")
                    terms += len(term.path.segments)
    return max((len(segment.selectors) for segment in path.segments), default=1), terms


class _Node(jsonpath.JSONPathMatch):
    """A part of the answer, counted when it is made. Neither its place nor what is below it is kept: that takes half
    of the time."""

    __slots__ = ("selectors", "spend", "terms")

    def __init__(self, obj: Any, root: Any, spend: Callable[[int], None], selectors: int, terms: int) -> None:
        super().__init__(filter_context={}, obj=obj, parent=None, path="", parts=(), root=root)
        self.spend, self.selectors, self.terms = spend, selectors, terms
        spend(selectors + (terms * len(obj) if terms and isinstance(obj, dict | list) else 0))

    def new_child(self, obj: object, key: int | str) -> _Node:
        return _Node(obj, self.root, self.spend, self.selectors, self.terms)

    def add_child(self, *children: jsonpath.JSONPathMatch) -> None:
        """Nobody asks."""


def searched(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether the regular expression (RE2's syntax) is found in the text; what is none is a BadRequest."""
    import pyarrow  # most processes never need it, and it takes a second to load
    import pyarrow.compute as pc

    try:
        return bool(pc.match_substring_regex(pyarrow.scalar(text), pattern, ignore_case=ignore_case).as_py())
    except pyarrow.ArrowInvalid as error:
        raise BadRequest(f"{error}.") from None


def cost(pattern: str) -> int:
    """Microseconds that RE2 takes to understand the expression, as measured: a class of Unicode has hundreds of
    ranges, and what is repeated is written out."""
    times = prod(max(int(number) for number in found if number) for found in _REPEATED.findall(pattern))
    classes = pattern.count("\\p") + pattern.count("\\P")
    return 20 + (len(pattern) + 1_500 * classes) * min(max(times, 2), 1_000) // 2


class _Regex(FilterFunction):
    """``match`` (the whole text) and ``search`` (some of it) of RFC 9535."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]
    return_type = ExpressionType.LOGICAL

    def __init__(self, form: str, spend: Callable[[int], None]) -> None:
        self.form = form
        self.spend = spend

    def __call__(self, value: object, pattern: object) -> bool:
        if not isinstance(value, str) or not isinstance(pattern, str):
            return False
        self.spend(cost(pattern) + len(value) // 100)
        return searched(self.form.format(pattern), value)


class _Environment(jsonpath.JSONPathEnvironment):
    def __init__(self, spend: Callable[[int], None]) -> None:
        self.spend = spend
        super().__init__(filter_caching=False)  # it copies the whole filter for each node

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions["match"] = _Regex("^(?:{})$", self.spend)
        self.function_extensions["search"] = _Regex("{}", self.spend)

    def compare(self, left: object, operator: str, right: object) -> bool:
        if operator == "=~" and isinstance(left, str) and isinstance(right, re.Pattern):
            self.spend(cost(right.pattern) + len(left) // 100)
            return searched(f"^(?:{right.pattern})$", left, ignore_case=bool(right.flags & re.IGNORECASE))
        if operator in ("in", "contains"):
            raise BadRequest(f"A JSONPath has no operator '{operator}'.")
        if {type(left), type(right)} <= {dict, list}:
            return operator == "!="  # as Json.NET has it, which compares single values
        return super().compare(left, operator, right)
