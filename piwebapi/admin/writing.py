"""Forms of the admin write through the services, as REST does: one set of rules, one set of sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet, TextField
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextareaWidget

from piwebapi.core.errors import ApiError
from piwebapi.core.times import from_datetime
from piwebapi.models import Unit
from piwebapi.services import objects, security

from .base import Admin

#: form fields to keywords of the services
KEYWORDS = {"categories": "category_names", "enumeration_set": "type_qualifier"}


def now() -> int:
    return from_datetime(timezone.now())


def delete_each(delete: Callable[[Any], None] = objects.delete) -> Callable[[QuerySet[Any]], None]:
    def delete_rows(rows: QuerySet[Any]) -> None:
        for row in rows:
            delete(row)

    return delete_rows


@dataclass(frozen=True)
class Writing:
    """The services of a kind; None: the admin does not offer it. `delete` takes a queryset.

    A new object goes into the first of the `homes` (form fields) that is filled. `once` are fields that are
    chosen when the object is made and stay so; `keywords` names service keywords that differ from the fields.
    """

    create: Callable[..., Any] | None = None
    update: Callable[..., None] | None = None
    delete: Callable[[QuerySet[Any]], None] | None = delete_each()  # noqa: RUF009 - frozen
    homes: tuple[str, ...] = ("database",)
    once: tuple[str, ...] = ()
    keywords: Mapping[str, str] = field(default_factory=dict)

    def spoken(self, form: Any, names: Iterable[str]) -> dict[str, Any]:
        """Form values as the services take them: related objects by their names, "" for none."""
        keywords = {**KEYWORDS, **self.keywords}
        return {
            keywords.get(name, name): _spoken(form.cleaned_data[name], form.fields[name])
            for name in names
            if name in form.cleaned_data
        }

    def home(self, values: Mapping[str, Any]) -> list[Any]:
        return [next(values[name] for name in self.homes if values.get(name))] if self.homes else []


def _spoken(value: Any, form_field: forms.Field) -> Any:
    if isinstance(value, QuerySet):
        return [row.name for row in value]
    if value is None and isinstance(form_field, forms.ModelChoiceField):
        return ""
    if isinstance(value, Model) and not isinstance(value, Unit):
        return value.name
    return value


class ServiceForm(forms.ModelForm):
    """`refusal` holds the sentences with which a service has refused what the form says."""

    refusal: ClassVar[tuple[str, ...]] = ()
    homes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.homes if len(self.homes) > 1 else ():
            if name in self.fields:
                self.fields[name].required = False  # one of them is enough

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.homes and self.instance._state.adding and not any(values.get(name) for name in self.homes):
            raise ValidationError(f"Choose where it belongs: {' or '.join(self.homes)}.".replace("_", " "))
        if self.refusal:
            raise ValidationError(list(self.refusal))
        return values


class ServiceAdmin(Admin):
    """Adds, changes and deletes by `writing`. A refusal rolls everything back and stands above the form."""

    form = ServiceForm
    writing: ClassVar[Writing]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.writing.create is not None and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.writing.update is not None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.writing.delete is not None and super().has_delete_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), *(self.writing.once if obj else ()))

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.refusal, form.homes = getattr(request, "refusal", ()), self.writing.homes
        return form

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ApiError as refusal:
            request.refusal = refusal.messages
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The services decide what changes by comparing with the row as it is, so it is read anew: `obj` bears
        the values of the form already."""
        if change:
            values = self.writing.spoken(form, form.changed_data)
            if values:
                self.writing.update(self.get_queryset(request).get(pk=obj.pk), now=now(), **values)
            return
        names = [name for name in form.cleaned_data if name not in self.writing.homes]
        values = self.writing.spoken(form, names)
        made = self.writing.create(*self.writing.home(form.cleaned_data), now=now(), **values)
        obj.__dict__.update(made.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Categories have been written by the service."""
        for formset in formsets:
            self.save_formset(request, form, formset, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        writing = next(inline.writing for inline in self.inlines if inline.model is formset.model)
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        for row in formset.deleted_forms:
            if row.instance.pk and not row.instance._state.adding:
                formset.deleted_objects.append(row.instance)
                writing.delete(formset.model._default_manager.filter(pk=row.instance.pk))
        for row in formset.forms:
            if row in formset.deleted_forms or not row.has_changed():
                continue
            names = [name for name in row.changed_data if name not in (formset.fk.name, "id", "DELETE")]
            values = writing.spoken(row, names)
            if row.instance._state.adding:
                formset.new_objects.append(writing.create(form.instance, now=now(), **values))
            else:
                writing.update(formset.model._default_manager.get(pk=row.instance.pk), now=now(), **values)
                formset.changed_objects.append((row.instance, row.changed_data))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, self.get_queryset(request).filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.writing.delete(queryset)
        if self.resource is not None:
            security.forget_gone(self.model())

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponseBase:
        return self._refusable(request, super().delete_view, request, object_id, extra_context)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase | None:
        with_one = super().response_action
        return self._refusable(request, transaction.atomic(with_one), request, queryset)

    def _refusable(self, request: HttpRequest, act: Callable[..., Any], *args: Any) -> Any:
        """What a service refuses is said on the page that the user comes from."""
        try:
            return act(*args)
        except ApiError as refusal:
            for sentence in refusal.messages:
                self.message_user(request, sentence, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class ServiceInline(TabularInline):
    """Rows of another kind on the page of their owner, written by their own services."""

    writing: ClassVar[Writing]
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 1})}
    }
    extra = 0
    per_page = 50
    show_change_link = True
