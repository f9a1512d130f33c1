"""A small plant for the endpoints of streams, and a client of the service without HTTP.

Times of stored values are hours after MIDNIGHT of the day before NOW, so that a test can tell what it expects.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.contrib.auth import get_user_model

import osipi_site.urls  # noqa: F401  joins the endpoints of all apps
from events.models import EventFrame, EventFrameAttribute
from piwebapi.api.render import json_bytes
from piwebapi.api.resource import Reply
from piwebapi.api.service import Request, service
from piwebapi.callers import Caller
from piwebapi.models import (
    AssetDatabase,
    AssetServer,
    Attribute,
    DataServer,
    Element,
    EnumerationSet,
    EnumerationValue,
    Point,
    Unit,
    UnitClass,
)
from streaming.archive import archive
from streaming.core.series import BAD, Series

SECOND = 10_000_000
HOUR = 3600 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MIDNIGHT = 19_793 * 24 * HOUR  # 2024-03-11T00:00:00Z, a Monday
NOW = MIDNIGHT + 33 * HOUR + HOUR // 2  # 2024-03-12T09:30:00Z
BASE = "http://plant.example/piwebapi"


def at(hours: float) -> int:
    return MIDNIGHT + round(hours * HOUR)


def stamp(ticks: int) -> str:
    """ISO with as many digits as needed, by datetime (which knows microseconds) and the rest by hand."""
    seconds, rest = divmod(ticks, SECOND)
    text = (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{rest:07}".rstrip("0") if rest else "") + "Z"


def hour(hours: float) -> str:
    return stamp(at(hours))


class Answer:
    def __init__(self, reply: Reply) -> None:
        self.status, self.headers = reply.status, reply.headers
        self.body: Any = json.loads(json_bytes(reply.body)) if reply.body is not None else None

    @property
    def items(self) -> list[Any]:
        assert self.status == 200, (self.status, self.body)
        return self.body["Items"]

    @property
    def rows(self) -> list[tuple[str, Any]]:
        """Timestamp and value of each item."""
        return pairs(self.items)


def pairs(items: Sequence[dict[str, Any]]) -> list[tuple[str, Any]]:
    return [(item["Timestamp"], item["Value"]) for item in items]


class Client:
    def __init__(self, now: int = NOW, writes: bool = True) -> None:
        user = get_user_model()(username="tester")
        self.caller = Caller("tester", user, "basic", True, writes, writes)
        self.now = now

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        raw = json.dumps(body).encode() if body is not None else b""
        text = urlencode(query, doseq=True)
        request = Request(method, path, text, self.caller, self.now, BASE, raw, {"x-requested-with": "test"})
        return Answer(service.answer(request))

    def get(self, path: str, **query: Any) -> Answer:
        return self.ask("GET", path, **query)

    def post(self, path: str, body: Any, **query: Any) -> Answer:
        return self.ask("POST", path, body, **query)


class Plant:
    """Data server PI, asset server AF with the database Db and the element Boiler (child Pump)."""

    def __init__(self) -> None:
        self.pi = DataServer.objects.create(name="PI")
        self.af = AssetServer.objects.create(name="AF")
        self.db = AssetDatabase.objects.create(server=self.af, name="Db")
        self.boiler = Element.objects.create(database=self.db, name="Boiler", path="Boiler")
        self.pump = Element.objects.create(database=self.db, name="Pump", path="Boiler\\Pump", parent=self.boiler)
        length = UnitClass.objects.create(server=self.af, name="Length")
        self.metre = Unit.objects.create(unit_class=length, name="metre", abbreviation="m", canonical=True)
        self.foot = Unit.objects.create(unit_class=length, name="foot", abbreviation="ft", factor=0.3048)
        mass = UnitClass.objects.create(server=self.af, name="Mass")
        self.kilogram = Unit.objects.create(unit_class=mass, name="kilogram", abbreviation="kg", canonical=True)
        self.modes = EnumerationSet.objects.create(data_server=self.pi, name="Modes")
        for code, name in enumerate(("Stopped", "Running", "Cleaning")):
            EnumerationValue.objects.create(enumeration_set=self.modes, name=name, value=code)

    def point(self, name: str, kind: str = "Float64", **more: Any) -> Point:
        more = {"created_ticks": at(-24), **more}
        return Point.objects.create(server=self.pi, name=name, point_type=kind, **more)

    def filled(self, name: str, events: Sequence[tuple[float, Any]], kind: str = "Float64", **more: Any) -> Point:
        """Hours and values: a number, a text, or the code of a system state in a tuple."""
        point = self.point(name, kind, **more)
        archive.write({point.pk: series([(at(hours), value) for hours, value in events])}, "Insert")
        return point

    def simulated(self, name: str, signal: str = "process", **more: Any) -> Point:
        return self.point(name, "Float32", **{"signal": signal, "noise": 2.0, "zero": 20.0, "span": 80.0, **more})

    def attribute(self, name: str, owner: Element | None = None, **more: Any) -> Attribute:
        if "point" in more:
            more = {"data_reference": "PI Point", **more}
        trail = f"{more['parent'].trail}|{name}" if more.get("parent") else name
        return Attribute.objects.create(element=owner or self.boiler, name=name, trail=trail, **more)

    def frame(self, name: str, start: float, end: float | None, **attributes: Point) -> EventFrame:
        found = EventFrame.objects.create(
            database=self.db, name=name, start=at(start), end=None if end is None else at(end)
        )
        for title, point in attributes.items():
            EventFrameAttribute.objects.create(
                frame=found, name=title, trail=title, point=point, data_reference="PI Point"
            )
        return found


def series(events: Sequence[tuple[int, Any]]) -> Series:
    """Ticks and values; the code of a system state stands in a tuple."""
    flags = [BAD if isinstance(value, tuple) else 0 for _, value in events]
    values = [value[0] if isinstance(value, tuple) else value for _, value in events]
    found = Series.of([ticks for ticks, _ in events], [0.0] * len(events), flags)
    plain = all(isinstance(value, float | int) for value in values)
    column = np.array(values, dtype=np.float64 if plain else np.object_)
    return Series(found.times, column, found.flags)


def web_id(obj: Any) -> str:
    """Of an object whose relations are read anew."""
    found: str = type(obj).objects.get(pk=obj.pk).web_id()
    return found
