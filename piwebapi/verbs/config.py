"""`POST .../config`: the data references of an object's attributes get their points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from piwebapi.access import find
from piwebapi.api import params
from piwebapi.api.answers import FLAG, TEXT, answers, listed, record
from piwebapi.api.resource import Call, Endpoint, Reply, Resource
from piwebapi.models import OwnedAttribute
from piwebapi.services.configuration import configure

INCLUDE_CHILDREN = params.flag("includeChildElements", about="Also what lies below the object.")


@dataclass(frozen=True)
class Configured:
    """`branch(owner)` gives the owner and all below it, `attributes(owners)` the attributes of several owners with
    the relations that their paths need."""

    branch: Callable[[Any], Iterable[Any]]
    attributes: Callable[[Iterable[Any]], Sequence[OwnedAttribute]]
    #: of the answer when nothing failed
    status: int = 200
    with_children: bool = True


@answers(listed(record(Path=TEXT, Message=TEXT, Failed=FLAG)), 200, 201, 207)
def create_config(call: Call) -> Reply:
    """The process log, one item for each reference that had no point; 207 when one of them still has none."""
    detail: Configured = call.endpoint.detail
    owner = find(call.caller, call.web_id, call.resource.name, right="write")
    owners = detail.branch(owner) if call.params.get("includeChildElements") else [owner]
    with transaction.atomic():
        lines = configure(detail.attributes(owners), now=call.now)
    items = [{"Path": line.path, "Message": line.message, "Failed": line.failed} for line in lines]
    return Reply(207 if any(line.failed for line in lines) else detail.status, {"Links": {}, "Items": items})


def endpoint(resource: Resource, detail: Configured) -> Endpoint:
    return Endpoint(
        f"{resource.name}_CreateConfig",
        "POST",
        f"{resource.segment}/{{webId}}/config",
        create_config,
        (INCLUDE_CHILDREN,) if detail.with_children else (),
        resource=resource,
        detail=detail,
        right="write",
    )
