"""JSONPath as batch requests use it, on the library `python-jsonpath`.

Clients write ids of any characters behind a dot (``$.1.Content``, ``$.my-id.Headers.Location``), which
RFC 9535 does not allow; such names are put into brackets first.

Regular expressions of clients are searched by RE2, which comes with pyarrow, in time that grows with the text. Python's
own ``re`` takes a minute for ``(a+)+$`` on thirty letters, and holds up the whole process meanwhile.
"""

from __future__ import annotations

import re
from typing import Any

import jsonpath
from jsonpath.function_extensions import ExpressionType, FilterFunction

from .errors import BadRequest

_BRACKET = re.compile(r"""\[(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\]'"])*\]""")
_NAME = re.compile(r"[^.\[\]]+")
_ROOT_NAME = re.compile(r"""\$\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]""")


def is_path(text: str) -> bool:
    return text.startswith(("$.", "$["))


def normal(path: str) -> str:
    """The path with every plain name in brackets: ``$.1.Items[*].Name`` is ``$['1']['Items'][*]['Name']``."""
    found, at = ["$"], 1
    while at < len(path):
        bracket = _BRACKET.match(path, at)
        if bracket:
            found.append(bracket[0])
            at = bracket.end()
            continue
        name = _NAME.match(path, at + 1) if path[at] == "." else None
        if name is None:
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


def select(path: str, root: Any) -> list[Any]:
    """All that the path selects; a path that is none is a BadRequest."""
    try:
        return list(_ENVIRONMENT.findall(normal(path), root))
    except jsonpath.JSONPathError as error:
        raise BadRequest(f"'{path}' is no JSONPath: {str(error).splitlines()[0]}.") from None


def searched(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether the regular expression (RE2's syntax) is found in the text; what is none is a BadRequest."""
    import pyarrow  # most processes never need it, and it takes a second to load
    import pyarrow.compute as pc

    try:
        return bool(pc.match_substring_regex(pyarrow.scalar(text), pattern, ignore_case=ignore_case).as_py())
    except pyarrow.ArrowInvalid as error:
        raise BadRequest(f"{error}.") from None


class _Regex(FilterFunction):
    """``match`` (the whole text) and ``search`` (some of it) of RFC 9535."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]
    return_type = ExpressionType.LOGICAL

    def __init__(self, form: str) -> None:
        self.form = form

    def __call__(self, value: object, pattern: object) -> bool:
        if not isinstance(value, str) or not isinstance(pattern, str):
            return False
        return searched(self.form.format(pattern), value)


class _Environment(jsonpath.JSONPathEnvironment):
    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions["match"] = _Regex("^(?:{})$")
        self.function_extensions["search"] = _Regex("{}")

    def compare(self, left: object, operator: str, right: object) -> bool:
        if operator == "=~" and isinstance(left, str) and isinstance(right, re.Pattern):
            return searched(f"^(?:{right.pattern})$", left, ignore_case=bool(right.flags & re.IGNORECASE))
        return super().compare(left, operator, right)


_ENVIRONMENT = _Environment()
