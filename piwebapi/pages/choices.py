"""Where this server had to choose, as `docs/inferred.md` tells it, under the help pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import re_path
from django.utils.safestring import SafeString, mark_safe

from .reading import Reader, page

_MARKED = re.compile(r"`([^`]+)`|\*([^*]+)\*")


@dataclass
class Section:
    title: str
    texts: list[SafeString] = field(default_factory=list)
    rows: list[list[SafeString]] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        return re.sub(r"\W+", "-", self.title.lower())


def document() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "inferred.md"


@cache
def sections() -> tuple[Section, ...]:
    """The headings with their paragraphs and the rows of their tables, without the heads of these."""
    found: list[Section] = []
    for block in document().read_text(encoding="utf-8").split("\n\n"):
        lines = block.strip().splitlines()
        if lines and lines[0].startswith("#"):
            found.append(Section(lines[0].lstrip("# ")))
        elif lines and lines[0].startswith("|"):
            found[-1].rows += [_cells(line) for line in lines[2:]]
        elif lines:
            found[-1].texts.append(_html(" ".join(lines)))
    return tuple(found)


def _cells(line: str) -> list[SafeString]:
    return [_html(cell.strip()) for cell in line.strip().strip("|").split("|")]


def _html(text: str) -> SafeString:
    """The text with code and emphasis marked; everything in it is escaped."""
    marked = _MARKED.sub(lambda m: f"<code>{m[1]}</code>" if m[1] else f"<em>{m[2]}</em>", escape(text, quote=False))
    return mark_safe(marked)  # noqa: S308


@page
def choices(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    head, *others = sections()
    return render(request, "piwebapi/choices.html", {"head": head, "sections": others})


urlpatterns = [re_path(r"^piwebapi/help/choices/?$", choices)]
