"""All operations on event frames, for `osipi_site.urls` to join."""

from __future__ import annotations

from events import annotations, attachments, attributes, changes, extensions, resources, source
from piwebapi.api.resource import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *attributes.ENDPOINTS,
    *resources.ENDPOINTS,
    *annotations.ENDPOINTS,
    *attachments.ENDPOINTS,
    *extensions.ENDPOINTS,
    *changes.ENDPOINTS,
    *source.ENDPOINTS,
)
