"""Forms with PI times: texts that the services read, while the columns hold ticks."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from piwebapi.admin.writing import ServiceForm

HELP = "A PI time: 2026-11-26T08:00:00Z, *-1h, t+8h ..."


def time_field(more: str = "", required: bool = True, initial: str | None = None) -> forms.CharField:
    return forms.CharField(
        widget=UnfoldAdminTextInputWidget, required=required, initial=initial, help_text=f"{HELP} {more}".strip()
    )


class TimesForm(ServiceForm):
    times: ClassVar[tuple[str, ...]] = ("start", "end")

    def _post_clean(self) -> None:
        """The model must not see the texts."""
        texts = {name: self.cleaned_data.pop(name) for name in self.times if name in self.cleaned_data}
        super()._post_clean()
        self.cleaned_data |= texts

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), *self.times}
