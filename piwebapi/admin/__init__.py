"""The admin of AF objects, points and API tokens, one module per family."""

from . import (
    analyses,
    attributes,
    elements,
    library,
    notifications,
    points,
    security,
    servers,
    templates,
    tokens,
    units,
)

__all__ = [
    "analyses",
    "attributes",
    "elements",
    "library",
    "notifications",
    "points",
    "security",
    "servers",
    "templates",
    "tokens",
    "units",
]
