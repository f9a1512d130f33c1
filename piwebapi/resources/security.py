"""Security identities and mappings, and the security of every kind of object that has its own."""

from __future__ import annotations

from typing import Any

from piwebapi import policy
from piwebapi.access import find
from piwebapi.api import fields, params
from piwebapi.api.answers import answers, listed, named
from piwebapi.api.links import collections, secured, to
from piwebapi.api.paging import page
from piwebapi.api.resource import Call, Endpoint, Reply, Resource
from piwebapi.core.errors import ApiError, BadRequest
from piwebapi.models import AssetServer, SecurityIdentity, SecurityMapping
from piwebapi.queries import fieldquery
from piwebapi.services import objects
from piwebapi.services import security as services
from piwebapi.verbs import children, identity, security
from piwebapi.verbs.children import Child

from . import categories
from .analyses import ANALYSIS, ANALYSIS_TEMPLATE
from .databases import ASSET_DATABASE
from .elements import ELEMENT
from .enumerations import ENUMERATION_SET
from .notifications import CONTACT, RULE, RULE_TEMPLATE
from .servers import ASSET_SERVER
from .tables import TABLE
from .templates import ELEMENT_TEMPLATE


def _identity_web_id(obj: SecurityMapping, call: Call) -> str:
    return _identity(obj).web_id(call.form)


def _identity(mapping: SecurityMapping) -> SecurityIdentity:
    mapping.identity.server = mapping.server
    return mapping.identity


SECURITY_IDENTITY = Resource(
    "SecurityIdentity",
    "securityidentities",
    fields=(fields.NAME, fields.DESCRIPTION, fields.flag("IsEnabled", "is_enabled", neutral=True)),
    links=(
        *collections("securityidentities", SecurityMappings="securitymappings"),
        *secured("securityidentities"),
        to("AssetServer", "assetservers", lambda obj: obj.server),
    ),
)
SECURITY_MAPPING = Resource(
    "SecurityMapping",
    "securitymappings",
    fields=(
        fields.text("Name", "name"),
        fields.DESCRIPTION,
        fields.text("Account", "account", on=("create",), required=True),
        fields.computed("SecurityIdentityWebId", _identity_web_id, "identity", fields.load_text, required=True),
    ),
    links=(
        *collections("securitymappings"),
        *secured("securitymappings"),
        to("AssetServer", "assetservers", lambda obj: obj.server),
        to("SecurityIdentity", "securityidentities", _identity),
    ),
)


def _with_identity(call: Call, values: dict[str, Any]) -> dict[str, Any]:
    """The WebId of an identity becomes the identity."""
    if "identity" in values:
        try:
            values["identity"] = find(call.caller, values["identity"], "SecurityIdentity")
        except ApiError as error:
            raise BadRequest(f"SecurityIdentityWebId: {error.messages[0]}") from None
    return values


def _identities(server: AssetServer, asked: Any) -> Any:
    rows = SecurityIdentity.objects.filter(server=server).select_related("server")
    return fieldquery.filtered(rows, fieldquery.NAMED, asked)


def _mappings(server: AssetServer, asked: Any) -> Any:
    rows = SecurityMapping.objects.filter(server=server).select_related("server", "identity")
    return fieldquery.filtered(rows, fieldquery.NAMED, asked)


def _mappings_of(obj: SecurityIdentity, asked: Any) -> Any:
    return obj.mappings.select_related("server", "identity").order_by("name_key")


@answers(listed(named("SecurityIdentity")))
def identities_of_user(call: Call) -> Reply:
    """What a user counts as: by the mappings of the name, of groups, and of everybody."""
    server = find(call.caller, call.web_id, "AssetServer")
    mine = policy.current().identities(security.named(call["userIdentity"]))
    rows = SecurityIdentity.objects.filter(server=server, pk__in=mine).select_related("server")
    return page(call, SECURITY_IDENTITY, rows.order_by("name_key"))


#: resource, whether it also speaks for what is in it, whether its entries can be changed
SECURED = (
    (ASSET_SERVER, True, True),
    (ASSET_DATABASE, True, True),
    *((resource, False, True) for resource in (ELEMENT, ELEMENT_TEMPLATE, ANALYSIS, ANALYSIS_TEMPLATE)),
    *((resource, False, True) for resource in (ENUMERATION_SET, TABLE, CONTACT, RULE, RULE_TEMPLATE)),
    *((resource, False, True) for resource, _ in categories.ALL),
    (SECURITY_IDENTITY, False, False),
    (SECURITY_MAPPING, False, False),
)
FOR_USER = params.text("userIdentity", required=True, about="The name of a user.")
ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.endpoints(SECURITY_IDENTITY, identity.Identity(services.update_identity, objects.delete, right="admin")),
    *children.endpoints(
        SECURITY_IDENTITY, "securitymappings", Child(SECURITY_MAPPING, _mappings_of), get="GetSecurityMappings"
    ),
    *identity.endpoints(
        SECURITY_MAPPING,
        identity.Identity(services.update_mapping, objects.delete, right="admin", prepare=_with_identity),
    ),
    *children.endpoints(
        ASSET_SERVER,
        "securityidentities",
        Child(SECURITY_IDENTITY, _identities, services.create_identity, right="admin"),
        get="GetSecurityIdentities",
        post="CreateSecurityIdentity",
        params_of=(*params.FIELD_QUERY, params.MAX_COUNT),
    ),
    Endpoint(
        "AssetServer_GetSecurityIdentitiesForUser",
        "GET",
        "assetservers/{webId}/securityidentities",
        identities_of_user,
        (FOR_USER, *params.OBJECT),
        selector="userIdentity",
        resource=ASSET_SERVER,
    ),
    *children.endpoints(
        ASSET_SERVER,
        "securitymappings",
        Child(SECURITY_MAPPING, _mappings, services.create_mapping, right="admin", prepare=_with_identity),
        get="GetSecurityMappings",
        post="CreateSecurityMapping",
        params_of=(*params.FIELD_QUERY, params.MAX_COUNT),
    ),
    *(
        endpoint
        for resource, items, writable in SECURED
        for endpoint in security.endpoints(resource, items=items, writable=writable)
    ),
)
