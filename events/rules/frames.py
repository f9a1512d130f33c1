"""Episodes as event frames, in bulk: the same episode always gets the same frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

import numpy as np

from events import services
from events.capture import capture, plain
from events.models import EventFrame, EventFrameAttribute, EventFrameReference
from events.models.rules import EventRule, RuleFrame
from events.numbering import COUNTER
from events.rules.episodes import Episode
from piwebapi.core.times import format_ticks
from piwebapi.core.webid import fold
from piwebapi.demo.links import link_categories
from piwebapi.models import Attribute, Counter, Element
from streaming.streams import streams_of, values_at

from .scope import RELATED

NAMESPACE = UUID("5b0e3c86-0b0f-5f5a-8f0c-2f9a5ce3a6d1")
AT_ONCE = 500
LONGEST_NAME = 260


def id_for(rule: EventRule, element: UUID, start: int) -> UUID:
    return uuid5(NAMESPACE, f"{rule.pk}|{element}|{start}")


def begin(rule: EventRule, elements: Sequence[Element], episodes: Sequence[Episode], now: int) -> int:
    """Frames for episodes that have none yet; some thirty queries for any number. In the caller's transaction."""
    wanted = {id_for(rule, elements[one.row].pk, one.start): one for one in episodes}
    for known in RuleFrame.objects.filter(pk__in=list(wanted)).values_list("pk", flat=True):
        del wanted[known]
    if not wanted:
        return 0
    first = Counter.take(COUNTER, len(wanted))
    frames = [_frame(rule, pk, elements[one.row], one, first + place) for place, (pk, one) in enumerate(wanted.items())]
    EventFrame.objects.bulk_create(frames, batch_size=AT_ONCE)
    EventFrameReference.objects.bulk_create(
        [EventFrameReference(frame=frame, element_id=frame.primary_element_id, position=0) for frame in frames],
        batch_size=AT_ONCE,
    )
    RuleFrame.objects.bulk_create(
        [
            RuleFrame(frame_id=pk, rule=rule, element=elements[one.row], start=one.start, end=one.end)
            for pk, one in wanted.items()
        ],
        batch_size=AT_ONCE,
    )
    if rule.frame_template is not None:
        categories = list(rule.frame_template.categories.values_list("pk", flat=True))
        link_categories(EventFrame, [(frame.pk, category) for frame in frames for category in categories])
    services.instantiate(frames, now)
    _fill(rule, frames, now)
    _capture([frame for frame in frames if frame.end is not None], now)
    return len(frames)


def _frame(rule: EventRule, pk: UUID, element: Element, episode: Episode, changed: int) -> EventFrame:
    template = rule.frame_template
    severity = rule.severity if rule.severity is not None else (template.severity if template else 0)
    start = format_ticks(episode.start)
    name = rule.name_pattern.replace("{rule}", rule.name).replace("{element}", element.name).replace("{start}", start)
    return EventFrame(
        id=pk,
        database_id=rule.database_id,
        template=template,
        name=_allowed(name),
        description=f"{rule.name} at {element.path}: {rule.start_condition}"[:1000],
        start=episode.start,
        end=episode.end,
        severity=severity,
        can_be_acknowledged=bool(template and template.can_be_acknowledged),
        values_captured=episode.end is not None,
        primary_element=element,
        changed=changed,
    )


def _allowed(name: str) -> str:
    """Names hold none of these."""
    return "".join("_" if letter in "*?;{}[]|\\`'\"" else letter for letter in name)[:LONGEST_NAME].strip()


def _fill(rule: EventRule, frames: Sequence[EventFrame], now: int) -> None:
    """The constants of the rule, and what the captured attributes of the element held at the start."""
    values = {frame.pk: dict(rule.constants) for frame in frames}
    for name, by_frame in _captured(rule, frames, now).items():
        for pk, value in by_frame.items():
            values[pk][name] = value
    starts = {frame.pk: frame.start for frame in frames}
    rows = {
        (row.frame_id, row.trail_key): row
        for row in EventFrameAttribute.objects.filter(frame__in=frames, data_reference="")
    }
    changed, fresh = [], []
    for pk, named in values.items():
        for name, value in named.items():
            row = rows.get((pk, fold(name)))
            if row is None:
                row = EventFrameAttribute(frame_id=pk, name=name, trail=name, type=_type(value))
                fresh.append(row)
            else:
                changed.append(row)
            row.value, row.value_ticks = value, starts[pk]
    EventFrameAttribute.objects.bulk_update(changed, ["value", "value_ticks"], batch_size=AT_ONCE)
    EventFrameAttribute.objects.bulk_create(fresh, batch_size=AT_ONCE)


def _captured(rule: EventRule, frames: Sequence[EventFrame], now: int) -> Mapping[str, Mapping[UUID, Any]]:
    """By attribute and frame. Streams of elements, each at the starts of its frames."""
    names = {fold(name.strip()): name.strip() for name in rule.captured.split(",") if name.strip()}
    if not names:
        return {}
    owners = {frame.primary_element_id for frame in frames}
    rows = list(Attribute.objects.filter(element__in=owners, trail_key__in=names).select_related(*RELATED))
    found: dict[str, dict[UUID, Any]] = {}
    for row, stream in zip(rows, streams_of(rows), strict=True):
        mine = [frame for frame in frames if frame.primary_element_id == row.element_id]
        series = values_at([stream], np.array([frame.start for frame in mine], np.int64), now)[0]
        for place, frame in enumerate(mine):
            found.setdefault(names[row.trail_key], {})[frame.pk] = plain(stream, series.take(place))
    return found


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "Boolean"
    return "Double" if isinstance(value, int | float) else "String"


def end(rule: EventRule, elements: Sequence[Element], episodes: Sequence[Episode], now: int) -> int:
    """Ends frames that are still open; one that somebody has ended, locked or deleted is left alone."""
    ends = {id_for(rule, elements[one.row].pk, one.start): one.end for one in episodes}
    if not ends:
        return 0
    links = list(RuleFrame.objects.filter(pk__in=list(ends)))
    for link in links:
        link.end = ends[link.pk]
    RuleFrame.objects.bulk_update(links, ["end"], batch_size=AT_ONCE)
    first = Counter.take(COUNTER, len(ends))  # from here on no other writer of event frames
    frames = list(EventFrame.objects.filter(pk__in=list(ends), end=None, is_locked=False).select_related("database"))
    for place, frame in enumerate(frames):
        frame.end, frame.values_captured, frame.changed = max(ends[frame.pk] or now, frame.start), True, first + place
    EventFrame.objects.bulk_update(frames, ["end", "values_captured", "changed"], batch_size=AT_ONCE)
    _capture(frames, now)
    return len(frames)


def _capture(frames: Sequence[EventFrame], now: int) -> None:
    reading = EventFrameAttribute.objects.filter(frame__in=frames).exclude(data_reference="")
    wanted = set(reading.values_list("frame_id", flat=True))
    for frame in frames:
        if frame.pk in wanted:
            capture(frame, now)
