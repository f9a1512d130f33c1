"""The event frames of the demo plant: loaded once, then begun and ended while the server runs.

What happens when is planned in `piwebapi.demo.frames`. An open frame carries its planned end as an extended
property, so that ending it needs no memory of how it came about; one that somebody has ended, deleted or
locked meanwhile is left alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from events import numbering
from events.models import EventFrame, EventFrameAttribute, EventFrameReference
from events.rules.demo import Search
from piwebapi.core.times import OPEN_END, TICKS_PER_DAY, TICKS_PER_HOUR, format_ticks, from_datetime
from piwebapi.demo import facts
from piwebapi.demo.frames import DAYS, Ending, PlannedFrame, ending, first_frames, later_frames
from piwebapi.demo.links import link_categories
from piwebapi.demo.loader import loaded
from piwebapi.demo.templates import FRAME_TEMPLATES
from piwebapi.models import AssetDatabase, AttributeTemplate, Counter, Element, ElementTemplate

#: up to when frames have been begun, in ticks; its row is the lock that lets one process in at a time
MARK = "demo event frames"
PLANNED_END = "PlannedEnd"


class Home(NamedTuple):
    """Templates by kind; a kind whose template somebody has deleted or renamed gets no more frames."""

    database: AssetDatabase
    seed: int
    layout: facts.Layout
    ids: facts.Ids
    templates: dict[str, ElementTemplate]
    attributes: dict[str, list[AttributeTemplate]]


@transaction.atomic
def load(now: int) -> int:
    """The frames of the 30 days before the hour of `now` (ticks); gives their number."""
    home = _home()
    if home is None:
        raise ValueError("The demo plant must be loaded before its event frames.")
    hour = now // TICKS_PER_HOUR * TICKS_PER_HOUR
    Counter.objects.update_or_create(name=MARK, defaults={"value": hour})
    alarms = Search(home.database, home.seed, home.layout, hour)
    return _begin(home, first_frames(home.seed, home.layout, hour, alarms), hour)


@transaction.atomic
def advance(now: int) -> int:
    """Begins the frames that are due since the last call, at most those of 30 days, and ends those whose time
    has come. Gives how many frames changed; 0 without a demo plant. Safe to call at any time, in parallel too.

    Eight queries when nothing is due.
    """
    home = _home()
    since = _claim(now) if home else None
    if home is None or since is None:
        return 0
    begun = _begin(home, later_frames(home.seed, home.layout, since, now), now)
    return begun + _end(home, now)


def _home() -> Home | None:
    plant = loaded()
    if plant is None:
        return None
    rows = ElementTemplate.objects.filter(database=plant.database).prefetch_related(
        "categories", "attribute_templates__categories"
    )
    named = {row.name: row for row in rows.filter(instance_type="EventFrame")}
    templates = {kind: named[item.name] for kind, item in FRAME_TEMPLATES.items() if item.name in named}
    attributes = {kind: list(row.attribute_templates.all()) for kind, row in templates.items()}
    return Home(plant.database, plant.seed, plant.layout, facts.Ids(plant.seed), templates, attributes)


def _claim(now: int) -> int | None:
    """The moment from which on frames are missing; None when another call has been there."""
    mark = Counter.objects.select_for_update().filter(name=MARK).first()
    if mark is None or mark.value >= now:
        return None
    since, mark.value = mark.value, now
    mark.save(update_fields=["value"])
    return max(since, now - DAYS * TICKS_PER_DAY)


def _begin(home: Home, planned: list[PlannedFrame], now: int) -> int:
    """Stores frames; those that are over by `now` with their ends. A frame that exists is left as it is."""
    fresh = _missing(home, planned)
    if not fresh:
        return 0
    first = numbering.take(len(fresh))
    endings = {id: _ending(home, id, plan) for id, plan in fresh.items() if plan.due <= now}
    frames = [
        _frame(home, id, plan, endings.get(id), first + position) for position, (id, plan) in enumerate(fresh.items())
    ]
    EventFrame.objects.bulk_create(frames)
    EventFrameReference.objects.bulk_create(
        EventFrameReference(frame=frame, element_id=frame.primary_element_id, position=0) for frame in frames
    )
    link_categories(
        EventFrame,
        [(id, row.pk) for id, plan in fresh.items() for row in home.templates[plan.kind].categories.all()],
    )
    _give_attributes(home, fresh, endings)
    return len(frames)


def _missing(home: Home, planned: list[PlannedFrame]) -> dict[UUID, PlannedFrame]:
    """By id those that are not there, as far as their templates and units still are."""
    units = {_unit_id(home, plan) for plan in planned}
    standing = set(Element.objects.filter(pk__in=units).values_list("pk", flat=True))
    fresh = {
        home.ids.frame(plan.key): plan
        for plan in planned
        if plan.kind in home.templates and _unit_id(home, plan) in standing
    }
    for id in EventFrame.objects.filter(pk__in=fresh).values_list("pk", flat=True):
        del fresh[id]
    return fresh


def _unit_id(home: Home, plan: PlannedFrame) -> UUID:
    return home.ids.in_database(facts.unit_path(plan.plant, plan.unit))


def _ending(home: Home, id: UUID, plan: PlannedFrame) -> Ending:
    return ending(home.seed, str(id), plan.kind, plan.start, plan.due, plan.attributes)


def _frame(home: Home, id: UUID, plan: PlannedFrame, over: Ending | None, changed: int) -> EventFrame:
    template = home.templates[plan.kind]
    who, at = (over and over.acknowledged) or ("", None)
    return EventFrame(
        id=id,
        database=home.database,
        template=template,
        name=plan.name,
        description=plan.description,
        start=plan.start,
        end=plan.due if over else None,
        severity=plan.severity,
        can_be_acknowledged=template.can_be_acknowledged,
        acknowledged_by=who,
        acknowledged_at=at,
        values_captured=over is not None,
        extended_properties={} if over else {PLANNED_END: {"Value": format_ticks(plan.due)}},
        primary_element_id=_unit_id(home, plan),
        changed=changed,
    )


def _give_attributes(home: Home, fresh: dict[UUID, PlannedFrame], endings: dict[UUID, Ending]) -> None:
    pairs = [(id, plan, item) for id, plan in fresh.items() for item in home.attributes[plan.kind]]
    rows = [_attribute(home, id, plan, item, endings.get(id)) for id, plan, item in pairs]
    EventFrameAttribute.objects.bulk_create(rows)
    categories = [
        (row.pk, category.pk)
        for row, (_, _, item) in zip(rows, pairs, strict=True)
        for category in item.categories.all()
    ]
    link_categories(EventFrameAttribute, categories)


def _attribute(
    home: Home, frame: UUID, plan: PlannedFrame, item: AttributeTemplate, over: Ending | None
) -> EventFrameAttribute:
    late = over.attributes if over else {}
    return EventFrameAttribute(
        id=home.ids.in_database(f"EventFrames[{plan.key}]|{item.trail}"),
        frame_id=frame,
        template=item,
        name=item.name,
        trail=item.trail,
        description=item.description,
        type=item.type,
        unit_id=item.unit_id,
        value=(plan.attributes | late).get(item.name, item.value),
        value_ticks=plan.due if item.name in late else plan.start,
    )


def _end(home: Home, now: int) -> int:
    """Taking the numbers shuts other writers of event frames out, so the frames are read after it."""
    open_frames = EventFrame.objects.filter(
        database=home.database, end=None, is_locked=False, extended_properties__has_key=PLANNED_END
    )
    due = [frame.pk for frame in open_frames if _planned_end(frame) <= now]
    if not due:
        return 0
    first = numbering.take(len(due))
    ended = 0
    for ended, frame in enumerate(open_frames.filter(pk__in=due).order_by("start"), 1):
        frame.changed = first + ended - 1
        _finish(home, frame, max(_planned_end(frame), frame.start))
    return ended


def _planned_end(frame: EventFrame) -> int:
    """Never, for what somebody has written there that is no time."""
    try:
        return from_datetime(datetime.fromisoformat(frame.extended_properties[PLANNED_END]["Value"]))
    except (KeyError, TypeError, ValueError):
        return OPEN_END


def _finish(home: Home, frame: EventFrame, end: int) -> None:
    kinds = {template.pk: kind for kind, template in home.templates.items()}
    rows = list(frame.attributes.all())
    known = {row.name: row.value for row in rows}
    over = ending(home.seed, str(frame.pk), kinds.get(frame.template_id, ""), frame.start, end, known)
    for row in rows:
        if row.name in over.attributes:
            row.value, row.value_ticks = over.attributes[row.name], end
    EventFrameAttribute.objects.bulk_update(rows, ["value", "value_ticks"])
    frame.end, frame.values_captured = end, True
    frame.save(update_fields=["end", "values_captured", "changed", "modified"])
