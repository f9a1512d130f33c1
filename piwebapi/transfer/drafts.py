"""Objects on their way into the database: new ones and changed ones, saved together."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, UUIDField
from django.utils import timezone

from piwebapi.core.chunks import chunks

from .report import Report

M = TypeVar("M", bound=Model)
AT_ONCE = 500


class Drafts(Generic[M]):
    """`known` maps keys to objects that are there already: they take the file's values, or with `update`
    off stay as they are, and it is reported in what they differ. GUIDs of the file are kept as far as they are free."""

    def __init__(
        self,
        model: type[M],
        known: dict[Any, M],
        report: Report,
        ids: Iterable[UUID],
        update: bool = True,
    ) -> None:
        self.model, self.known, self.report, self.update = model, known, report, update
        self.new: dict[Any, M] = {}
        self.changed: dict[Any, dict[str, Any]] = {}  # with what the columns held before
        self._met: set[Any] = set()
        self._put: set[Any] = set()
        ids = list(ids) if isinstance(model._meta.pk, UUIDField) else []
        self._taken: set[UUID] = set()
        for chunk in chunks(ids):
            self._taken |= set(model._default_manager.filter(pk__in=chunk).values_list("pk", flat=True))

    def put(self, key: Hashable, id: UUID | None = None, **columns: Any) -> M:
        """The object of this key with these columns. Foreign keys by their column (``parent_id``)."""
        found = self.known.get(key)
        if key in self._put:
            self.report.gap(f"second {self.model._meta.verbose_name} of one name; the last one counts", str(found))
        self._put.add(key)
        if found is None:
            if id is not None and id not in self._taken:
                columns["id"] = id
                self._taken.add(id)
            found = self.known[key] = self.new[key] = self.model(**columns)
            return found
        self._met.add(key)
        before = {name: getattr(found, name) for name in columns if getattr(found, name) != columns[name]}
        if before and key not in self.new and not self.update:
            kind = self.model._meta.verbose_name
            self.report.gap(f"{kind} that is another one here", f"{found} -> {', '.join(sorted(before))}")
        else:
            for name in before:
                setattr(found, name, columns[name])
            if before and key not in self.new:
                self.changed[key] = before | self.changed.get(key, {})
        return found

    def save(self) -> None:
        """Saves and counts; the next ones can follow."""
        kind = str(self.model._meta.verbose_name_plural)
        self.model._default_manager.bulk_create(self.new.values(), batch_size=AT_ONCE)
        by_columns: dict[frozenset[str], list[M]] = {}
        for key, columns in self.changed.items():
            by_columns.setdefault(frozenset(columns), []).append(self.known[key])
        for names, rows in by_columns.items():
            save_columns(self.model, rows, names)
        counts = (len(self.new), len(self.changed), len(self._met - self.new.keys() - self.changed.keys()))
        report = self.report
        for counter, count in zip((report.created, report.updated, report.unchanged), counts, strict=True):
            if count:
                counter[kind] += count
        self.new, self.changed, self._met = {}, {}, set()


def save_columns(model: type[M], rows: Sequence[M], names: Iterable[str]) -> None:
    """Columns of many objects, with the time of the change. `names` may be those of foreign key columns."""
    fields = {model._meta.get_field(name.removesuffix("_id")).name for name in names}
    if any(field.name == "modified" for field in model._meta.concrete_fields):
        fields.add("modified")
        moment = timezone.now()
        for row in rows:
            row.modified = moment  # type: ignore[attr-defined]
    model._default_manager.bulk_update(rows, fields, batch_size=200)


def link_categories(model: Any, wanted: Mapping[UUID, Iterable[UUID]]) -> None:
    """The categories of these objects become exactly the wanted ones."""
    through = model.categories.through
    owner, category = (
        field.attname
        for field in (
            through._meta.get_field(model.categories.field.m2m_field_name()),
            through._meta.get_field(model.categories.field.m2m_reverse_field_name()),
        )
    )
    for chunk in chunks(list(wanted)):
        through.objects.filter(**{f"{owner}__in": chunk}).delete()
    through.objects.bulk_create(
        [through(**{owner: pk, category: other}) for pk, others in wanted.items() for other in dict.fromkeys(others)],
        batch_size=AT_ONCE,
    )
