"""Reading verbs for one stream, for given streams, and for the attributes of an object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from piwebapi.api import params
from piwebapi.api.answers import answers
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.core.errors import ApiError, BadRequest, NotSupported
from streaming import known
from streaming.streams import UNSUPPORTED, Stream, values_at

from . import parameters, scopes, shapes, verbs
from .verbs import Verb
from .windows import refuse_many

#: Verb -> the names of the operations for one stream, and of the two kinds of stream set.
OPERATIONS = {
    "value": ("GetValue", "GetValues"),
    "end": ("GetEnd", "GetEnd"),
    "recorded": ("GetRecorded", "GetRecorded"),
    "interpolated": ("GetInterpolated", "GetInterpolated"),
    "interpolatedattimes": ("GetInterpolatedAtTimes", "GetInterpolatedAtTimes"),
    "recordedattime": ("GetRecordedAtTime", "GetRecordedAtTime"),
    "recordedattimes": ("GetRecordedAtTimes", "GetRecordedAtTimes"),
    "plot": ("GetPlot", "GetPlot"),
    "summary": ("GetSummary", "GetSummaries"),
}


@dataclass(frozen=True)
class Bound:
    """The detail of an endpoint: what is computed for which streams."""

    verb: Verb
    scope: Callable[[Call], scopes.Scope]


@answers(shapes.ONE)
def read_one(call: Call) -> Reply:
    verb: Verb = call.endpoint.detail.verb
    scope = scopes.one(call)
    stream = scope.known()[0]
    if stream.reader is UNSUPPORTED:
        raise NotSupported(UNSUPPORTED.message)
    [result] = verb.compute([stream], call, *scope.window(call))
    return _told(verb, stream, result, call)


def read_together(calls: Sequence[Call]) -> list[Reply]:
    """Several streams of a batch, each with a reply of its own. Those of event frames have times of their own,
    so with one of them, as with any fault, each is left to `read_one`."""
    call, verb = calls[0], calls[0].endpoint.detail.verb
    streams = known.streams(call.caller, [one.web_id for one in calls])
    plain = [stream for stream in streams if isinstance(stream, Stream) and not hasattr(stream.obj, "frame")]
    good = [stream for stream in plain if stream.reader is not UNSUPPORTED]
    if len(good) < len(streams):
        raise BadRequest("These streams are read one by one.")
    results = verb.compute(good, call, *scopes.Scope(tuple(good)).window(call))
    return [_told(verb, stream, result, call) for stream, result in zip(good, results, strict=True)]


def _told(verb: Verb, stream: Stream, result: Any, call: Call) -> Reply:
    if verb.kind == "summary":
        return shapes.summarized(result, stream.fmt, call)
    rows = verbs.in_units(stream, result, call)
    return shapes.single(rows, call, stream) if verb.kind == "value" else shapes.listed(rows, call, stream)


@answers(shapes.SET)
def read_set(call: Call) -> Reply:
    """All known streams are computed in one go; the others tell their errors in place."""
    bound: Bound = call.endpoint.detail
    scope = bound.scope(call)
    members = iter(members_of(bound.verb, scope, call))
    single = bound.verb.kind == "value"
    inner = [
        shapes.missing(stream, call, single=single) if isinstance(stream, ApiError) else next(members)
        for stream in scope.streams
    ]
    return shapes.stream_set(scope.streams, inner, call)


def members_of(verb: Verb, scope: scopes.Scope, call: Call) -> list[list[bytes]]:
    """What the answer tells of each known stream besides its head."""
    known = scope.known()
    results = verb.compute(known, call, *scope.window(call)) if known else []
    tree = shapes.below(call.selected, "Items")
    if verb.kind == "summary":
        return [_summary(stream, result, call, tree) for stream, result in zip(known, results, strict=True)]
    rows = [(result, stream.fmt) for stream, result in zip(known, results, strict=True)]
    return shapes.values_of(rows, tree) if verb.kind == "value" else [shapes.members_of(row, tree) for row in rows]


def _summary(stream: Stream, result: Any, call: Call, tree: Any) -> list[bytes]:
    items = shapes.summary_json(result, stream.fmt, call, shapes.below(tree, "Items"))
    return [b'"Items":[' + items + b"]"] if shapes.wants(tree, "Items") else []


@answers(shapes.SET)
def joined(call: Call) -> Reply:
    """The recorded values of the base stream, and of the others what they were at these times."""
    base = known.stream(call.caller, call["baseWebId"])
    texts = [part for text in call["subordinateWebId"] for part in text.split(",") if part]
    others = known.streams(call.caller, texts)
    scope = scopes.Scope((base, *others), getattr(base.obj, "frame", None))
    [series] = verbs.recorded([base], call, *scope.window(call))
    refuse_many(len(series) * len(scope.known()))
    rows = [series, *values_at(scope.known()[1:], series.times, call.now)]
    level = shapes.below(call.selected, "Items")
    members = iter(
        shapes.members_of((found, stream.fmt), level) for found, stream in zip(rows, scope.known(), strict=True)
    )
    inner = [shapes.missing(one, call) if isinstance(one, ApiError) else next(members) for one in scope.streams]
    return shapes.stream_set(scope.streams, inner, call)


SORTS = (params.text("sortField", about="Only Name is known; absent: the order of the request."), params.SORT_ORDER)
SET_PARAMS = (*params.OBJECT, *SORTS)


def _merged(*groups: tuple[params.Param, ...]) -> tuple[params.Param, ...]:
    """Parameters by their names, each once."""
    return tuple({param.name: param for group in groups for param in group}.values())


def _of_verb(verb: Verb) -> tuple[Endpoint, ...]:
    one, several = OPERATIONS[verb.name]
    units = (parameters.DESIRED_UNITS,) if verb.units else ()
    endpoint = partial(Endpoint, method="GET")
    return (
        endpoint(
            operation=f"Stream_{one}",
            route=f"streams/{{webId}}/{verb.name}",
            handler=read_one,
            params=_merged(verb.params, units, (params.SELECTED_FIELDS,)),
            detail=Bound(verb, scopes.one),
            together=read_together,
        ),
        endpoint(
            operation=f"StreamSet_{several}AdHoc",
            route=f"streamsets/{verb.name}",
            handler=read_set,
            params=_merged((params.WEB_ID,), SET_PARAMS, verb.params),
            detail=Bound(verb, scopes.ad_hoc),
        ),
        endpoint(
            operation=f"StreamSet_{several}",
            route=f"streamsets/{{webId}}/{verb.name}",
            handler=read_set,
            params=_merged(scopes.PARENT_PARAMS, SET_PARAMS, verb.params),
            detail=Bound(verb, scopes.by_parent),
        ),
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    *(endpoint for verb in verbs.VERBS for endpoint in _of_verb(verb)),
    Endpoint(
        "StreamSet_GetJoined",
        "GET",
        "streamsets/joined",
        joined,
        _merged(
            (params.text("baseWebId", required=True, about="The stream that gives the times."),),
            (params.text("subordinateWebId", many=True, required=True, about="The other streams; repeat it."),),
            parameters.RANGE,
            (parameters.BOUNDARY, params.MAX_COUNT, *parameters.FILTERS),
            params.OBJECT,
        ),
    ),
)
