"""The forms of the admin as a browser would send them."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse


def filled(browser: Client, address: str) -> dict[str, Any]:
    """The values that the page shows, those of the rows of other kinds on it included."""
    context = browser.get(address).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    values = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value is None or value is False:
                continue
            values[field.html_name] = [getattr(one, "pk", one) for one in value] if isinstance(value, list) else value
    return values


def change(browser: Client, obj: Model, **changes: Any) -> HttpResponse:
    meta = obj._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=(obj.pk,))
    return browser.post(address, filled(browser, address) | changes)


def said(answer: HttpResponse) -> str:
    """The page's text with the characters that HTML writes otherwise."""
    text = answer.content.decode()
    for code, character in (("&#x27;", "'"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(code, character)
    return text
