"""The declarations: what every object type looks like on the wire and what can be done with it."""

from piwebapi.api.resource import Endpoint

from . import (
    analyses,
    attributes,
    categories,
    configuration,
    databases,
    elements,
    enumerations,
    extensions,
    notifications,
    points,
    rules,
    searches,
    security,
    servers,
    system,
    tables,
    templates,
    traits,
    transfer,
    units,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    *system.ENDPOINTS,
    *configuration.ENDPOINTS,
    *servers.ENDPOINTS,
    *databases.ENDPOINTS,
    *elements.ENDPOINTS,
    *attributes.ENDPOINTS,
    *templates.ENDPOINTS,
    *categories.ENDPOINTS,
    *enumerations.ENDPOINTS,
    *tables.ENDPOINTS,
    *units.ENDPOINTS,
    *analyses.ENDPOINTS,
    *rules.ENDPOINTS,
    *notifications.ENDPOINTS,
    *points.ENDPOINTS,
    *traits.ENDPOINTS,
    *transfer.ENDPOINTS,
    *searches.ENDPOINTS,
    *security.ENDPOINTS,
    *extensions.ENDPOINTS,
)
