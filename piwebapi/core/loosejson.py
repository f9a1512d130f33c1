"""JSON as clients of the vendor's server write it: also with single quotes, and as Python prints it.

The vendor's parser takes ``{'Value': 4.2}``, which its own samples send in the Content of batch requests;
other clients send ``repr`` of a dictionary, with True, False and None.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

_PIECE = re.compile(r"""'(?P<single>(?:[^'\\]|\\.)*)'|"(?:[^"\\]|\\.)*"|[^'"]+""", re.DOTALL)
_WORD = re.compile(r"\b(True|False|None)\b")
_WORDS = {"True": "true", "False": "false", "None": "null"}


def loads(text: str | bytes) -> Any:
    """The value of strict or loose JSON; ValueError when it is neither. Strict costs nothing extra."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        source = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return orjson.loads(strict(source))


def strict(text: str) -> str:
    """Single-quoted texts become double-quoted ones, Python's words JSON's; texts keep what they say."""
    return _PIECE.sub(_piece, text)


def _piece(match: re.Match[str]) -> str:
    inner = match["single"]
    if inner is not None:
        return '"' + re.sub(r'\\\'|"', lambda found: "'" if found[0] == r"\'" else r"\"", inner) + '"'
    if match[0].startswith('"'):
        return match[0]
    return _WORD.sub(lambda word: _WORDS[word[0]], match[0])
