"""The elements that event frames of a source are about: all of them, as far as they are here at the same place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from events.ingestion.client import PiClient
from events.ingestion.framevalues import element_paths
from events.models import EventFrame, EventFrameReference
from piwebapi.core.webid import fold
from piwebapi.models import Element


def referenced(item: Mapping[str, Any]) -> list[str]:
    """Web ids of the source, the primary element first."""
    return list(dict.fromkeys(str(one) for one in item.get("RefElementWebIds") or ()))


def elements_of(client: PiClient, items: Sequence[Mapping[str, Any]]) -> dict[str, Element]:
    """By web id of the source the elements at the same place below their database here."""
    wanted = {web_id for item in items for web_id in referenced(item)}
    paths = element_paths(client, sorted(wanted))
    below = {web_id: fold(path.lstrip("\\").split("\\", 2)[-1]) for web_id, path in paths.items()}
    rows = Element.objects.filter(path_key__in=set(below.values())).select_related("database__server")
    here = {row.path_key: row for row in rows}
    return {web_id: here[key] for web_id, key in below.items() if key in here}


def refer(items: Mapping[UUID, Mapping[str, Any]], elements: Mapping[str, Element]) -> None:
    """Gives frames the references that their source tells, in its order. Four queries."""
    homes = dict(EventFrame.objects.filter(pk__in=list(items)).values_list("pk", "database_id"))
    wanted: dict[UUID, list[tuple[int, UUID]]] = {}
    for pk, home in homes.items():
        there = [(place, elements.get(web_id)) for place, web_id in enumerate(referenced(items[pk]))]
        wanted[pk] = [(place, one.pk) for place, one in there if one is not None and one.database_id == home]
    present: dict[UUID, list[tuple[int, UUID]]] = {pk: [] for pk in wanted}
    for row in EventFrameReference.objects.filter(frame__in=list(wanted)).order_by("position"):
        present[row.frame_id].append((row.position, row.element_id))
    changed = [pk for pk in wanted if wanted[pk] != present[pk]]
    EventFrameReference.objects.filter(frame__in=changed).delete()
    EventFrameReference.objects.bulk_create(
        EventFrameReference(frame_id=pk, element_id=element, position=place)
        for pk in changed
        for place, element in wanted[pk]
    )
