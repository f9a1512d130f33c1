"""API tokens: the text is told once, on the page that answers its making, and is stored nowhere."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.decorators import display

from piwebapi.models import ApiToken

from .base import Admin, section
from .filters import choice, equal


class TokenForm(forms.ModelForm):
    """The rules of `manage.py create_token`."""

    owner: Any = None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        owner = values.get("user") or self.owner
        if self.instance._state.adding and not owner.is_active:
            raise ValidationError(f"User '{owner}' is not active; the token would be refused.")
        if values.get("scope") == ApiToken.Scope.WRITE and not owner.is_staff:
            raise ValidationError(f"User '{owner}' is not staff and may only read; so may the token.")
        if values.get("expires") and values["expires"] <= timezone.now():
            raise ValidationError("The token would have expired already.")
        return values


@admin.register(ApiToken)
class ApiTokenAdmin(Admin):
    """Who is no superuser sees and makes tokens of their own only."""

    form = TokenForm
    relations = ("user",)
    list_display = ("name", "user", "scope", "is_live", "created", "expires", "last_used")
    list_filter = (choice("scope", "scope", equal("scope", ApiToken.Scope.values)),)
    search_fields = ("name",)
    ordering = ("-created", "pk")
    autocomplete_fields = ("user",)
    readonly_fields = ("created", "last_used")
    actions = ("revoke", "export_csv")
    actions_selection_counter = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        rows = super().get_queryset(request).defer("digest")
        return rows if request.user.is_superuser else rows.filter(user=request.user)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        term = search_term.strip()
        return (queryset.filter(name__istartswith=term) if term else queryset), False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        owner = ("user",) if request.user.is_superuser else ()
        told = ("created", "last_used") if obj else ()
        return (section("API token", *owner, "name", "scope", "expires", *told),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), *(("user", "scope") if obj else ()))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.owner = obj.user if obj else request.user
        return form

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=form.changed_data)
            return
        values = {"user": request.user, **form.cleaned_data}
        made, request.token_text = ApiToken.issue(**values)
        obj.__dict__.update(made.__dict__)

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: Any = None) -> HttpResponse:
        """The page itself, not a message of the next one, which would be kept in a cookie; no page of the admin may be
        stored by browsers."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"API token '{obj.name}'",
            "token": obj,
            "text": request.token_text,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/piwebapi/apitoken/made.html", context)

    @display(description="Valid", boolean=True)
    def is_live(self, token: ApiToken) -> bool:
        return token.user.is_active and not (token.expires and token.expires <= timezone.now())

    @admin.action(description="Revoke", permissions=["delete"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Row by row: the signal of each makes the server forget the token at once."""
        rows = list(queryset)
        for token in rows:
            self.log_change(request, token, "Revoked.")
            token.delete()
        self.message_user(request, f"{len(rows)} revoked. Whoever uses them is refused from now on.", messages.SUCCESS)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            token.delete()
