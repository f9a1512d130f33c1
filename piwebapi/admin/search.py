"""The search box of a list: the beginning of a name, a pattern with wildcards, a path, a WebId or an id."""

from __future__ import annotations

import re
from uuid import UUID

from django.db.models import AutoField, Model, Q, UUIDField

from piwebapi.access import look_up, understand
from piwebapi.core.errors import ApiError
from piwebapi.core.webid import WebId
from piwebapi.core.wildcards import Pattern
from piwebapi.queries.filters import named

_WEB_ID = re.compile(r"[FIPLD]1[A-Za-z]{2}[A-Za-z0-9_-]{12,}")
_GUID = re.compile(r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")
#: whose object may be meant by a path: of an element, an event frame, a database ... (`core.webid`)
_OWNERS = ("", *"EFRDXTL")


def found(model: type[Model], column: str, text: str) -> Q:
    """The condition of a search. `column` is folded; it needs an index for a prefix to be quick."""
    text = text.strip()
    if not text:
        return Q()
    if text.startswith("\\\\") or _WEB_ID.fullmatch(text):
        return Q(pk=_named_object(model, text))
    if _GUID.fullmatch(text) and isinstance(model._meta.pk, UUIDField):
        return Q(pk=UUID(text))
    if text.isascii() and text.isdigit() and len(text) < 10 and isinstance(model._meta.pk, AutoField):
        return Q(pk=int(text)) | _beginning(column, text)
    return _beginning(column, text)


def _beginning(column: str, text: str) -> Q:
    try:
        pattern = Pattern.parse(text)
        return named(pattern if pattern.exact is None else Pattern.parse(f"{text}*"), column)
    except ApiError:
        return Q(pk=None)


def _named_object(model: type[Model], text: str) -> object | None:
    """Rights are the admin's here: what it lists is what the user may see."""
    kind = getattr(model, "KIND", "")
    try:
        if text.startswith("\\\\"):
            asked = [WebId("P", kind, owner, None, None, None, text[2:]) for owner in _OWNERS]
        else:
            asked = [understand(text)]
        hits = (look_up(web_id) for web_id in asked)
        return next((hit.pk for hit in hits if isinstance(hit, model)), None)
    except ApiError:
        return None
