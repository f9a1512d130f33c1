"""The writing verbs: one value, several values, several streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piwebapi.access import find, find_many
from piwebapi.api import params
from piwebapi.api.answers import INTEGER, TEXT, answers, many, record, takes
from piwebapi.api.answers import listed as list_of
from piwebapi.api.params import Param
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.core.errors import ApiError, BadRequest, Conflict, NotSupported
from piwebapi.core.times import format_ticks
from piwebapi.models import OwnedAttribute
from streaming import writing
from streaming.archive.base import UPDATE_OPTIONS
from streaming.writing import Fate

from . import shapes
from .scopes import STREAM_KINDS, owner_of

UPDATE_OPTION = params.choice("updateOption", UPDATE_OPTIONS, "Replace", about="What to do where an event is.")
BUFFER_OPTION = params.choice(
    "bufferOption",
    ("DoNotBuffer", "BufferIfPossible", "Buffer"),
    "BufferIfPossible",
    about="202 or 204; all is durable.",
)
OPTIONS = (UPDATE_OPTION, BUFFER_OPTION)
#: of a single value, by its status
_REFUSALS: dict[int, type[ApiError]] = {409: Conflict, 501: NotSupported}
FATE = record(Substatus=INTEGER, Message=TEXT)


def target_of(call: Call, text: str) -> Any:
    return find(call.caller, text, *STREAM_KINDS, right="write_data")


def accepted(call: Call, target: Any) -> int:
    """Points may be buffered, as the vendor says; ours are durable before either answer."""
    is_static = isinstance(target, OwnedAttribute) and target.point is None
    return 204 if is_static or call["bufferOption"] == "DoNotBuffer" else 202


@answers(None, 202, 204)
@takes(shapes.WRITTEN)
def one_value(call: Call) -> Reply:
    target = target_of(call, call.web_id)
    [[fate]] = writing.write([(target, [call.body])], call["updateOption"], call.now)
    if fate.status >= 400:
        raise _REFUSALS.get(fate.status, BadRequest)(fate.message)
    return Reply(accepted(call, target), None, {"Location": _location(call, target)})


def _location(call: Call, target: Any) -> str:
    """Where the value that was written is read."""
    web_id = target.web_id(call.form)
    if isinstance(target, OwnedAttribute) and not target.data_reference:
        return f"{call.base}/attributes/{web_id}/value"
    ticks = writing.time_of(writing.members(call.body), call.now)
    return f"{call.base}/streams/{web_id}/recordedattime?time={format_ticks(ticks)}"


@answers(None, 202, 204)
@answers(list_of(FATE), 207)
@takes(many(shapes.WRITTEN))
def values(call: Call) -> Reply:
    """A bare array of timed values; 207 tells what became of each when some were refused."""
    target = target_of(call, call.web_id)
    if error := without_history(target):
        raise error
    [fates] = writing.write([(target, listed(call.body))], call["updateOption"], call.now)
    if fates and all(fate.status == 409 for fate in fates):
        raise Conflict(fates[0].message)
    if all(fate.status < 400 for fate in fates):
        return Reply(accepted(call, target))
    return Reply(207, {"Links": {}, "Items": told(fates)})


def without_history(target: Any) -> Conflict | None:
    """Why several values cannot be written: an attribute without data reference keeps one, which `value` sets."""
    if not isinstance(target, OwnedAttribute) or target.data_reference:
        return None
    return Conflict(f"'{target.name}' is a static attribute; it has no history to write.")


def listed(body: Any) -> list[Any]:
    if not isinstance(body, list):
        raise BadRequest("The body must be a JSON array of values.")
    params.refuse_above_maximum("values", len(body))
    return body


def told(fates: Sequence[Fate]) -> list[dict[str, Any]]:
    return [{"Substatus": fate.status, "Message": fate.message} for fate in fates]


def of_set(call: Call) -> list[tuple[Any, list[Any]]]:
    """Pairs of stream (or why there is none) and values out of the body, checked as a whole before anything is
    written; the streams of an object must be its attributes."""
    entries = [writing.members(entry) for entry in listed(call.body)]
    if not all(isinstance(given.get("webid"), str) for given in entries):
        raise BadRequest("Each entry needs a WebId.")
    targets = find_many(call.caller, [given["webid"] for given in entries], *STREAM_KINDS, right="write_data")
    if call.endpoint.detail == "recorded":
        targets = [without_history(target) or target for target in targets]
    several = [listed(given["items"]) if "items" in given else [given.get("value")] for given in entries]
    params.refuse_above_maximum("values", sum(map(len, several)))
    return list(zip(targets, several, strict=True))


@answers(None, 202, 204)
@answers({"anyOf": [list_of(FATE), list_of(record(Items=many(FATE)))]}, 207)
@takes(many(record(WebId=TEXT, Value=shapes.WRITTEN, Items=many(shapes.WRITTEN))))
def set_values(call: Call) -> Reply:
    """`value`: one per stream; `recorded`: several per stream."""
    pairs = of_set(call)
    if "webId" in call.path:
        owner = owner_of(call, "write_data")
        for target, _ in pairs:
            _refuse_stranger(owner, target)
    known = [(target, several) for target, several in pairs if not isinstance(target, ApiError)]
    written = iter(writing.write(known, call["updateOption"], call.now))
    fates = [
        [Fate(target.status, target.messages[0])] * len(several) if isinstance(target, ApiError) else next(written)
        for target, several in pairs
    ]
    if all(fate.status < 400 for several in fates for fate in several):
        return Reply(max((accepted(call, target) for target, _ in known), default=204))
    nested = call.endpoint.detail == "recorded"
    items = [{"Items": told(one)} for one in fates] if nested else [item for one in fates for item in told(one)]
    return Reply(207, {"Links": {}, "Items": items})


def _refuse_stranger(owner: Any, target: Any) -> None:
    if isinstance(target, ApiError):
        return
    own = isinstance(target, OwnedAttribute) and target.owner_guid == (
        owner.owner_guid if owner.KIND == "Attribute" else owner.pk
    )
    if not own:
        raise BadRequest(f"'{target.name}' is not an attribute of '{owner.name}'.")


def _endpoint(operation: str, route: str, handler: Any, detail: Any = None, more: Sequence[Param] = ()) -> Endpoint:
    return Endpoint(operation, "POST", route, handler, (*OPTIONS, *more), right="write", body="json", detail=detail)


ENDPOINTS: tuple[Endpoint, ...] = (
    _endpoint("Stream_UpdateValue", "streams/{webId}/value", one_value, more=(params.WEB_ID_TYPE,)),
    _endpoint("Stream_UpdateValues", "streams/{webId}/recorded", values),
    _endpoint("StreamSet_UpdateValueAdHoc", "streamsets/value", set_values),
    _endpoint("StreamSet_UpdateValuesAdHoc", "streamsets/recorded", set_values, "recorded"),
    _endpoint("StreamSet_UpdateValue", "streamsets/{webId}/value", set_values),
    _endpoint("StreamSet_UpdateValues", "streamsets/{webId}/recorded", set_values, "recorded"),
)
