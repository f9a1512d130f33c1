"""What the templates of all pages need: navigation, icons, times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from piwebapi import changing
from piwebapi.core.ticks import to_datetime
from piwebapi.core.times import parse_time
from piwebapi.version import OSIPI_VERSION

register = template.Library()

NAVIGATION = (
    ("/", "Home"),
    ("/elements/", "Explorer"),
    ("/points/", "Points"),
    ("/streams/", "Streams"),
    ("/trend/", "Trend"),
    ("/events/", "Events"),
    ("/ingestion/", "Ingestion"),
    ("/piwebapi", "API"),
)


@register.simple_tag
def version() -> str:
    return OSIPI_VERSION


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("site/icons.svg"), name
    )


@register.simple_tag(takes_context=True)
def navigation(context: Any) -> SafeString:
    """The links of the main menu, the one of this page marked. Error pages may have no request."""
    request = context.get("request")
    path = request.path if request is not None else ""
    here = max((url for url, _ in NAVIGATION if path == url or (url != "/" and path.startswith(url))), default="")
    current = SafeString(' aria-current="page"')
    rows = ((url, current if url == here else "", label) for url, label in NAVIGATION)
    return format_html_join("\n    ", '<a href="{}"{}>{}</a>', rows)


@register.simple_tag(takes_context=True)
def may_change(context: Any, right: str) -> bool:
    """Whether a form that needs the right is offered."""
    return changing.may_change(context["request"], right)


@register.filter
def moment(value: Any) -> SafeString | str:
    """A time of the API (text), ticks or a datetime, for reading; scripts show it in the reader's zone."""
    if value in (None, ""):
        return "-"
    if isinstance(value, str):
        value = parse_time(value, now=0, zone=UTC)
    if isinstance(value, int):
        value = to_datetime(value)
    assert isinstance(value, datetime)
    local = timezone.localtime(value)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), local.strftime("%Y-%m-%d %H:%M:%S"))


@register.filter
def grouped(value: Any) -> str:
    """Digits in groups of three."""
    return f"{value:,}" if isinstance(value, int | float) else str(value)


@register.filter
def ranges(text: str) -> list[list[str]]:
    """``"*-1h:1 h|*-8h:8 h"`` as pairs of PI time and label."""
    return [part.split(":") for part in text.split("|")]


@register.simple_tag
def severity(name: str) -> SafeString:
    return format_html('<span class="chip {}">{}{}</span>', name, icon(f"sev-{name}"), name)


QUALITIES = {"Good": "check", "Questionable": "question", "Substituted": "swap", "Bad": "cross"}


@register.simple_tag
def quality(name: str) -> SafeString:
    return format_html('<span class="chip {}">{}{}</span>', name.lower(), icon(QUALITIES[name]), name)


@register.filter
def kind(template_name: str) -> str:
    """The icon of an event frame by the name of its template."""
    kinds = {"batch": "batch", "alarm": "bell", "maintenance": "tool", "downtime": "down"}
    return next((icon_name for word, icon_name in kinds.items() if word in template_name.lower()), "info")


@register.filter
def span(seconds: float) -> str:
    """A length of time: ``2d 4h``, ``3h 10m``, ``5m 20s``; `static/site/format.js` says it alike."""
    total = max(0, round(seconds))
    days, hours, minutes = total // 86400, total // 3600 % 24, total // 60 % 60
    if days:
        return f"{days}d {hours}h"
    if hours:
        return f"{hours}h {minutes}m"
    return f"{minutes}m {total % 60}s" if minutes else f"{total}s"


@register.filter
def words(text: str) -> list[str]:
    return text.split()
