"""JSONPath as batch requests use it, on the library `python-jsonpath`.

Clients write ids of any characters behind a dot (``$.1.Content``, ``$.my-id.Headers.Location``), which
RFC 9535 does not allow; such names are put into brackets first.
"""

from __future__ import annotations

import re
from typing import Any

import jsonpath

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
        return list(jsonpath.findall(normal(path), root))
    except jsonpath.JSONPathError as error:
        raise BadRequest(f"'{path}' is no JSONPath: {str(error).splitlines()[0]}.") from None
