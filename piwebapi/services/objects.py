"""Creating, changing and deleting rows of any kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import RestrictedError

from piwebapi.core.errors import BadRequest
from piwebapi.core.paths import check_name
from piwebapi.core.webid import fold
from piwebapi.models import (
    AnalysisCategory,
    AttributeCategory,
    ElementCategory,
    EnumerationSet,
    FoldedField,
    TableCategory,
)

CATEGORY_MODELS = {
    "ElementTemplate": ElementCategory,
    "Element": ElementCategory,
    "EventFrame": ElementCategory,
    "Attribute": AttributeCategory,
    "EventFrameAttribute": AttributeCategory,
    "AttributeTemplate": AttributeCategory,
    "Analysis": AnalysisCategory,
    "AnalysisTemplate": AnalysisCategory,
    "Table": TableCategory,
}


def insert(obj: models.Model, database: Any = None, category_names: Iterable[str] = ()) -> Any:
    """Save a new object; a second one of the same name in the same place is refused."""
    obj.name = check_name(obj.name)
    refuse_unfit(obj)
    try:
        with transaction.atomic():
            obj.save(force_insert=True)
    except IntegrityError:
        raise BadRequest(_exists(obj)) from None
    if category_names:
        obj.categories.set(categories(type(obj), database, category_names))
    return obj


def change(obj: models.Model, changes: dict[str, Any], database: Any = None) -> None:
    """Set the given columns; others stay as they are. `database`: where `category_names` are known, if the object has
    none of its own."""
    category_names = changes.pop("category_names", None) if type(obj).__name__ in CATEGORY_MODELS else None
    if "name" in changes:
        changes["name"] = check_name(changes["name"])
    for column, value in changes.items():
        setattr(obj, column, value)
    if changes or category_names is not None:
        save(obj, changes)
    if category_names is not None:
        obj.categories.set(categories(type(obj), database or obj.database, category_names))


def update(obj: models.Model, *, now: int, **changes: Any) -> None:
    """The service of kinds whose columns take the values as they are."""
    change(obj, changes)


def save(obj: models.Model, columns: Iterable[str]) -> None:
    """Save these columns, their folded twins and the time of the change."""
    columns = set(columns)
    for field in obj._meta.concrete_fields:
        if isinstance(field, FoldedField) and field.source in columns:
            columns.add(field.name)
        if getattr(field, "auto_now", False):
            columns.add(field.name)
    refuse_unfit(obj, columns)
    try:
        with transaction.atomic():
            obj.save(update_fields=columns)
    except IntegrityError:
        raise BadRequest(_exists(obj)) from None


def refuse_unfit(obj: models.Model, columns: Iterable[str] | None = None) -> None:
    """Texts and numbers that the columns cannot hold: PostgreSQL would fail, SQLite keep them."""
    faults = []
    for field in obj._meta.concrete_fields:
        if isinstance(field, FoldedField) or (columns is not None and field.name not in columns):
            continue
        value, name = getattr(obj, field.attname), "".join(part.title() for part in field.name.split("_"))
        if isinstance(value, str) and field.max_length and len(value) > field.max_length:
            faults.append(f"{name} has {len(value)} characters; at most {field.max_length} can be kept.")
        if isinstance(field, models.SmallIntegerField) and value is not None and not -(2**15) <= value < 2**15:
            faults.append(f"{name} must fit 16 bits.")
    if faults:
        raise BadRequest(*faults)


def delete(obj: models.Model) -> None:
    """With everything that lives in it; an object that others are made from is refused."""
    try:
        obj.delete()
    except RestrictedError as error:
        users = sorted({f"{type(user)._meta.verbose_name}" for user in error.restricted_objects})
        raise BadRequest(
            f"'{obj}' is used by {len(error.restricted_objects)} objects ({', '.join(users)}) and cannot be deleted."
        ) from None


def categories(model: type, database: Any, names: Iterable[str]) -> list[Any]:
    """The categories of these names; unknown ones are refused together."""
    names = list(names)
    kind = CATEGORY_MODELS[model.__name__]
    found = {row.name_key: row for row in kind.objects.filter(database=database)}
    unknown = [name for name in names if fold(name) not in found]
    if unknown:
        raise BadRequest(f"Unknown categories: {', '.join(unknown)}.")
    return [found[fold(name)] for name in names]


def one_named(rows: models.QuerySet[Any], name: str, what: str) -> Any | None:
    """The row of this name, None for an empty name; an unknown name is refused."""
    if not name:
        return None
    found = rows.filter(name_key=fold(name)).first()
    if found is None:
        raise BadRequest(f"{what} '{name}' does not exist.")
    return found


def enumeration_set(database: Any, name: str) -> EnumerationSet | None:
    return one_named(EnumerationSet.objects.filter(database=database), name, "The enumeration set")


def _exists(obj: Any) -> str:
    kind = type(obj)._meta.verbose_name
    return f"There is already {'an' if kind[0] in 'aeiou' else 'a'} {kind} with the name '{obj.name}' here."
