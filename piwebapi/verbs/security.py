"""The rights on an object, and its security entries: the same operations for every kind that has them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from piwebapi import securables
from piwebapi.access import find
from piwebapi.api import fields, params
from piwebapi.api.answers import FLAG, LINKS, TEXT, answers, listed, many, record, takes
from piwebapi.api.resource import NO_CONTENT, Call, Endpoint, Reply, Resource, created
from piwebapi.callers import Caller, of_user
from piwebapi.core import rights
from piwebapi.core.errors import BadRequest, Conflict
from piwebapi.models import SecurityIdentity
from piwebapi.policy import DEFAULT, Entry
from piwebapi.services import security as services

USER = params.text("userIdentity", many=True, about="Names of users; absent: who asks. Repeat the parameter.")
REFRESH = params.flag("forceRefresh", about="Taken for compatibility; rights are always told as they are.")
CHILDREN = params.flag("applyToChildren", about="Also for what lies below the object, now and later.")
ITEM = params.choice("securityItem", securables.ITEMS, DEFAULT, about="Which kind of object inside is meant.")
ENTRY_FIELDS = (
    fields.computed("SecurityIdentityName", lambda obj, call: None, "identity_name", fields.load_text),
    fields.computed("AllowRights", lambda obj, call: None, "allow", fields.load_names, required=True),
    fields.computed("DenyRights", lambda obj, call: None, "deny", fields.load_names, required=True),
)

_FLAGS = dict.fromkeys((*(f"Can{name}" for name in rights.NAMES if name != "Admin"), "HasAdmin"), FLAG)
TOLD = {**_FLAGS, "Rights": many(TEXT)}
RIGHTS = record(OwnerWebId=TEXT, SecurityItem=TEXT, UserIdentity=TEXT, **TOLD, Links=LINKS)
_NAMES = many({"type": "string", "enum": [*rights.NAMES, *rights.JOINED]})
GIVEN = {
    **record(Name=TEXT, SecurityIdentityName=TEXT, AllowRights=_NAMES, DenyRights=_NAMES),
    "required": ["AllowRights", "DenyRights"],
}
ENTRY = record(Name=TEXT, SecurityIdentityName=TEXT, AllowRights=many(TEXT), DenyRights=many(TEXT), Links=LINKS)


def told(mask: int) -> dict[str, Any]:
    """Rights as the vendor tells them: one truth value each, and the names of those that are had."""
    flags = {f"Can{name}": bool(mask & bit) for name, bit in rights.BITS.items() if name != "Admin"}
    return {**flags, "HasAdmin": bool(mask & rights.BITS["Admin"]), "Rights": rights.names(mask)}


def _object(call: Call, right: Any = "read") -> Any:
    return find(call.caller, call.web_id, call.resource.name, right=right)


def _url(call: Call, obj: Any) -> str:
    return f"{call.base}/{call.resource.segment}/{obj.web_id(call.form)}"


def _items(call: Call) -> tuple[str, ...]:
    found = call.params.get("securityItem") or DEFAULT
    return found if isinstance(found, tuple) else (found,)


@answers(listed(RIGHTS))
def security(call: Call) -> Reply:
    """What users may do with the object."""
    if call.caller.user is None and call.caller.scheme == "anonymous":
        raise Conflict("Security information is not told to anonymous callers; sign in.")
    obj = _object(call)
    callers = [named(name) for name in call["userIdentity"]] or [call.caller]
    owner = _url(call, obj)
    items = [
        {
            "OwnerWebId": obj.web_id(call.form),
            "SecurityItem": item,
            "UserIdentity": caller.name,
            **told(securables.mask(caller, obj, item)),
            "Links": {"Self": f"{owner}/security", "Owner": owner},
        }
        for caller in callers
        for item in _items(call)
    ]
    return Reply(200, {"Links": {}, "Items": items})


def named(name: str) -> Caller:
    """A user, as one who signs in with a password."""
    user = get_user_model()._default_manager.filter(username__iexact=name.rpartition("\\")[2]).first()
    if user is None or not user.is_active:
        raise BadRequest(f"There is no user '{name}'.")
    return of_user(user)


def _entry(call: Call, obj: Any, identity: SecurityIdentity, entry: Entry) -> dict[str, Any]:
    owner = _url(call, obj)
    return {
        "Name": identity.name,
        "SecurityIdentityName": identity.name,
        "AllowRights": rights.names(entry.allow),
        "DenyRights": rights.names(entry.deny),
        "Links": {
            "Self": f"{owner}/securityentries/{_in_address(identity.name)}",
            "SecurableObject": owner,
            "SecurityIdentity": f"{call.base}/securityidentities/{identity.web_id(call.form)}",
        },
    }


def _in_address(name: str) -> str:
    return name.replace("\\", "*")


def _name(call: Call) -> str:
    return call.path["name"].replace("*", "\\")


@answers(listed(ENTRY))
def entries(call: Call) -> Reply:
    """Those that hold for the object, also when they come down from above."""
    obj, pattern = _object(call), call["nameFilter"]
    found = services.entries(obj, _items(call)[0])
    items = [_entry(call, obj, *pair) for pair in found if pattern is None or pattern.matches(pair[0].name)]
    return Reply(200, {"Links": {}, "Items": items})


@answers(ENTRY)
def entry_by_name(call: Call) -> Reply:
    obj = _object(call)
    return Reply(200, _entry(call, obj, *services.entry(obj, _name(call), _items(call)[0])))


def _loaded(call: Call, verb: str) -> dict[str, Any]:
    values = fields.load(call.body, ENTRY_FIELDS, verb, ("Name",))
    for wire, name in (("AllowRights", "allow"), ("DenyRights", "deny")):
        values[name] = rights.parse(values[name], wire)
    return {**values, "for_children": bool(call["applyToChildren"])}


@answers(None, 201)
@takes(GIVEN)
def create(call: Call) -> Reply:
    obj = _object(call, "admin")
    values = _loaded(call, "create")
    with transaction.atomic():
        name = services.create_entry(obj, _items(call)[0], identity_name=values.pop("identity_name", ""), **values)
    item = "" if _items(call)[0] == DEFAULT else f"?securityItem={_items(call)[0]}"
    return created(f"{_url(call, obj)}/securityentries/{_in_address(name)}{item}")


@answers(None, 204)
@takes(GIVEN)
def update(call: Call) -> Reply:
    obj = _object(call, "admin")
    values = _loaded(call, "update")
    values.pop("identity_name", None)
    with transaction.atomic():
        services.update_entry(obj, _items(call)[0], _name(call), **values)
    return NO_CONTENT


@answers(None, 204)
def delete(call: Call) -> Reply:
    obj = _object(call, "admin")
    with transaction.atomic():
        services.delete_entry(obj, _items(call)[0], _name(call), for_children=bool(call["applyToChildren"]))
    return NO_CONTENT


def endpoints(resource: Resource, *, items: bool = False, writable: bool = True) -> tuple[Endpoint, ...]:
    """`items`: the object is a server or database, which also speaks for what is in it."""
    route = f"{resource.segment}/{{webId}}/securityentries"
    one = (ITEM,) if items else ()
    several = (ITEM.but(many=True),) if items else ()
    form = params.OBJECT

    def bound(operation: str, method: str, route: str, handler: Any, *given: params.Param, **more: Any) -> Endpoint:
        return Endpoint(f"{resource.name}_{operation}", method, route, handler, given, resource=resource, **more)

    found = (
        bound("GetSecurity", "GET", f"{resource.segment}/{{webId}}/security", security, USER, REFRESH, *several, *form),
        bound("GetSecurityEntries", "GET", route, entries, params.NAME_FILTER, *one, *form),
        bound("GetSecurityEntryByName", "GET", f"{route}/{{name}}", entry_by_name, *one, *form),
    )
    if not writable:
        return found
    asked: dict[str, Any] = {"right": "write", "body": "json"}
    return (
        *found,
        bound("CreateSecurityEntry", "POST", route, create, CHILDREN, *one, params.WEB_ID_TYPE, **asked),
        bound("UpdateSecurityEntry", "PUT", f"{route}/{{name}}", update, CHILDREN, *one, **asked),
        bound("DeleteSecurityEntry", "DELETE", f"{route}/{{name}}", delete, CHILDREN, *one, right="write"),
    )
