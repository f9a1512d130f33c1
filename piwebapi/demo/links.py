"""Many-to-many rows in bulk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Model


def link_categories(model: type[Model], pairs: Iterable[tuple[Any, Any]]) -> None:
    """`pairs` of (id of the object, id of the category); one INSERT for many, where `add` takes one each."""
    field: Any = model._meta.get_field("categories")
    through, owner, category = field.remote_field.through, field.m2m_column_name(), field.m2m_reverse_name()
    through._default_manager.bulk_create([through(**{owner: one, category: other}) for one, other in pairs])
