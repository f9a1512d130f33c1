"""Which points the data references PI Point mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from piwebapi.core.chunks import chunks
from piwebapi.core.webid import fold
from piwebapi.models import DataServer, OwnedAttribute, Point
from piwebapi.references import pipoint
from piwebapi.references.context import BadConfig, Unresolved
from piwebapi.references.pipoint import PointReference

from .surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Unfound:
    """An attribute whose point was not found, with the sentence that tells why. `reference` and `server` are
    None as far as they could not be made out."""

    attribute: OwnedAttribute
    why: str
    reference: PointReference | None = None
    server: DataServer | None = None


def resolve(attributes: Iterable[OwnedAttribute]) -> list[Unfound]:
    """Finds and saves the points of those attributes that have the data reference PI Point; the others lose
    theirs.

    Returns what was not found. Queries: one for the data servers, one per 500 tags of a server, one per 200
    changed attributes, and those of `Surroundings`.
    """
    rows = list(attributes)
    before = {row.pk: row.point_id for row in rows}
    wanted = [row for row in rows if row.data_reference == pipoint.NAME]
    for row in rows:
        row.point = None
    unfound = _find(wanted) if wanted else []
    changed = [row for row in rows if row.point_id != before[row.pk]]
    for model in {type(row) for row in changed}:
        of_model = [row for row in changed if type(row) is model]
        model._default_manager.bulk_update(of_model, ["point"], batch_size=200)
    return unfound


def find_awaited(tag: str) -> None:
    """Once a point of this name is there: for the references without a point that name it, or may after
    substitution."""
    for model in OwnedAttribute.__subclasses__():
        waiting = model._default_manager.filter(data_reference=pipoint.NAME, point=None)
        resolve(waiting.filter(Q(config_string__icontains=tag) | Q(config_string__contains="%")))


def _find(rows: Sequence[OwnedAttribute]) -> list[Unfound]:
    around = Surroundings(rows)
    servers = list(DataServer.objects.all())
    unfound: list[Unfound] = []
    by_server: dict[DataServer, list[tuple[OwnedAttribute, PointReference]]] = {}
    for row in rows:
        context = around.of(row)
        reference = None
        try:
            reference = pipoint.reference(row.config_string, context)
            server = _server(reference, servers) if reference.server else around.data_server(context.owner.database)
            if server is None:
                raise Unresolved("There is no data server.")
            if not reference.tag:
                raise Unresolved("The data reference names no tag.")
            by_server.setdefault(server, []).append((row, reference))
        except (Unresolved, BadConfig) as error:
            unfound.append(Unfound(row, str(error), reference))
    for server, pairs in by_server.items():
        points = points_of(server, {reference.tag for _, reference in pairs})
        for row, reference in pairs:
            row.point = points.get(fold(reference.tag))
            if row.point is None:
                why = f"There is no point '{reference.tag}' on the data server '{server.name}'."
                unfound.append(Unfound(row, why, reference, server))
    return unfound


def _server(reference: PointReference, servers: Iterable[DataServer]) -> DataServer:
    """By name, else by the GUID that the vendor persists."""
    servers = list(servers)
    named = [server for server in servers if server.name_key == fold(reference.server)]
    known = named or [server for server in servers if reference.guid is not None and server.pk == reference.guid]
    if not known:
        raise Unresolved(f"There is no data server '{reference.server}'.")
    return known[0]


def points_of(server: DataServer, tags: Iterable[str]) -> dict[str, Point]:
    """Folded tag to point, for the tags that exist. One query per 500 tags."""
    keys = sorted({fold(tag) for tag in tags})
    found: dict[str, Point] = {}
    for some in chunks(keys):
        rows = Point.objects.filter(server=server, name_key__in=some)
        found |= {point.name_key: point for point in rows}
    return found
