"""Many more event frames for a demo plant that is there: of its templates, over its units, of the last year."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from events.models import EventFrame, EventFrameReference
from events.numbering import COUNTER
from piwebapi.core.times import TICKS_PER_HOUR, TICKS_PER_MINUTE, from_datetime
from piwebapi.models import AssetDatabase, Counter, Element, ElementTemplate

YEAR = 365 * 24 * TICKS_PER_HOUR
CHUNK = 5000


@transaction.atomic
def fill(frames: int) -> None:
    """Every hundredth of the last day is still open."""
    database = AssetDatabase.objects.get(name="ProductionDB")
    units = list(Element.objects.filter(database=database, template__name="ProcessUnitTemplate").order_by("pk"))
    templates = list(ElementTemplate.objects.filter(database=database, instance_type="EventFrame").order_by("name"))
    first, now = Counter.take(COUNTER, frames), from_datetime(timezone.now())
    for offset in range(0, frames, CHUNK):
        made = [
            EventFrame(
                database=database,
                name=f"{templates[number % len(templates)].name.removesuffix('Template')}_{number:07}",
                template=templates[number % len(templates)],
                start=(start := now - YEAR + number * YEAR // frames),
                end=None
                if number % 100 == 99 and number > frames * 0.997
                else start + (number % 480) * TICKS_PER_MINUTE,
                severity=number % 6,
                can_be_acknowledged=number % 4 == 1,
                primary_element=units[number * 31 % len(units)],
                changed=first + number,
            )
            for number in range(offset, min(frames, offset + CHUNK))
        ]
        EventFrame.objects.bulk_create(made)
        EventFrameReference.objects.bulk_create(
            EventFrameReference(frame=frame, element_id=frame.primary_element_id) for frame in made
        )
