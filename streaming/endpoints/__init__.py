"""The stream verbs of the REST service."""

from piwebapi.api.resource import Endpoint

from . import attributevalues, calculation, channels, streams, updates, writing

ENDPOINTS: tuple[Endpoint, ...] = (
    *streams.ENDPOINTS,
    *writing.ENDPOINTS,
    *updates.ENDPOINTS,
    *attributevalues.ENDPOINTS,
    *calculation.ENDPOINTS,
    *channels.ENDPOINTS,
)
