"""What goes away with an object, in numbers: a database's 50,000 attributes fill no page one by one."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib.admin import AdminSite
from django.db import router
from django.db.models import Model, ProtectedError, QuerySet, RestrictedError
from django.db.models.deletion import Collector
from django.http import HttpRequest
from django.utils.html import format_html

SHOWN = 20
#: more objects than these are not looked into before they are deleted
LOOKED_INTO = 200

Summary = tuple[list[str], dict[str, int], set[str], list[str]]


def summary(objects: Any, request: HttpRequest, site: AdminSite) -> Summary:
    """As `ModelAdmin.get_deleted_objects`: what to show, counts by kind, kinds that the user may not delete, and
    objects that stand against it."""
    chosen = objects if isinstance(objects, QuerySet) else list(objects)
    number = chosen.count() if isinstance(chosen, QuerySet) else len(chosen)
    if not number:
        return [], {}, set(), []
    if number > LOOKED_INTO:
        model = chosen.model if isinstance(chosen, QuerySet) else type(chosen[0])
        return ["What lives in them, too."], {_plural(model): number}, _forbidden({model}, request, site), []
    collector = Collector(using=router.db_for_write(type(chosen[0])), origin=chosen)
    try:
        collector.collect(chosen)
    except (ProtectedError, RestrictedError) as error:
        users = list(getattr(error, "protected_objects", None) or getattr(error, "restricted_objects", ()))
        return [], {}, set(), [f"{type(user)._meta.verbose_name}: {user}" for user in users[:SHOWN]]
    counts: Counter[type[Model]] = Counter()
    for model, rows in collector.data.items():
        counts[model] += len(rows)
    for rows in collector.fast_deletes:
        counts[rows.model] += rows.count()
    shown = [str(one) for one in chosen[:SHOWN]]
    if number > SHOWN:
        shown.append(f"and {number - SHOWN} more")
    told = {_plural(model): count for model, count in counts.items() if count and not model._meta.auto_created}
    return shown, told, _forbidden({model for model, count in counts.items() if count}, request, site), []


def outline(
    objects: list[tuple[Model, str]], kinds: set[type[Model]], request: HttpRequest, site: AdminSite
) -> Summary:
    """Of objects that hold much, with a text that tells how much; `kinds` live in them. What stands against it is
    found when it is done."""
    if not objects:
        return [], {}, set(), []
    model = type(objects[0][0])
    shown = [format_html("{}: {}", obj, text) for obj, text in objects]
    return shown, {_plural(model): len(objects)}, _forbidden({model, *kinds}, request, site), []


def _plural(model: type[Model]) -> str:
    return str(model._meta.verbose_name_plural)


def _forbidden(models: set[type[Model]], request: HttpRequest, site: AdminSite) -> set[str]:
    """Kinds that have no page of their own go with their owners; rows that only the server writes do, too."""
    return {
        str(model._meta.verbose_name)
        for model in models
        if not model._meta.auto_created
        and not request.user.has_perm(f"{model._meta.app_label}.delete_{model._meta.model_name}")
        and site.is_registered(model)
    }
