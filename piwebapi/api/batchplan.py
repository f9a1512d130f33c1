"""A batch as it was sent, understood: requests by id, in an order in which each follows its parents.

Source: PI Web API reference, batch/execute. Taken as well is what clients in the field send: a list under
``Requests``, ``Parameters`` as an object of query options, and Content as an object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from piwebapi.core import jsonpaths
from piwebapi.core.errors import BadRequest

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
#: requests of one batch, those made from templates included
MOST_REQUESTS = 10_000


@dataclass(frozen=True)
class Item:
    """One request. `resource` is a URL, a JSONPath or a text with ``{0}``; as a `template` it is sent once
    for every set of tokens."""

    id: str
    method: str
    resource: str
    template: bool = False
    parameters: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """`items` in order of execution, `ids` in order of the answer. `listed`: the answer is a list."""

    items: tuple[Item, ...]
    ids: tuple[str, ...]
    listed: bool


def plan(body: Any) -> Plan:
    """The plan of a body, or one BadRequest that tells all that is wrong with it."""
    requests, listed = _requests(body)
    if len(requests) > MOST_REQUESTS:
        raise BadRequest(f"The number of requests is greater than the maximum allowed ({MOST_REQUESTS}).")
    items: list[Item] = []
    faults: list[str] = []
    for key, given in requests.items():
        try:
            items.append(_item(key, given))
        except BadRequest as error:
            faults += [f"Request '{key}': {message}" for message in error.messages]
    faults += [
        f"Request '{item.id}': the parent '{parent}' is not in the batch."
        for item in items
        for parent in item.parents
        if parent not in requests
    ]
    if faults:
        raise BadRequest(*faults)
    return Plan(tuple(_in_order(items)), tuple(requests), listed)


def _requests(body: Any) -> tuple[Mapping[str, Any], bool]:
    if not isinstance(body, Mapping):
        raise BadRequest("The body of a batch must be a JSON object of requests by their ids.")
    several = body.get("Requests")
    if len(body) == 1 and isinstance(several, list):
        return {str(position): given for position, given in enumerate(several)}, True
    return body, False


def _item(key: str, given: Any) -> Item:
    if not isinstance(given, Mapping):
        raise BadRequest("a request must be a JSON object.")
    members = {name.lower(): value for name, value in given.items()}
    method = _text(members, "Method").upper()
    if method not in METHODS:
        raise BadRequest(f"Method must be one of {', '.join(METHODS)}.")
    template = members.get("requesttemplate")
    if template is not None and not isinstance(template, Mapping):
        raise BadRequest("RequestTemplate must be an object with Resource.")
    source = members if template is None else {name.lower(): value for name, value in template.items()}
    resource = _text(source, "Resource")
    options = members.get("parameters") or ()
    parameters = () if isinstance(options, Mapping) else _texts(options, "Parameters")
    content = members.get("content") if template is None else source.get("content", members.get("content"))
    return Item(
        key,
        method,
        resource,
        template is not None,
        parameters,
        options if isinstance(options, Mapping) else {},
        _parents(members, (*parameters, resource)),
        content,
        _headers(members.get("headers")),
    )


def _parents(members: Mapping[str, Any], paths: Iterable[str]) -> tuple[str, ...]:
    """Those listed, and those whose responses the paths look into."""
    named = [jsonpaths.root_name(path) for path in paths if jsonpaths.is_path(path)]
    listed = _texts(members.get("parentids") or (), "ParentIds")
    return tuple(dict.fromkeys((*listed, *(name for name in named if name is not None))))


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name.lower())
    if not isinstance(value, str) or not value.strip():
        raise BadRequest(f"{name} is required, as a text.")
    return value.strip()


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise BadRequest(f"{name} must be a list of texts.")
    texts = tuple(value)
    if not all(isinstance(text, str | int) for text in texts):
        raise BadRequest(f"{name} must be a list of texts.")
    return tuple(str(text) for text in texts)


def _headers(value: Any) -> Mapping[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadRequest("Headers must be an object of texts.")
    return {str(name).lower(): str(text) for name, text in value.items()}


def _in_order(items: list[Item]) -> list[Item]:
    """Each after its parents, else as sent. A circle is a BadRequest."""
    ordered: list[Item] = []
    done: set[str] = set()
    waiting = items
    while waiting:
        ready = [item for item in waiting if done.issuperset(item.parents)]
        if not ready:
            names = ", ".join(f"'{item.id}'" for item in waiting[:10])
            raise BadRequest(f"The ParentIds of the requests {names} form a circle.")
        ordered += ready
        done.update(item.id for item in ready)
        waiting = [item for item in waiting if item.id not in done]
    return ordered
