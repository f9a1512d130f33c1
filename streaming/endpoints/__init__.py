"""The stream verbs of the REST service."""

from piwebapi.api.resource import Endpoint

from . import annotations, attributevalues, calculation, channels, streams, updates, writing

ENDPOINTS: tuple[Endpoint, ...] = (
    *streams.ENDPOINTS,
    *writing.ENDPOINTS,
    *annotations.ENDPOINTS,
    *updates.ENDPOINTS,
    *attributevalues.ENDPOINTS,
    *calculation.ENDPOINTS,
    *channels.ENDPOINTS,
)
