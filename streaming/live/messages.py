"""What a client of the subscribe socket sends, from text to a JSON object. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


class NoMessage(ValueError):
    """The text is no message at all; why, for the client."""


def read(text: str) -> Mapping[str, Any]:
    """The members of a message. What is read can be echoed: orjson reads 1,024 levels and writes 254."""
    try:
        given = orjson.loads(text)
        orjson.dumps([[[[given]]]])  # an answer holds parts of it, so many levels deeper
    except orjson.JSONDecodeError as error:
        raise NoMessage(f"The message is not JSON: {error}.") from None
    except orjson.JSONEncodeError:
        raise NoMessage("The message is nested too deeply; 200 levels are enough.") from None
    if not isinstance(given, Mapping):
        raise NoMessage("A message must be a JSON object with an Action.")
    return given


def shown(value: Any) -> str:
    """For a sentence to the client."""
    return orjson.dumps(value).decode()[:200]
