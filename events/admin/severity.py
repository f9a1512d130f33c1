"""The severity of event frames in forms."""

from __future__ import annotations

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget

from events.models import SEVERITIES


def severity_field() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        choices=[("", "As in the template"), *enumerate(SEVERITIES)],
        coerce=int,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
