"""Whether who opened a socket may still listen: asked again while it is open. Blocking; call it in a thread."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakValueDictionary

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user_model
from django.db.models import Model, Q, QuerySet
from django.http import parse_cookie
from django.utils import timezone

from piwebapi import catalog, policy
from piwebapi.access import allowed
from piwebapi.callers import Caller
from piwebapi.core.errors import ApiError
from piwebapi.models import ApiToken
from piwebapi.securables import OWNED

from .hub import Tag


@dataclass(frozen=True)
class Standing:
    """What a caller's right to listen rests on: the password as it was, a token (its digest), a session (its key)."""

    user: Any = None
    password: str = ""
    token: str = ""
    session: str = ""


_known: WeakValueDictionary[Standing, Standing] = WeakValueDictionary()


def shared(standing: Standing) -> Standing:
    """The same for all sockets that rest on the same, so that asking for thousands is asking for a few."""
    return _known.setdefault(standing, standing)


def standing_of(headers: Mapping[str, str], query: str, caller: Caller) -> Standing:
    """From the request that the caller was found by; header names are in lower case."""
    if caller.user is None:
        return Standing()
    token = session = ""
    if caller.scheme == "bearer":
        scheme, _, text = headers.get("authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer":
            text = parse_qs(query).get("access_token", [""])[-1]
        token = ApiToken.digest_of(text.strip())
    elif caller.scheme == "session":
        session = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
    return Standing(caller.user.pk, caller.user.password, token, session)


def fallen(standings: Collection[Standing]) -> set[Standing]:
    """Those that hold no more. Two queries, and one for each session."""
    users = {standing.user for standing in standings if standing.user is not None}
    rows = get_user_model()._default_manager.filter(pk__in=users, is_active=True)
    passwords = dict(rows.values_list("pk", "password"))
    digests = {standing.token for standing in standings if standing.token}
    live = ApiToken.objects.filter(digest__in=digests).filter(Q(expires=None) | Q(expires__gt=timezone.now()))
    tokens = set(live.values_list("digest", flat=True)) if digests else set()
    store = import_module(settings.SESSION_ENGINE).SessionStore
    keys = {standing.session for standing in standings if standing.session}
    sessions = {key for key in keys if store(key).get(SESSION_KEY) is not None}
    return {
        standing
        for standing in standings
        if standing.user is not None
        and (
            passwords.get(standing.user) != standing.password
            or (standing.token and standing.token not in tokens)
            or (standing.session and standing.session not in sessions)
        )
    }


def rights_version() -> Hashable:
    """While it stays the same, nothing that was readable has become unreadable. None: look."""
    changed = catalog.version()
    return None if changed is None else (changed, policy.renewed().version)


def unreadable(wanted: Mapping[Caller, Collection[Tag]]) -> dict[Caller, set[Tag]]:
    """The tags of each caller whose objects are gone, or not the caller's to read any more: rights come from where
    an object lives now."""
    tags = {tag for some in wanted.values() for tag in some}
    there: dict[tuple[type, Any], Any] = {}
    for model in {type(tag.detail.stream.obj) for tag in tags}:
        keys = [tag.detail.stream.obj.pk for tag in tags if type(tag.detail.stream.obj) is model]
        for start in range(0, len(keys), 500):
            there |= {(model, obj.pk): obj for obj in _rows(model, keys[start : start + 500])}
    lost: dict[Caller, set[Tag]] = {}
    for caller, some in wanted.items():
        for tag in some:
            known = tag.detail.stream.obj
            obj = there.get((type(known), known.pk))
            if obj is None or not _may_read(caller, obj):
                lost.setdefault(caller, set()).add(tag)
    return lost


def _rows(model: type[Model], keys: Sequence[Any]) -> QuerySet[Any]:
    """With what an attribute has its rights from: its owner, where that lives, and its point."""
    rows = model._default_manager.filter(pk__in=keys)
    if policy.current().is_plain:
        return rows.only("pk")
    owners = [name for name in OWNED["Attribute"] if hasattr(model, name)]
    return rows.select_related(f"{owners[0]}__database__server", "point") if owners else rows


def _may_read(caller: Caller, obj: Any) -> bool:
    try:
        allowed(caller, obj, "read_data")
    except ApiError:
        return False
    return True
