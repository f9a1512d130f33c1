"""Asset servers and data servers."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from piwebapi.access import find
from piwebapi.api import fields, params
from piwebapi.api.answers import ITEM, LINKS, TEXT, answers, listed, record, takes
from piwebapi.api.links import collections, secured
from piwebapi.api.paging import page
from piwebapi.api.resource import NO_CONTENT, Call, Endpoint, Reply, Resource
from piwebapi.core.errors import NotFound
from piwebapi.core.times import format_ticks, from_datetime
from piwebapi.models import AssetServer, DataServer, EnumerationSet, Point
from piwebapi.services import databases as database_services
from piwebapi.services import dataservers, notifications, pointsecurity, units
from piwebapi.verbs import children, identity
from piwebapi.verbs.children import Child
from piwebapi.version import ASSET_SERVER_VERSION, DATA_SERVER_VERSION

from .databases import ASSET_DATABASE, databases
from .enumerations import ENUMERATION_SET
from .notifications import CONTACT, contacts
from .points import POINT, points
from .rules import plug_in_endpoints
from .units import UNIT_CLASS, unit_classes


def _server_time(obj: Any, call: Call) -> str:
    return format_ticks(from_datetime(timezone.now()))


STATE = (
    fields.constant("IsConnected", True),
    fields.computed("ServerTime", _server_time),
)

ASSET_SERVER = Resource(
    "AssetServer",
    "assetservers",
    fields=(
        *STATE,
        fields.constant("ServerVersion", ASSET_SERVER_VERSION),
        fields.properties("ExtendedProperties", "extended_properties"),
    ),
    links=(
        *collections(
            "assetservers",
            Databases="assetdatabases",
            UnitClasses="unitclasses",
            AnalysisRulePlugIns="analysisruleplugins",
            TimeRulePlugIns="timeruleplugins",
            NotificationContactTemplates="notificationcontacttemplates",
            NotificationPlugIns="notificationplugins",
        ),
        *secured("assetservers"),
    ),
)
DATA_SERVER = Resource(
    "DataServer",
    "dataservers",
    head=("WebId", "Id", "Name", "Path"),
    fields=(*STATE, fields.constant("ServerVersion", DATA_SERVER_VERSION)),
    links=collections("dataservers", Points="points", EnumerationSets="enumerationsets"),
)


@answers(listed(ITEM))
def asset_servers(call: Call) -> Reply:
    return page(call, ASSET_SERVER, AssetServer.objects.order_by("name_key"))


@answers(listed(ITEM))
def data_servers(call: Call) -> Reply:
    return page(call, DATA_SERVER, DataServer.objects.order_by("name_key"))


#: what the number of a point has room for
MOST_POINTS = 2**31 - 1
MODULE = "pibasess.MaxPointCount"


@answers(record(Name=TEXT, AmountLeft=TEXT, AmountUsed=TEXT, TotalAmount=TEXT, Links=LINKS))
def license_of(call: Call) -> Reply:
    """There are no licenses; the only limit is that of the vendor's point ids, told as the vendor's module."""
    server = find(call.caller, call.web_id, "DataServer")
    if call["module"].lower() != MODULE.lower():
        raise NotFound(f"There is no license module '{call['module']}'.")
    used = Point.objects.filter(server=server).count()
    own = f"{call.base}/dataservers/{server.web_id(call.form)}"
    body = {
        "Name": MODULE,
        "AmountLeft": str(MOST_POINTS - used),
        "AmountUsed": str(used),
        "TotalAmount": str(MOST_POINTS),
        "Links": {"Self": f"{own}/license", "Parent": own},
    }
    return Reply(200, body)


SECURITY = record(PtSecurity=TEXT, DataSecurity=TEXT)


@answers(SECURITY)
def point_security(call: Call) -> Reply:
    """What holds for the points of the server that say nothing of their own."""
    server = find(call.caller, call.web_id, "DataServer")
    lists = pointsecurity.security_of(server)
    return Reply(200, {"PtSecurity": lists["ptsecurity"], "DataSecurity": lists["datasecurity"]})


@takes(SECURITY)
@answers(None, 204)
def set_point_security(call: Call) -> Reply:
    server = find(call.caller, call.web_id, "DataServer", right="admin")
    given = fields.load(call.body, SECURITY_FIELDS, "update", partial=True)
    with transaction.atomic():
        for name, text in given.items():
            pointsecurity.secure(server, name, text)
    return NO_CONTENT


def digital_sets(server: DataServer, asked: Any) -> Any:
    rows = EnumerationSet.objects.filter(data_server=server).select_related("data_server")
    return rows.order_by("name_key")


SECURITY_FIELDS = (fields.text("PtSecurity", "ptsecurity"), fields.text("DataSecurity", "datasecurity"))
IDENTITY = identity.Identity()
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("AssetServer_List", "GET", "assetservers", asset_servers, params.OBJECT, resource=ASSET_SERVER),
    *identity.endpoints(ASSET_SERVER, IDENTITY, verbs="get path name"),
    *children.endpoints(
        ASSET_SERVER,
        "assetdatabases",
        Child(ASSET_DATABASE, databases, database_services.create_database),
        get="GetDatabases",
        post="CreateAssetDatabase",
    ),
    *children.endpoints(
        ASSET_SERVER,
        "unitclasses",
        Child(UNIT_CLASS, unit_classes, units.create_unit_class),
        get="GetUnitClasses",
        post="CreateUnitClass",
    ),
    *children.endpoints(
        ASSET_SERVER,
        CONTACT.segment,
        Child(CONTACT, contacts, notifications.create_contact),
        get="GetNotificationContactTemplates",
        post="CreateNotificationContactTemplate",
    ),
    *plug_in_endpoints(ASSET_SERVER),
    Endpoint("DataServer_List", "GET", "dataservers", data_servers, params.OBJECT, resource=DATA_SERVER),
    *identity.endpoints(DATA_SERVER, IDENTITY, verbs="get path name"),
    *children.endpoints(
        DATA_SERVER,
        "points",
        Child(POINT, points, dataservers.create_point),
        get="GetPoints",
        post="CreatePoint",
        params_of=(params.NAME_FILTER, params.START_INDEX, params.MAX_COUNT),
    ),
    *children.endpoints(
        DATA_SERVER,
        "enumerationsets",
        Child(ENUMERATION_SET, digital_sets, database_services.create_enumeration_set),
        get="GetEnumerationSets",
        post="CreateEnumerationSet",
    ),
    Endpoint(
        "DataServer_GetLicense",
        "GET",
        "dataservers/{webId}/license",
        license_of,
        (params.text("module", required=True, about="The license module."), *params.OBJECT),
        resource=DATA_SERVER,
    ),
    Endpoint(
        "DataServer_GetPointSecurity",
        "GET",
        "dataservers/{webId}/pointsecurity",
        point_security,
        (params.SELECTED_FIELDS,),
        resource=DATA_SERVER,
        extension=True,
        summary="Who may do what with points that say nothing of their own.",
    ),
    Endpoint(
        "DataServer_UpdatePointSecurity",
        "PUT",
        "dataservers/{webId}/pointsecurity",
        set_point_security,
        resource=DATA_SERVER,
        right="write",
        body="json",
        extension=True,
        summary="Says who may do what with points that say nothing of their own.",
    ),
)
