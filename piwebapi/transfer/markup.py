"""XML as an export writes it: small trees of tags that become text at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

#: what XML 1.0 cannot hold, not even as a reference
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def leaf(tag: str, text: object, **attributes: str) -> str:
    """A tag with a text; truth values as AF writes them. No text at all: an empty tag."""
    written = str(text)
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag}{given}>{_text(written)}</{tag}>" if written else f"<{tag}{given} />"


def told(tag: str, text: object, usual: object = "") -> str:
    """As `leaf`; nothing where the text is the usual one."""
    return "" if text == usual else leaf(tag, text)


def node(tag: str, parts: Iterable[str], **attributes: str) -> str:
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag}{given}>{''.join(parts)}</{tag}>"


def head(obj: object, ids: bool) -> str:
    """What every object begins with."""
    own = leaf("id", obj.pk) if ids else ""  # type: ignore[attr-defined]
    return own + leaf("Name", obj.name) + told("Description", obj.description)  # type: ignore[attr-defined]


def _text(text: str) -> str:
    """Readers turn a carriage return into a line feed unless it is written as a reference."""
    return escape(_IMPOSSIBLE.sub("\ufffd", text), {"\r": "&#13;"})


_NOT_IN_NAMES = re.compile(r"[^\w.-]|^[^A-Za-z_]|_(?=x[0-9A-Fa-f]{4}_)")


def name_of(text: str) -> str:
    """A text as the name of a tag: .NET writes characters that names cannot hold as ``_x0020_``."""
    return _NOT_IN_NAMES.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
