"""The page that takes an AF XML export and tells what became of it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from piwebapi.core.errors import ApiError
from piwebapi.transfer import importer
from piwebapi.transfer.document import Document
from piwebapi.transfer.report import Report

from .writing import now


class ImportForm(forms.Form):
    file = forms.FileField(label="AF XML file", widget=UnfoldAdminFileFieldWidget)
    server = forms.CharField(
        label="Asset server",
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Empty: the one that is here.",
    )
    database = forms.CharField(
        label="Asset database",
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Empty: the one that the file names.",
    )
    create_points = forms.BooleanField(
        label="Create missing points",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Points that attributes refer to and that are not here become stored points without values.",
    )


def page(admin: Any, request: HttpRequest) -> HttpResponse:
    """All of the file or, with a sentence that tells why, nothing."""
    form = ImportForm(request.POST or None, request.FILES or None)
    report: Report | None = None
    if request.method == "POST" and form.is_valid():
        try:
            report = imported(form.cleaned_data)
        except ApiError as refusal:
            for sentence in refusal.messages:
                form.add_error(None, sentence)
    context = {
        **admin.admin_site.each_context(request),
        "title": "Import AF XML",
        "form": form,
        "lines": list(report.lines()) if report else None,
        "megabytes": settings.OSIPI_MAX_BODY // 2**20,
        "opts": admin.opts,
    }
    return TemplateResponse(request, "admin/piwebapi/assetdatabase/import.html", context)


def imported(values: dict[str, Any]) -> Report:
    """The importer reads the file several times, so it is put into a folder that goes away."""
    upload = values["file"]
    options = importer.Options(values["server"].strip(), values["database"].strip(), values["create_points"])
    with TemporaryDirectory(prefix="osipi-import-") as folder:
        path = Path(folder) / "upload.xml"
        with path.open("wb") as copy:
            for chunk in upload.chunks():
                copy.write(chunk)
        try:
            return importer.run(Document(path), options, now=now())
        except ApiError as refusal:
            raise type(refusal)(*(text.replace(str(path), upload.name) for text in refusal.messages)) from None
