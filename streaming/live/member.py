"""One subscription of version 2 to streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from piwebapi.core.errors import ApiError
from piwebapi.core.times import format_ticks

from . import catchup, limits, markers
from .feed import Feed, Position
from .hub import Item, Line, Subscription, Tag
from .requests import Subscribe
from .resources import Resolved, resolve_all, searched
from .runtime import now_ticks
from .sources import Source

if TYPE_CHECKING:
    from .dialogue import Dialogue

CODES = {400: "BadResource", 401: "SignedOut", 403: "Forbidden", 404: "NotFound"}


class Member:
    """`searches`: resources that are searches, and the keys of the streams that they brought."""

    def __init__(self, session: Dialogue, request: Subscribe) -> None:
        self.session = session
        self.live = session.live
        self.caller = session.connection.caller
        self.request = request
        self.sequence = 0
        self.initial = False
        self.told_conflated = 0
        self.owed_since = 0.0
        self.searches: list[tuple[Mapping[str, Any], set[Hashable]]] = []
        self.subscription: Subscription = Subscription(self, request.steps, latest=True, pause=request.steps)
        self._reading: asyncio.Task[None] | None = None
        self._emptied = asyncio.Event()
        self._id = orjson.dumps(request.id)

    @property
    def streams(self) -> int:
        return len(self.subscription.items)

    @property
    def position(self) -> Position:
        return self.subscription.at if isinstance(self.subscription, Feed) else dict(self.live.hub.now)

    @property
    def marker(self) -> str:
        return markers.written(self.live.life, self.position)

    async def start(self) -> bool:
        """Subscribe first, then read, so that nothing falls between. False: nothing was subscribed."""
        room = limits.streams() - self.session.streams
        found = await self._resolved(room)
        await self.live.progress.settled()
        sources = {source.key: source for one in found for source in one.sources}
        if len(sources) > room:
            self._refuse("TooMany", f"A socket has at most {limits.streams()} streams.")
            return False
        tags, new = self.live.wanted(list(sources.values()))
        await self.live.fill(new)
        for resource, one in zip(self.request.resources, found, strict=True):
            if one.is_search:
                self.searches.append((resource, {source.key for source in one.sources}))
        self._begin(tags, found)
        return bool(tags) or bool(self.searches)

    async def _resolved(self, room: int) -> list[Resolved]:
        """What the resources name; WebIds that this caller has named before cost no query."""
        known, tags, resources = self.live.known, self.live.hub.tags, self.request.resources
        found: dict[int, Resolved] = {}
        for place, resource in enumerate(resources):
            key = known.get((self.caller, "dialogue", resource)) if isinstance(resource, str) else None
            if key in tags:
                found[place] = Resolved((tags[key].detail,))
        rest = [place for place in range(len(resources)) if place not in found]
        if rest:
            asked = [resources[place] for place in rest]
            answers = await self.live.threads.run(resolve_all, self.caller, asked, now_ticks(), room)
            for place, answer in zip(rest, answers, strict=True):
                found[place] = answer
                resource = resources[place]
                if isinstance(resource, str) and answer.sources and not resource.startswith("\\"):
                    known[self.caller, "dialogue", resource] = answer.sources[0].key
        return [found[place] for place in range(len(resources))]

    def _begin(self, tags: Sequence[Tag], found: Sequence[Resolved]) -> None:
        """In one step of the loop: where it starts, the answer, the first values."""
        request, hub = self.request, self.live.hub
        start: Position = dict(hub.now)
        since = request.since[1] if request.since else None
        another_life = bool(request.since and request.since[0] != self.live.life)
        if request.mode == "all":
            self.subscription = Feed(self, request.steps, hub, start, self.fell_behind)
            if since is not None and not another_life:
                self.subscription.at = {**since, "still": 0}
        self.session.say(self._subscribed(found))
        self.initial = request.initial and since is None
        if since is not None and (another_life or request.mode == "latest"):
            self.initial = True  # what there is now stands for what has been missed
        if another_life:
            self._gap(min(since["sampled"], start["sampled"]) if since else 0, start["sampled"])
        lines = [(tag.key, self._line(tag)) for tag in tags]
        if self.initial and isinstance(self.subscription, Feed):
            first = [(Item(line, True), line.tag.latest) for _, line in lines if line.tag.latest is not None]
            self.subscription.hand_in(first, start)
        hub.add(self.subscription, lines, initial=self.initial)

    def end(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self.live.hub.remove(self.subscription)
        self.session.outlet.forget(self.subscription)
        self.subscription.release()

    # -- messages ------------------------------------------------------------------------------

    def due(self, subscription: Subscription, regular: bool) -> None:
        if subscription.begin(regular):
            if self.sequence or not self.initial:  # what comes first may be followed sooner
                subscription.told = subscription.served
            self.owe(subscription)

    def owe(self, subscription: Subscription) -> None:
        self.owed_since = self.owed_since or time.monotonic()
        self.session.outlet.owe(subscription)

    def compose(self, subscription: Subscription, texts: list[bytes]) -> Sequence[bytes]:
        self.sequence += 1
        head = b'{"Action":"Data","Id":%b,"Sequence":%d,"Lag":%d,' % (self._id, self.sequence, self._lag())
        if isinstance(subscription, Feed) and not subscription.done:
            head += b'"More":true,'
        else:
            head += b'"Marker":"%b",' % self.marker.encode()
            self.owed_since = 0.0
        if subscription.conflated > self.told_conflated:
            head += b'"Conflated":%d,' % (subscription.conflated - self.told_conflated)
            self.told_conflated = subscription.conflated
        return [head + b'"Items":[' + b",".join(texts) + b"]}"]

    def _lag(self) -> int:
        """Milliseconds that what is told now has waited for the socket."""
        return round(1000 * (time.monotonic() - self.owed_since)) if self.owed_since else 0

    def notice(self, kind: str, **members: Any) -> None:
        self.session.say({"Action": "Notice", "Id": self.request.id, "Kind": kind, **members})

    def _gap(self, start: int, end: int) -> None:
        reason = "The history between these times is not kept any more; the values in it cannot be told."
        self.notice("Gap", From=format_ticks(max(start, 0)), To=format_ticks(end), Reason=reason)

    def _refuse(self, code: str, reason: str) -> None:
        answer = {"Action": "Subscribed", "Id": self.request.id, "Status": "Error", "Code": code, "Reason": reason}
        self.session.say({**answer, "Resources": []})

    def _subscribed(self, found: Sequence[Resolved]) -> dict[str, Any]:
        told = [_resource(resource, one) for resource, one in zip(self.request.resources, found, strict=True)]
        failed = sum(one.fault is not None for one in found)
        status = "Success" if not failed else "Error" if failed == len(found) else "Partial"
        return {
            "Action": "Subscribed",
            "Id": self.request.id,
            "Status": status,
            "Mode": self.request.mode,
            "Rate": self.request.rate,
            "Marker": self.marker,
            "Resources": told,
        }

    def _line(self, tag: Tag) -> Line:
        found = tag.lines.get("dialogue")
        if found is None:
            head = b'{"WebId":"%b","Items":[' % tag.detail.web_id.encode()
            found = self.live.hub.line(tag, "dialogue", head, b"]}")
        return found

    # -- catching up ---------------------------------------------------------------------------

    def fell_behind(self, feed: Feed) -> None:
        self.live.metrics.catch_ups += 1
        feed.emptied = self._emptied.set
        self._reading = asyncio.create_task(self._catch_up(feed))

    async def _catch_up(self, feed: Feed) -> None:
        """Read page by page; the next one when the client has taken the last."""
        more = True
        while more:
            items = list(feed.items.values())
            sources = [item.tag.detail for item in items]
            page = await self.live.threads.run(catchup.read_since, sources, feed.at, dict(self.live.hub.now))
            for start, end in page.gaps:
                self._gap(start, end)
            self._emptied.clear()
            if feed.hand_in([(items[place], text) for place, text in page.events], page.at):
                self.owe(feed)
                await self._emptied.wait()
            more = page.more
        feed.caught_up()

    # -- what changes while it is open ---------------------------------------------------------

    async def refresh(self) -> None:
        """Search again: streams that are new join, those that are found no more leave."""
        for resource, keys in self.searches:
            room = limits.streams() - self.session.streams + len(keys)
            try:
                sources = await self.live.threads.run(searched, self.caller, resource, now_ticks(), room)
            except ApiError as fault:
                self.notice("SearchFailed", Resource=resource, Reason=fault.messages[0])
                continue
            found = {source.key: source for source in sources}
            await self._join([source for key, source in found.items() if key not in self.subscription.items])
            self.drop([key for key in keys if key not in found], "The search does not find it any more.")
            keys.clear()
            keys.update(found)

    async def _join(self, sources: Sequence[Source]) -> None:
        """The notice tells their values now; messages go on with the events behind the marker."""
        if not sources:
            return
        if self._reading is not None and not self._reading.done():
            await asyncio.wait([self._reading])
        tags, new = self.live.wanted(sources)
        await self.live.fill(new)
        streams = [
            {**orjson.loads(orjson.dumps(tag.detail.described)), "Value": orjson.Fragment(tag.latest or b"null")}
            for tag in tags
        ]
        self.notice("Joined", Streams=streams)
        self.live.hub.add(self.subscription, [(tag.key, self._line(tag)) for tag in tags], initial=False)

    def drop(self, keys: Iterable[Hashable], reason: str) -> None:
        """Streams that end while the subscription goes on."""
        gone = [self.subscription.items[key].tag.detail for key in keys if key in self.subscription.items]
        if gone:
            self.live.hub.remove(self.subscription, [source.key for source in gone])
            self.notice("Left", Streams=[source.described for source in gone], Reason=reason)

    def lose(self, lost: Collection[Tag], reason: str) -> None:
        self.drop([tag.key for tag in lost], reason)


def _resource(resource: Any, one: Resolved) -> dict[str, Any]:
    if one.fault is not None:
        code = CODES.get(one.fault.status, "BadResource")
        return {"Resource": resource, "Status": "Error", "Code": code, "Reason": one.fault.messages[0]}
    return {"Resource": resource, "Status": "Success", "Streams": [source.described for source in one.sources]}
