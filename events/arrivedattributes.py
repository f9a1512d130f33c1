"""The attributes of event frames that came as rows of the lake: texts become values of the attribute's type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from events.frame_rows import States, states_of
from events.lakehouse.rows import FrameRow
from events.models import EventFrame, EventFrameAttribute
from events.texts import as_text, from_text
from piwebapi.core.paths import check_name
from piwebapi.core.webid import fold
from piwebapi.models import AttributeTemplate
from piwebapi.services.templates import inherited

AT_ONCE = 1000

Rows = Mapping[UUID, FrameRow]
#: by frame and folded trail: the trail as it is stored, and the value
Values = dict[tuple[UUID, str], tuple[str, Any]]


def trail_of(key: str) -> str:
    return "|".join(check_name(part) for part in key.split("|"))


def convert(rows: Rows, templates: Mapping[UUID, UUID | None]) -> tuple[Values, dict[UUID, str]]:
    """The values of all rows, and by frame the reason where a text is no value of its attribute's type. `templates`
    tells which template each frame will have; an attribute that neither it nor the frame knows is a String."""
    kinds: dict[tuple[UUID, str], EventFrameAttribute | AttributeTemplate] = {}
    of_template = inherited({template for template in templates.values() if template})
    for frame_id, template in templates.items():
        kinds |= {(frame_id, source.trail_key): source for source in of_template.get(template, ())}
    present = EventFrameAttribute.objects.filter(frame__in=list(rows))
    kinds |= {(attribute.frame_id, attribute.trail_key): attribute for attribute in present}
    states = states_of({kind.enumeration_set_id for kind in kinds.values()} - {None})
    values: Values = {}
    refused: dict[UUID, str] = {}
    for frame_id, row in rows.items():
        for key, text in row.attributes.items():
            trail = trail_of(key)
            kind = kinds.get((frame_id, fold(trail)))
            try:
                value = _value(text, kind, states)
            except ValueError:
                refused[frame_id] = f"The attribute '{trail}' is of the type {kind.type}, which '{text}' is not."
                break
            values[frame_id, fold(trail)] = (trail, value)
    return values, refused


def _value(text: str | None, kind: EventFrameAttribute | AttributeTemplate | None, states: States) -> Any:
    return text if kind is None else from_text(text, kind.type, states.get(kind.enumeration_set_id, {}))


def store(frames: Sequence[EventFrame], values: Values, now: int) -> None:
    """Writes what differs. An attribute that a row does not hold has no value then; captured values stay."""
    ids = {frame.pk for frame in frames}
    present = list(EventFrameAttribute.objects.filter(frame__in=frames))
    states = states_of({row.enumeration_set_id for row in present} - {None})
    changed = []
    for row in present:
        if row.data_reference:
            continue
        _, value = values.get((row.frame_id, row.trail_key), ("", None))
        own_states = states.get(row.enumeration_set_id, {})
        if as_text(value, own_states) != as_text(row.value, own_states):
            row.value, row.value_ticks = value, now
            changed.append(row)
    EventFrameAttribute.objects.bulk_update(changed, ["value", "value_ticks"], batch_size=AT_ONCE)
    known = {(row.frame_id, row.trail_key): row.pk for row in present}
    unknown = {key: found for key, found in values.items() if key not in known and key[0] in ids}
    EventFrameAttribute.objects.bulk_create(_made(known, unknown, now), batch_size=AT_ONCE)


def _made(known: dict[tuple[UUID, str], UUID], values: Values, now: int) -> Iterable[EventFrameAttribute]:
    """Attributes that only the row knows, and those above them; parents first."""
    made = []
    for (frame_id, key), (trail, value) in sorted(values.items(), key=lambda item: item[0][1].count("|")):
        names = trail.split("|")
        for depth in range(1, len(names) + 1):
            here = "|".join(names[:depth])
            if (frame_id, fold(here)) in known:
                continue
            row = EventFrameAttribute(
                frame_id=frame_id,
                name=names[depth - 1],
                trail=here,
                type="String",
                parent_id=known.get((frame_id, fold("|".join(names[: depth - 1])))),
                value=value if fold(here) == key else None,
                value_ticks=now,
            )
            known[frame_id, fold(here)] = row.pk
            made.append(row)
    return made
