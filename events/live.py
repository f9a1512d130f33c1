"""Event frames on the subscribe socket: the kind ``EventFrames`` of version 2.

    {"Action":"Subscribe","Id":"e","Resources":[{"Kind":"EventFrames","Database":"<WebId>"}]}

`Database`, `Template` (with those derived from it), `Element` (with all below it), each a WebId, and `Severity`, a name
or a list of names, choose among the frames; deletions are told to all, for nobody knows any more what the frame was.
The items are those of ``GET /eventframes/changes``; so are the markers, and a client that comes back with the last one
has missed nothing. Without a marker the frames in progress come first (unless ``Initial`` is false). What is told is
read from the log of changes; the bell says only that it is worth looking.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from django.db.models import Q
from django.utils import timezone

from events import changes, markers, search
from events.markers import Position
from events.models import EventFrame, EventFrameReference
from events.numbering import COUNTER
from piwebapi.access import find
from piwebapi.api.resource import Call
from piwebapi.callers import Caller
from piwebapi.core.errors import BadRequest
from piwebapi.core.times import from_datetime
from piwebapi.models import Counter, Element, ElementTemplate
from piwebapi.queries.filters import template_ids
from piwebapi.securables import visible
from streaming.live.kinds import Running, Subscriber
from streaming.live.runtime import Live

NAME = "EventFrames"
PAGE = 200
#: so many frames in progress are told at the beginning
MOST_OPEN = 1000


@dataclass(frozen=True)
class Asked:
    """What pages are read for; two subscriptions that ask the same share them."""

    caller: Caller
    base: str
    fitting: Q = field(default_factory=Q)


@dataclass(frozen=True)
class Page:
    items: Sequence[bytes]
    upto: int


class EventFrames:
    async def begin(
        self, resource: Mapping[str, Any], marker: str | None, initial: bool, subscriber: Subscriber
    ) -> Running:
        if unknown := sorted(set(resource) - {"Kind", *KINDS, "Severity"}):
            raise BadRequest(f"A resource of this kind has no members {', '.join(unknown)}.")
        threads = subscriber.live.threads
        asked, position = await threads.run(begun, subscriber.caller, subscriber.base, resource, marker)
        feed = Feed(subscriber, asked, position)
        if marker is None and initial:
            feed.first = await threads.run(in_progress, asked)
        feed.start()
        return feed


def begun(caller: Caller, base: str, resource: Mapping[str, Any], marker: str | None) -> tuple[Asked, Position]:
    """What a subscription asks for, and from where on. BadRequest, NotFound and Forbidden as over REST."""
    fitting = Q()
    for name, (kind, condition) in KINDS.items():
        if (text := resource.get(name)) is None:
            continue
        if not isinstance(text, str):
            raise BadRequest(f"{name} must be the WebId of one {kind}.")
        fitting &= condition(find(caller, text, kind))
    if (severities := resource.get("Severity")) is not None:
        fitting &= Q(severity__in=_ranks(severities))
    position = markers.position(markers.NOW if marker is None else marker, Counter.last(COUNTER))
    position.check()
    return Asked(caller, base, fitting), position


def _in_template(template: ElementTemplate) -> Q:
    return Q(template__in=template_ids(template.database, template.name))


def _of_element(element: Element) -> Q:
    below = Q(path_key=element.path_key) | Q(path_key__startswith=element.path_key + "\\")
    branch = Element.objects.filter(below, database=element.database_id)
    return Q(pk__in=EventFrameReference.objects.filter(element__in=branch).values("frame"))


def _ranks(names: Any) -> list[int]:
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not names or not all(name in search.SEVERITIES for name in names):
        raise BadRequest(f"Severity must be one of {', '.join(search.SEVERITIES)}, or a list of them.")
    return [search.SEVERITIES.index(name) for name in names]


#: member of a resource -> the kind of object that its WebId names, and which frames fit
KINDS: Mapping[str, tuple[str, Callable[[Any], Q]]] = {
    "Database": ("AssetDatabase", lambda database: Q(database=database.pk)),
    "Template": ("ElementTemplate", _in_template),
    "Element": ("Element", _of_element),
}


def in_progress(asked: Asked) -> Sequence[bytes]:
    """The frames that are open now, as items; the oldest `MOST_OPEN`."""
    rows = _rows(asked).filter(end=None).order_by("start", "pk")[:MOST_OPEN]
    return [orjson.dumps(changes.changed(frame, _call(asked))) for frame in rows]


def read(asked: Asked, since: int) -> Page | None:
    """The next page of changes; None when there is none."""
    call = _call(asked)
    found = changes.page_of(_rows(asked), call, since, PAGE)
    return found and Page([orjson.dumps(item) for item in found.items], found.upto)


def _rows(asked: Asked) -> Any:
    return visible(asked.caller, search.dressed(EventFrame.objects.filter(asked.fitting)))


def _call(asked: Asked) -> Call:
    now = from_datetime(timezone.now())
    return Call(changes.ENDPOINTS[0], asked.caller, now, asked.base, "eventframes/changes", {}, {})


class Feed:
    """One subscription. It reads only when the counter has moved."""

    def __init__(self, subscriber: Subscriber, asked: Asked, position: Position) -> None:
        self.subscriber = subscriber
        self.asked = asked
        self.position = position
        self.mark = position.since
        self.first: Sequence[bytes] = ()
        self.marker = position.marker(self.mark)
        self.described: Mapping[str, Any] = {}
        self.watch = Watch.of(subscriber.live)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    def end(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        if self.first and not self.subscriber.emit(self.first, self.marker):
            await self.subscriber.drained()
        while True:
            await self.watch.beyond(self.mark)
            upto = self.watch.last  # while the page is read it may go on, with a change that the page has not seen
            page = await self.watch.page(self.asked, self.mark)
            if page is None:  # what has changed is not for this one
                self.mark = upto
                continue
            self.mark = page.upto
            if page.items and not self.subscriber.emit(page.items, self.position.marker(page.upto)):
                await self.subscriber.drained()


class Watch:
    """Of one server process: where the counter stands, asked once for all subscriptions, and pages they share."""

    _of: WeakKeyDictionary[Live, Watch] = WeakKeyDictionary()

    def __init__(self, live: Live) -> None:
        self.live = live
        self.last = 0
        self._moved = asyncio.Event()
        self._asking: asyncio.Task[None] | None = None
        self._pages: dict[tuple[Asked, int], asyncio.Task[Page | None]] = {}
        live.watchers.append(self._look)

    @classmethod
    def of(cls, live: Live) -> Watch:
        if live not in cls._of:
            cls._of[live] = cls(live)
        return cls._of[live]

    def _look(self) -> None:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        last = await self.live.threads.run(Counter.last, COUNTER)
        if last > self.last:
            self.last = last
            self._pages.clear()
            self._moved.set()
            self._moved = asyncio.Event()

    async def beyond(self, mark: int) -> None:
        while self.last <= mark:
            await self._moved.wait()

    async def page(self, asked: Asked, since: int) -> Page | None:
        task = self._pages.get((asked, since))
        if task is None:
            task = self._pages[asked, since] = asyncio.create_task(self.live.threads.run(read, asked, since))
        return await asyncio.shield(task)
