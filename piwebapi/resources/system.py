"""The landing page and what the service tells of itself."""

from __future__ import annotations

import platform
import time
from importlib import metadata
from typing import Any

from django.db import connection

from piwebapi.api import params
from piwebapi.api.answers import ANYTHING, FLAG, INTEGER, LINKS, MOMENT, NUMBER, TEXT, answers, listed, record, table_of
from piwebapi.api.openapi import document
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.api.service import service
from piwebapi.core.times import format_ticks
from piwebapi.version import OSIPI_VERSION, PRODUCT_TITLE, PRODUCT_VERSION

_STARTED = time.monotonic()
_LIBRARIES = ("django", "djangorestframework", "channels", "celery", "uvicorn", "numpy", "deltalake")


@answers(table_of(ANYTHING))
def openapi(call: Call) -> Reply:
    """The catalogue that answers the requests, for programs that make clients."""
    return Reply(200, document(service.endpoints, call.base))


PAGES = ("CacheInstances", "Configuration", "Status", "UserInfo", "Versions")


@answers(record(Links=LINKS))
def home(call: Call) -> Reply:
    links = {
        "Self": f"{call.base}/",
        "AssetServers": f"{call.base}/assetservers",
        "DataServers": f"{call.base}/dataservers",
        "System": f"{call.base}/system",
    }
    return Reply(200, {"Links": links})


@answers(record(ProductTitle=TEXT, ProductVersion=TEXT, Links=LINKS))
def landing(call: Call) -> Reply:
    own = f"{call.base}/system"
    links = {"Self": own} | {name: f"{own}/{name.lower()}" for name in PAGES}
    return Reply(200, {"ProductTitle": PRODUCT_TITLE, "ProductVersion": PRODUCT_VERSION, "Links": links})


@answers(record(UpTimeInMinutes=NUMBER, State=TEXT, CacheInstances=INTEGER, ServerTime=MOMENT))
def status(call: Call) -> Reply:
    body = {
        "UpTimeInMinutes": (time.monotonic() - _STARTED) / 60,
        "State": "Running",
        "CacheInstances": 0,
        "ServerTime": format_ticks(call.now),
    }
    return Reply(200, body)


@answers(listed(ANYTHING))
def cache_instances(call: Call) -> Reply:
    """Nothing is cached per user here, so there are none."""
    return Reply(200, {"Links": {}, "Items": []})


@answers(record(IdentityType=TEXT, Name=TEXT, IsAuthenticated=FLAG, SID=TEXT, ImpersonationLevel=TEXT))
def user_info(call: Call) -> Reply:
    known = call.caller.user is not None
    body = {
        "IdentityType": "GenericIdentity",
        "Name": call.caller.name,
        "IsAuthenticated": known,
        "SID": "",
        "ImpersonationLevel": "None",
    }
    return Reply(200, body)


@answers(table_of(record(FullVersion=TEXT, MajorMinorRevision=TEXT, Build=TEXT)))
def versions(call: Call) -> Reply:
    found = {
        "osipi": OSIPI_VERSION,
        "python": platform.python_version(),
        connection.vendor: _database_version(),
    }
    found |= {name: metadata.version(name) for name in _LIBRARIES}
    return Reply(200, {name: _version(text) for name, text in found.items()})


def _database_version() -> str:
    info: Any = connection.get_database_version()
    return ".".join(str(part) for part in info)


def _version(text: str) -> dict[str, str]:
    parts = text.split(".")
    return {
        "FullVersion": text,
        "MajorMinorRevision": ".".join(parts[:2]),
        "Build": parts[2] if len(parts) > 2 else "0",
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("Home_OpenApi", "GET", "openapi.json", openapi, extension=True, summary="This catalogue as OpenAPI 3.1."),
    Endpoint("Home_Get", "GET", "", home, (params.SELECTED_FIELDS,)),
    Endpoint("System_Landing", "GET", "system", landing, (params.SELECTED_FIELDS,)),
    Endpoint("System_Status", "GET", "system/status", status, (params.SELECTED_FIELDS,)),
    Endpoint("System_UserInfo", "GET", "system/userinfo", user_info, (params.SELECTED_FIELDS,)),
    Endpoint("System_CacheInstances", "GET", "system/cacheinstances", cache_instances, (params.SELECTED_FIELDS,)),
    Endpoint("System_Versions", "GET", "system/versions", versions),
)
