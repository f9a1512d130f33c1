"""The controller Calculation: an expression over the streams that it names, relative to a target.

Source: PI Web API reference, controller Calculation, topic performance equations. A value that cannot be
computed is a bad value (Calc Failed); only an expression that is none, or that names what is not there, is
refused. `streams/{webId}/calculated` is ours: a widespread connector calls it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from piwebapi.access import find
from piwebapi.api import params
from piwebapi.api.answers import answers
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.core.errors import BadRequest, Conflict
from piwebapi.core.times import grid, parse_interval
from streaming.binding import bind
from streaming.calculation import Calculation
from streaming.core.expressions import parse
from streaming.core.render import ValueFormat
from streaming.core.series import Times
from streaming.core.summaries import TYPES, summarize, summary_types

from . import parameters, scopes, shapes, verbs
from .scopes import Scope
from .summary import summary_bounds
from .windows import refuse_many, windowed

TARGETS = ("DataServer", "AssetServer", "AssetDatabase", "Element", "EventFrame", "Attribute", "Point")


def target_of(call: Call) -> Any | None:
    text = call["webId"]
    if not text:
        return None
    try:
        return find(call.caller, text, *TARGETS, right="read_data")
    except BadRequest:
        find(call.caller, text)
        raise Conflict("Expressions are not evaluated for objects of this kind.") from None


def calculation_of(call: Call, target: Any | None) -> Calculation:
    expression = parse(call["expression"])
    return Calculation(expression, bind(expression, target, call.caller), call["zone"], call.now)


def prepared(call: Call) -> tuple[Calculation, int, int]:
    """The calculation, and the window with the defaults that the target brings."""
    target = target_of(call)
    frame = target if target is not None and target.KIND == "EventFrame" else getattr(target, "frame", None)
    return calculation_of(call, target), *Scope((), frame).window(call)


@answers(shapes.VALUES)
def at_intervals(call: Call) -> Reply:
    calculation, start, end = prepared(call)
    return shapes.listed(calculation.at(_grid(call, start, end)), call)


def _grid(call: Call, start: int, end: int) -> Times:
    step = call["sampleInterval"] or parse_interval("1h")
    return grid(start, end, step, call["zone"], limit=params.max_items())


@answers(shapes.VALUES)
def at_recorded(call: Call) -> Reply:
    calculation, start, end = prepared(call)
    times = calculation.times(min(start, end), max(start, end))
    if len(times) > params.max_items():
        raise BadRequest(f"The number of values is greater than the maximum allowed ({params.max_items()}).")
    return shapes.listed(calculation.at(times[::-1] if end < start else times), call)


@answers(shapes.VALUES)
def at_times(call: Call) -> Reply:
    calculation = calculation_of(call, target_of(call))
    return shapes.listed(calculation.at(verbs.sorted_times(call)), call)


@answers(shapes.SUMMARY)
def summary(call: Call) -> Reply:
    calculation, start, end = prepared(call)
    bounds = summary_bounds(call, start, end)
    refuse_many(len(summary_types(call["summaryType"])) * (len(bounds) - 1))
    low, high = min(start, end), max(start, end)
    if call["sampleType"] == "Interval":
        times = _grid(call, low, high)
    else:
        times = calculation.times(low, high, outer=True)
        if not len(times):  # nothing that moves: one value for all the time
            times = np.array([low], np.int64)
    series, fmt = calculation.at(times)
    found = summarize(
        series,
        bounds,
        call["summaryType"],
        basis=call["calculationBasis"],
        step=calculation.step,
        now=call.now,
        time_type=call["timeType"],
        numeric=fmt.type == "Float64",
    )
    return shapes.summarized(found, fmt, call)


@answers(shapes.VALUES)
def calculated(call: Call) -> Reply:
    """Values at an interval: of an expression in which '.' is the stream, else summaries of each interval."""
    scope = scopes.one(call)
    stream = scope.known()[0]
    start, end = scope.window(call)
    if call["expression"]:
        if call["calculationType"]:
            raise BadRequest("Give either expression or calculationType.")
        times = grid(start, end, call["interval"], call["zone"], limit=params.max_items())
        return shapes.listed(calculation_of(call, stream.obj).at(times), call)
    bounds = summary_bounds(call, start, end, call["interval"])
    [series] = windowed([stream], call, start, end)
    kind = call["calculationType"] or "Average"
    [(_, rows)] = summarize(
        series, bounds, [kind], step=stream.step, now=call.now, numeric=stream.numeric, time_type="EarliestTime"
    )
    return shapes.listed((rows, ValueFormat("Float64", None, shapes.summary_units(kind, stream.fmt.units))), call)


EXPRESSION = params.text(
    "expression", required=True, about="A performance equation; names stand in single quotes, relative to the target."
)
TARGET = params.text("webId", about="The object that names are relative to; absent: names are full paths.")
EVERY = parameters.SAMPLE_INTERVAL.but(about="The time between two values; absent: an hour.")


def _endpoint(operation: str, verb: str, handler: Any, *more: params.Param) -> Endpoint:
    every = (EXPRESSION, TARGET, *more, params.TIME_ZONE, params.SELECTED_FIELDS)
    return Endpoint(f"Calculation_{operation}", "GET", f"calculation/{verb}", handler, every)


ENDPOINTS: tuple[Endpoint, ...] = (
    _endpoint("GetAtIntervals", "intervals", at_intervals, parameters.START, parameters.END, EVERY),
    _endpoint("GetAtRecorded", "recorded", at_recorded, parameters.START, parameters.END),
    _endpoint("GetAtTimes", "times", at_times, parameters.TIMES, parameters.SORT_ORDER),
    _endpoint(
        "GetSummary",
        "summary",
        summary,
        parameters.START,
        parameters.END,
        parameters.SUMMARY_TYPE,
        parameters.BASIS,
        parameters.TIME_TYPE,
        parameters.DURATION,
        parameters.SAMPLE_TYPE,
        parameters.SAMPLE_INTERVAL,
    ),
    Endpoint(
        "Stream_GetCalculated",
        "GET",
        "streams/{webId}/calculated",
        calculated,
        (
            EXPRESSION.but(required=False, about="Evaluated at each interval; '.' is the stream."),
            params.choice("calculationType", TYPES, about="The summary of each interval; absent: Average."),
            *parameters.RANGE,
            parameters.INTERVAL,
            params.SELECTED_FIELDS,
        ),
        extension=True,
        summary="Values of an expression, or summaries, at an interval. Not in the vendor's contract.",
    ),
)
