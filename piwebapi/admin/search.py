"""The search box of a list: the beginning of a name, a pattern with wildcards, a path, a WebId or an id."""

from __future__ import annotations

import re
from uuid import UUID

from django.db.models import AutoField, Model, Q, UUIDField

from piwebapi.access import find, find_by_path
from piwebapi.callers import Caller
from piwebapi.core.errors import ApiError
from piwebapi.core.wildcards import Pattern
from piwebapi.queries.filters import named

_WEB_ID = re.compile(r"[FIPLD]1[A-Za-z]{2}[A-Za-z0-9_-]{12,}")
_GUID = re.compile(r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")
#: rights are the admin's here: what it lists is what the user may see
_READER = Caller("admin", None, "session", True, False, True)


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
    kind = getattr(model, "KIND", None)
    try:
        one = find_by_path(_READER, text, kind) if text.startswith("\\\\") else find(_READER, text, kind)
    except ApiError:
        return None
    return one.pk if isinstance(one, model) else None
