"""Functions that ask how good a value is, and functions of digital states.

Source: PI Server documentation, PE functions Badval, IsSet, DigState, DigText, StateNo, NoOutput.
"""

from __future__ import annotations

import numpy as np

from streaming.core.expressions.columns import (
    FAILED,
    GOOD,
    Column,
    Kind,
    as_objects,
    as_text,
    elementwise,
    failure,
    number,
    objects,
    truths,
)
from streaming.core.expressions.context import Context
from streaming.core.expressions.functions.signature import Function, Role
from streaming.core.series import ANNOTATED, QUESTIONABLE, SUBSTITUTED
from streaming.core.states import NO_DATA, SYSTEM, system_code, system_name

_SELECTORS = {"a": ANNOTATED, "s": SUBSTITUTED, "q": QUESTIONABLE}


def bad_value(context: Context, x: Column) -> Column:
    return truths(x.bad != 0)


def _is_set(context: Context, x: Column, select: Column) -> Column:
    """Looks at the first letter only, and at values read from a stream: a computed value has no flags."""
    words = as_text(select)
    bits = elementwise(lambda word: _SELECTORS.get(word[:1].lower(), 0), words).astype(np.uint8)
    flags = np.zeros(1, dtype=np.uint8) if x.flags is None else x.flags
    return truths((flags & bits) != 0, np.where((words.bad != 0) | (bits == 0), FAILED, GOOD))


def _digital_state(context: Context, name: Column, tag: str | None = None) -> Column:
    """Without a tag a SYSTEM state: a bad value, of that code. With a tag a state of its set."""
    words = as_text(name)
    if tag is None:
        codes = elementwise(lambda word: system_code(word) or 0, words).astype(np.int32)
        bad = np.where((words.bad == 0) & (codes != 0), codes, FAILED)
        return Column(Kind.STATE, bad.astype(np.float64), bad, SYSTEM)
    states = context.environment.states(tag)
    if states is None:
        return failure()
    table = {label.casefold(): code for code, label in states.items()}
    found = elementwise(lambda word: table.get(word.strip().casefold()), words)
    missing = np.array([code is None for code in found], dtype=np.bool_)
    values = np.where(missing, 0.0, found).astype(np.float64)
    return Column(Kind.STATE, values, np.where((words.bad != 0) | missing, FAILED, GOOD), states)


def _digital_text(context: Context, x: Column) -> Column:
    """The name of the state that stands there, be it one of the stream's own or a SYSTEM state."""
    names = as_objects(x).values if x.kind is Kind.STATE else objects([""])
    system = objects([system_name(int(code)) if code else "" for code in x.bad])
    own = GOOD if x.kind is Kind.STATE else FAILED
    return Column(Kind.OBJECT, np.where(x.bad != 0, system, names), np.where(x.bad != 0, GOOD, own))


def _state_number(context: Context, x: Column) -> Column:
    own = x.values if x.kind is Kind.STATE else np.zeros(1)
    bad = np.where(x.bad != 0, GOOD, GOOD if x.kind is Kind.STATE else FAILED)
    return number(np.where(x.bad != 0, x.bad, own).astype(np.float64), bad)


def _no_output(context: Context) -> Column:
    """Nothing to write at this time: a value that is bad, No Data."""
    return failure(NO_DATA)


FUNCTIONS = (
    Function("BadVal", bad_value, (Role.VALUE,), 1),
    Function("IsSet", _is_set, (Role.VALUE, Role.VALUE), 2),
    Function("DigState", _digital_state, (Role.VALUE, Role.TAG), 1),
    Function("DigText", _digital_text, (Role.VALUE,), 1),
    Function("StateNo", _state_number, (Role.VALUE,), 1),
    Function("NoOutput", _no_output, (), 0),
)
