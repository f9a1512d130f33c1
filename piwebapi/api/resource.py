"""The values of which the REST surface is declared.

A `Resource` tells what an object type looks like on the wire; an `Endpoint` joins a method and a
route to a handler. The catalogue made of them answers requests and generates routes, the OpenAPI
document, the help pages and the contract tests. It holds no conditions: what is special is an
endpoint with a handler of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from piwebapi.core.selected import Tree

if TYPE_CHECKING:
    from piwebapi.callers import Caller, Right

    from .fields import Field
    from .links import Link
    from .params import Param


@dataclass(frozen=True)
class Resource:
    """One object type: `name` is the vendor's controller, `segment` its part of the URL."""

    name: str
    segment: str
    fields: tuple[Field, ...]
    links: tuple[Link, ...]
    #: which of WebId, Id, Name, Description, Path the object has
    head: tuple[str, ...] = ("WebId", "Id", "Name", "Description", "Path")
    #: sortField to column
    sorts: Mapping[str, str] = field(default_factory=lambda: {"name": "name_key", "id": "id"})
    #: the items of a list out of its rows, where they are no objects to `dump` one by one
    render: Callable[[Resource, Sequence[Any], Call, Tree | None], list[Any]] | None = None

    def __repr__(self) -> str:
        return f"Resource({self.name})"


Handler = Callable[["Call"], "Reply"]


@dataclass(frozen=True)
class Endpoint:
    """One operation, named as in the vendor's contract (``Element_GetAttributes``)."""

    operation: str
    method: str
    route: str
    handler: Handler
    params: tuple[Param, ...] = ()
    #: the query parameter whose presence chooses this endpoint among those of one URL
    selector: str = ""
    right: Right = "read"
    resource: Resource | None = None
    #: what a generic verb needs beside the resource (a `Child`, a kind of category ...)
    detail: Any = None
    #: not in the vendor's contract; documented as ours
    extension: bool = False
    #: replies to several calls that differ in nothing but the path, worked out in one step; an ApiError means
    #: that they must be answered one by one
    together: Callable[[Sequence[Call]], list[Reply]] | None = None
    #: "json": an object or list; "raw": the handler reads `Call.raw`
    body: str = ""
    summary: str = ""


@dataclass(frozen=True)
class Call:
    """One request, with everything parsed: handlers read nothing else."""

    endpoint: Endpoint
    caller: Caller
    now: int
    #: scheme, host and root of the service: ``http://host:8010/piwebapi``
    base: str
    #: path and query as the client sent them, for paging links
    url: str
    path: Mapping[str, str]
    params: Mapping[str, Any]
    query: Mapping[str, list[str]] = field(default_factory=dict)
    body: Any = None
    raw: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    #: what readers of fields look up once for all rows of the answer
    memo: dict[Any, Any] = field(default_factory=dict)

    @property
    def resource(self) -> Resource:
        """The object type of the endpoint, for handlers that are only used where there is one."""
        assert self.endpoint.resource is not None
        return self.endpoint.resource

    @property
    def web_id(self) -> str:
        return self.path["webId"]

    @property
    def form(self) -> str:
        """The letter of the asked webIdType."""
        return self.params.get("webIdType") or "F"

    def web_id_of(self, obj: Any) -> str:
        """The WebId of a related object: many rows of an answer are related to the same few."""
        key = type(obj), obj.pk
        found: str | None = self.memo.get(key)
        if found is None:
            found = self.memo[key] = obj.web_id(self.form)
        return found

    @property
    def selected(self) -> Tree | None:
        return self.params.get("selectedFields")

    def __getitem__(self, name: str) -> Any:
        return self.params[name]


@dataclass(frozen=True)
class Reply:
    """`body`: JSON-able objects, ready JSON as bytes, or None. Ready bodies are already pruned."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = "application/json; charset=utf-8"
    pruned: bool = False


def created(location: str) -> Reply:
    """201 has no body; clients follow the Location."""
    return Reply(201, None, {"Location": location})


NO_CONTENT = Reply(204)
