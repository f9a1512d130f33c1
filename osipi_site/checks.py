"""What `manage.py check` refuses: settings that start, seem to work, and lose something."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.compatibility)
def several_processes_share_a_layer(**kwargs: Any) -> list[CheckMessage]:
    """The in-memory layer ends at the process: with two, half of the clients would never hear the bell."""
    if settings.OSIPI_WORKERS > 1 and not settings.REDIS_URL:
        return [
            Error(
                f"OSIPI_WORKERS is {settings.OSIPI_WORKERS}, but without REDIS_URL"
                " the channel layer lives in one process.",
                hint="Set REDIS_URL, or OSIPI_WORKERS=1.",
                id="osipi.E001",
            )
        ]
    return []


@register(Tags.security)
def production_is_not_a_development_server(**kwargs: Any) -> list[CheckMessage]:
    """DEBUG shows settings in error pages; origins `*` let any page on the internet read the plant."""
    if not settings.OSIPI_PRODUCTION:
        return []
    faults: list[CheckMessage] = []
    if settings.DEBUG:
        faults.append(Error("DEBUG is on under OSIPI_PRODUCTION.", hint="Unset DEBUG.", id="osipi.E002"))
    if settings.CORS_ALLOW_ALL_ORIGINS:
        faults.append(
            Error(
                "OSIPI_CORS_ORIGINS allows every origin under OSIPI_PRODUCTION.",
                hint="Name the origins whose pages may read.",
                id="osipi.E003",
            )
        )
    return faults
