"""Bodies to bytes: JSON by orjson, or the page of a browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson
from rest_framework.renderers import BaseRenderer


def json_bytes(body: Any) -> bytes:
    """Ready JSON passes through; `orjson.Fragment` may stand anywhere inside."""
    if isinstance(body, bytes):
        return body
    return orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def encode(value: str) -> str:
    """A header value: what is not ASCII is percent-encoded."""
    return value if value.isascii() else quote(value, safe=":/?#[]@!$&'()*+,;=%")


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return json_bytes(data)


class PageRenderer(BaseRenderer):
    """The browsable form of every URL; browsers ask for text/html."""

    media_type = "text/html"
    format = "page"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        from .browse import page_of

        return page_of(b"" if data is None else json_bytes(data), renderer_context or {})
