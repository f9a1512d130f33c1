"""Substitution parameters: ``%Element%``, ``%..\\Element%``, ``%@Attribute%`` ...

Vendor: PI AF, list of substitution parameters. They are filled in whenever a configuration string is
evaluated and never stored. Names are taken without regard to case.
"""

from __future__ import annotations

import re

from .context import Context, Unresolved
from .values import text_of

_PARAMETER = re.compile(r"%([^%\r\n]+)%")
_ELEMENT = re.compile(r"(\\|(?:\.\.\\)*)element", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(\||(?:\.\.\|)*)attribute", re.IGNORECASE)


def substitute(text: str, context: Context) -> str:
    """The text with all parameters filled in.

    What stands between two percent signs and is no parameter stays as it is (tags may hold percent signs).
    `Unresolved` when a parameter has nothing to name here, or an attribute has no value.
    """
    if "%" not in text:
        return text
    done, at = [], 0
    while found := _PARAMETER.search(text, at):
        replacement = _replacement(found[1].strip(), context)
        end = found.end() if replacement is not None else found.end() - 1  # its last % may begin the next one
        done += [text[at : found.start()], text[found.start() : end] if replacement is None else replacement]
        at = end
    return "".join(done) + text[at:]


def _replacement(name: str, context: Context) -> str | None:
    if name.startswith("@"):
        value = context.value(name[1:])
        if value is None:
            raise Unresolved(f"The attribute '{name[1:]}' has no value.")
        return text_of(value)
    if found := _ELEMENT.fullmatch(name):
        return _named(found[1], "\\", context.elements, name)
    if found := _ATTRIBUTE.fullmatch(name):
        return _named(found[1], "|", context.attributes, name)
    return context.text(name.lower())


def _named(steps: str, separator: str, names: tuple[str, ...], parameter: str) -> str:
    """The own name, the root's for a leading separator, or that of an ancestor."""
    up = 0 if steps == separator else steps.count("..")
    if up >= len(names):
        raise Unresolved(f"There is nothing that %{parameter}% could name here.")
    return names[0] if steps == separator else names[-1 - up]
