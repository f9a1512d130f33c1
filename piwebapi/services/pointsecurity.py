"""Who may do what with points and their values; `piwebapi.policy` heeds every change."""

from __future__ import annotations

from piwebapi import policy
from piwebapi.core import pointsecurity
from piwebapi.models import DataServer, Point, PointAcl

#: point attributes and their columns
COLUMNS = {"ptsecurity": "pt_acl", "datasecurity": "data_acl"}


def security_of(target: Point | DataServer) -> dict[str, str]:
    """Both lists by the names of the point attributes, as they hold for a point or for a server's other points."""
    current = policy.current()
    keys = current.point_acls(target) if isinstance(target, Point) else (target.pt_acl_id, target.data_acl_id)
    lists = (current.acls.get(key or 0) for key in keys)
    texts = (pointsecurity.USUAL if grants is None else pointsecurity.written(grants) for grants in lists)
    return dict(zip(COLUMNS, texts, strict=True))


def secure(target: Point | DataServer, name: str, text: str) -> None:
    """An empty text: what holds for the server, or what is usual."""
    grants = pointsecurity.parse(text, name) if text.strip() else None
    acl = None
    if grants is not None:
        acl, _ = PointAcl.objects.get_or_create(text=pointsecurity.written(grants))
    setattr(target, COLUMNS[name], acl)
    target.save(update_fields=[COLUMNS[name], "modified"])
    policy.changed()
