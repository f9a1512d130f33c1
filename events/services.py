"""Writing event frames. Every change takes a number of the counter ``eventframes``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.utils import timezone

from events import numbering
from events.capture import capture
from events.models import (
    Annotation,
    EventFrame,
    EventFrameAttribute,
    EventFrameReference,
    EventFrameTombstone,
)
from piwebapi.core.errors import BadRequest
from piwebapi.core.paths import check_name
from piwebapi.core.times import OPEN_END, parse_time
from piwebapi.demo.links import link_categories
from piwebapi.models import AssetDatabase, AttributeTemplate, Element, ElementTemplate
from piwebapi.services import attributes as attribute_services
from piwebapi.services import objects, points
from piwebapi.services.templates import COPIED, inherited


def create(
    home: AssetDatabase | EventFrame,
    *,
    now: int,
    name: str,
    start: str | int | None = None,
    end: str | int | None = None,
    template: str = "",
    severity: int | None = None,
    elements: Iterable[Element] = (),
    category_names: Iterable[str] = (),
    **values: Any,
) -> EventFrame:
    """A new frame with the attributes of its template; without an end it is open."""
    database = home if isinstance(home, AssetDatabase) else home.database
    made_from = _template(database, template)
    frame = EventFrame(
        database=database,
        parent=None if isinstance(home, AssetDatabase) else home,
        name=check_name(name),
        template=made_from,
        start=now if start in (None, "") else _time(start, "StartTime", now),
        end=_end(end, now),
        severity=severity if severity is not None else (made_from.severity if made_from else 0),
        can_be_acknowledged=bool(made_from and made_from.can_be_acknowledged),
        changed=numbering.take(),
        **values,
    )
    _check_times(frame)
    objects.insert(frame, database, category_names)
    if made_from is not None and not category_names:
        frame.categories.set(made_from.categories.all())
    refer(frame, list(elements))
    instantiate([frame], now)
    if frame.end is not None:
        _close(frame, now)
    return frame


def _close(frame: EventFrame, now: int) -> None:
    """As in AF, the values of a frame that is over are captured."""
    capture(frame, now)
    objects.save(frame, ["values_captured"])


def capture_values(frame: EventFrame, now: int) -> None:
    """Also of an open frame; the values are those of now then."""
    capture(frame, now)
    touch(frame, ["values_captured"])


def _template(database: AssetDatabase, name: str) -> ElementTemplate | None:
    rows = ElementTemplate.objects.filter(database=database, instance_type="EventFrame")
    return objects.one_named(rows, name, "The event frame template")


def _time(value: str | int, name: str, now: int) -> int:
    if isinstance(value, int):
        return value
    return parse_time(value, now=now, zone=timezone.get_default_timezone(), name=name)


def _end(value: str | int | None, now: int) -> int | None:
    if value in (None, ""):
        return None
    end = _time(value, "EndTime", now)
    return None if end >= OPEN_END else end


def _check_times(frame: EventFrame) -> None:
    if frame.end is not None and frame.end < frame.start:
        raise BadRequest("EndTime must not be before StartTime.")


def refer(frame: EventFrame, elements: list[Element]) -> None:
    """Replace the referenced elements; the first is the primary one."""
    elements = list(dict.fromkeys(elements))
    if any(element.database_id != frame.database_id for element in elements):
        raise BadRequest("RefElementWebIds must be elements of the event frame's database.")
    frame.references.all().delete()
    EventFrameReference.objects.bulk_create(
        EventFrameReference(frame=frame, element=element, position=position)
        for position, element in enumerate(elements)
    )
    frame.primary_element = elements[0] if elements else None
    objects.save(frame, ["primary_element"])


def instantiate(frames: list[EventFrame], now: int) -> None:
    """Give the frames the attributes that their templates (and base templates) have and they lack.

    Eight queries for any number of frames.
    """
    wanted = inherited({frame.template_id for frame in frames if frame.template_id})
    frames = [frame for frame in frames if wanted.get(frame.template_id)]
    present = EventFrameAttribute.objects.filter(frame__in=frames).values_list("frame_id", "trail_key", "pk")
    known = {(owner, trail): pk for owner, trail, pk in present}
    made, links = [], []
    for frame in frames:
        for source in wanted[frame.template_id]:  # parents before their children
            if (frame.pk, source.trail_key) in known:
                continue
            row = _copied(frame, source, now)
            row.parent_id = known.get((frame.pk, source.trail_key.rpartition("|")[0]))
            known[frame.pk, source.trail_key] = row.pk
            made.append(row)
            links += [(row.pk, category.pk) for category in source.categories.all()]
    EventFrameAttribute.objects.bulk_create(made, batch_size=1000)
    link_categories(EventFrameAttribute, links)
    points.resolve(made)


def _copied(frame: EventFrame, source: AttributeTemplate, now: int) -> EventFrameAttribute:
    columns = {column: getattr(source, column) for column in COPIED}
    return EventFrameAttribute(frame=frame, template=source, value_ticks=now, **columns)


def touch(frame: EventFrame, columns: Iterable[str] = ()) -> None:
    """Save and number the change."""
    frame.changed = numbering.take()
    objects.save(frame, [*columns, "changed"])


def update(frame: EventFrame, *, now: int, **changes: Any) -> None:
    """Sets what is given; an empty `end` opens the frame again, an empty `start` is as if it were not given. BadRequest
    for a locked frame, times that do not fit each other, unknown names. Where the end moves, values are captured."""
    if frame.is_locked:
        raise BadRequest(f"The event frame '{frame.name}' is locked.")
    columns: list[str] = []
    if "name" in changes:
        changes["name"] = check_name(changes["name"])
    if changes.get("start") not in (None, ""):
        changes["start"] = _time(changes["start"], "StartTime", now)
    else:
        changes.pop("start", None)
    if "end" in changes:
        changes["end"] = _end(changes["end"], now)
    if "template" in changes:
        changes["template"] = _template(frame.database, changes["template"])
    elements, category_names = changes.pop("elements", None), changes.pop("category_names", None)
    old_end = frame.end
    for column, value in changes.items():
        setattr(frame, column, value)
        columns.append(column)
    _check_times(frame)
    touch(frame, columns)
    if elements is not None:
        refer(frame, elements)
    if category_names is not None:
        frame.categories.set(objects.categories(EventFrame, frame.database, category_names))
    if "template" in changes:
        instantiate([frame], now)
    if frame.end != old_end:
        _end_moved(frame, now)


def _end_moved(frame: EventFrame, now: int) -> None:
    if frame.end is not None:
        _close(frame, now)
    elif frame.values_captured:  # it goes on
        frame.values_captured = False
        objects.save(frame, ["values_captured"])


def delete(frame: EventFrame) -> None:
    """With its children; each leaves a tombstone for those who follow the changes."""
    level, doomed = [frame], [frame]
    while level:
        level = list(EventFrame.objects.filter(parent__in=level).select_related("database__server"))
        doomed += level
    first = numbering.take(len(doomed))
    EventFrameTombstone.objects.bulk_create(
        EventFrameTombstone(
            frame_id=row.pk, web_id=row.web_id("I"), name=row.name, start=row.start, changed=first + position
        )
        for position, row in enumerate(doomed)
    )
    objects.delete(frame)


def acknowledge(frame: EventFrame, by: str, now: int) -> None:
    """By the name `by`, at `now` (ticks). The first acknowledgement counts. BadRequest where the frame knows none."""
    if not frame.can_be_acknowledged:
        raise BadRequest(f"The event frame '{frame.name}' cannot be acknowledged.")
    if frame.is_acknowledged:
        return
    frame.acknowledged_by, frame.acknowledged_at = by, now
    touch(frame, ["acknowledged_by", "acknowledged_at"])


def create_attribute(frame: EventFrame, *, now: int, **values: Any) -> EventFrameAttribute:
    return attribute_services.insert(EventFrameAttribute(frame=frame), frame.database, now=now, **values)


def annotate(frame: EventFrame, by: str, now: int, **values: Any) -> Annotation:
    made = Annotation(id=uuid4(), frame=frame, creator=by, created=now)
    change_annotation(made, by, now, **values)
    return made


def change_annotation(annotation: Annotation, by: str, now: int, **values: Any) -> None:
    for column, value in values.items():
        setattr(annotation, column, value)
    annotation.modifier, annotation.modified = by, now
    objects.refuse_unfit(annotation)
    annotation.save()
    touch(annotation.frame)
