"""Objects to the wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from piwebapi.core.selected import Tree

from .links import links_of
from .resource import Call, Resource


def dump(resource: Resource, obj: Any, call: Call, tree: Tree | None = None) -> dict[str, Any]:
    """One object. With a tree of selected fields only those are computed."""
    web_id = obj.web_id(call.form)
    found: dict[str, Any] = {}
    for name in resource.head:
        if tree is None or tree.get(name) is not None:
            found[name] = web_id if name == "WebId" else _HEAD[name](obj)
    associations = (call.params.get("associations") or "").lower()
    for field in resource.fields:
        if tree is not None and tree.get(field.wire) is None:
            continue
        if field.association and field.association.lower() not in associations:
            found[field.wire] = None
        elif field.wire not in found:
            found[field.wire] = field.read(obj, call)
    if resource.links and (tree is None or tree.get("Links") is not None):
        found["Links"] = links_of(resource.links, obj, web_id, call)
    return found


_HEAD: dict[str, Callable[[Any], Any]] = {
    "Id": lambda obj: obj.pk if isinstance(obj.pk, int) else str(obj.pk),
    "Name": lambda obj: obj.name,
    "Description": lambda obj: obj.description,
    "Path": lambda obj: obj.full_path,
}


def dump_all(resource: Resource, rows: Sequence[Any], call: Call) -> list[Any]:
    """The items of a list; the selection below ``Items`` applies."""
    tree = call.selected
    items = tree.get("Items") if tree is not None else None
    if tree is not None and items is None:
        return []
    if resource.render is not None:
        return resource.render(resource, rows, call, items)
    return [dump(resource, row, call, items) for row in rows]
