"""What the service is set to. It is told and cannot be changed here: settings come from the environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings

from piwebapi.api import params
from piwebapi.api.answers import ANYTHING, answers, record
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.core.errors import Forbidden, NotFound

#: the vendor's names of the settings that this service has; secrets and addresses are none of them
ITEMS: dict[str, Callable[[], Any]] = {
    "AnonymousAccess": lambda: settings.OSIPI_ANONYMOUS,
    "AuthenticationMethods": lambda: [
        "Basic",
        "Bearer",
        *(["Anonymous"] if settings.OSIPI_ANONYMOUS != "none" else []),
    ],
    "BearerIssuer": lambda: "",
    "CorsOrigins": lambda: ",".join(settings.OSIPI_CORS_ORIGINS),
    "DebugMode": lambda: bool(settings.DEBUG),
    "DisableWrites": lambda: bool(settings.OSIPI_READ_ONLY),
    "EnableCSRFDefense": lambda: True,
    "MaxRequestBodyBytes": lambda: settings.OSIPI_MAX_BODY,
    "MaxReturnedItemsPerCall": params.max_items,
    "TimeZone": lambda: settings.TIME_ZONE,
    "WebIDType": lambda: "Full",
}
_KNOWN = {name.lower(): name for name in ITEMS}


@answers(record(**dict.fromkeys(ITEMS, ANYTHING)))
def listed(call: Call) -> Reply:
    return Reply(200, {name: value() for name, value in ITEMS.items()})


def _name(call: Call) -> str:
    name = _KNOWN.get(call.path["key"].lower())
    if name is None:
        raise NotFound(f"There is no configuration item '{call.path['key']}'.")
    return name


@answers(ANYTHING)
def one(call: Call) -> Reply:
    return Reply(200, ITEMS[_name(call)]())


@answers(None, 204)
def delete(call: Call) -> Reply:
    raise Forbidden(f"'{_name(call)}' is set by the environment of the server and cannot be changed over REST.")


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("Configuration_List", "GET", "system/configuration", listed, (params.SELECTED_FIELDS,)),
    Endpoint("Configuration_Get", "GET", "system/configuration/{key}", one),
    Endpoint("Configuration_Delete", "DELETE", "system/configuration/{key}", delete, right="write"),
)
