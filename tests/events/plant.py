"""A small plant with event frames, and a table that can be made to fail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from events import services
from events.lakehouse.delta import DeltaGateway
from events.lakehouse.gateway import GatewayError, Written
from events.lakehouse.rows import FrameRow
from events.models import EventFrame, EventFrameAttribute
from events.numbering import COUNTER
from piwebapi.core.times import from_datetime
from piwebapi.models import (
    AssetDatabase,
    AssetServer,
    Counter,
    Element,
    ElementCategory,
    ElementTemplate,
    EnumerationSet,
    EnumerationValue,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def ticks(*moment: int) -> int:
    return from_datetime(datetime(*moment, tzinfo=UTC))


class Plant:
    def __init__(self) -> None:
        server = AssetServer.objects.create(name="AFDEMO")
        self.database = AssetDatabase.objects.create(server=server, name="ProductionDB")
        self.unit = Element.objects.create(database=self.database, name="Unit_1", path="Unit_1")
        self.category = ElementCategory.objects.create(database=self.database, name="Downtime")
        ElementTemplate.objects.create(database=self.database, name="DowntimeTemplate", instance_type="EventFrame")
        self.reasons = EnumerationSet.objects.create(database=self.database, name="Reasons")
        EnumerationValue.objects.create(enumeration_set=self.reasons, name="Power", value=3)

    @transaction.atomic
    def frame(self, name: str = "Downtime_1", home: AssetDatabase | None = None, **changes: Any) -> EventFrame:
        values = {"start": ticks(2026, 3, 1, 8), "end": ticks(2026, 3, 1, 9, 30)} | changes
        return services.create(home or self.database, now=from_datetime(NOW), name=name, **values)

    def attribute(self, frame: EventFrame, name: str, value: Any, **more: Any) -> None:
        EventFrameAttribute.objects.create(frame=frame, name=name, trail=name, value=value, **more)

    def counter(self, value: int) -> None:
        Counter.objects.update_or_create(name=COUNTER, defaults={"value": value})

    @transaction.atomic
    def update(self, frame: EventFrame, **changes: Any) -> None:
        services.update(frame, now=from_datetime(NOW), **changes)

    @transaction.atomic
    def delete(self, frame: EventFrame) -> None:
        services.delete(frame)


class Failing(DeltaGateway):
    """Fails at the upsert of the given number; the first one is 1."""

    batch_rows = 2
    fails_at = 0
    permanent = False
    upserts = 0

    def upsert(self, rows: Sequence[FrameRow], **more: Any) -> Written:
        self.upserts += 1
        if self.upserts == self.fails_at:
            raise GatewayError("The lake is frozen.", permanent=self.permanent)
        return super().upsert(rows, **more)
