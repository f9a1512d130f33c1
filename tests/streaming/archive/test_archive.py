"""The archive against a plain list of events, with blocks of four events so that they come and go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from piwebapi.models import Counter, DataServer, Point
from streaming.archive import archive, sealing
from streaming.archive.base import UPDATE_OPTIONS
from streaming.core.series import BAD, Series
from streaming.models import ArchivedBlock, ArchivedEvent, ValueChange

from .plain_archive import Event, PlainArchive

pytestmark = pytest.mark.django_db


@pytest.fixture
def points(db: None) -> list[int]:
    server = DataServer.objects.create(name="PI")
    return [Point.objects.create(server=server, name=f"p{number}").pk for number in range(3)]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "SIZE", 4)
    monkeypatch.setattr(sealing, "FRESH", 2)


def column(events: list[Event]) -> Series:
    plain = all(isinstance(value, float) for _, value, _ in events)
    values = np.empty(len(events), dtype=np.float64 if plain else np.object_)
    values[:] = [value for _, value, _ in events]
    times, flags = [event[0] for event in events], [event[2] for event in events]
    return Series(np.array(times, np.int64), values, np.array(flags, np.uint8))


def told(series: Series) -> list[Event]:
    return list(zip(series.times.tolist(), series.values.tolist(), series.flags.tolist(), strict=True))


# -- against the oracle ------------------------------------------------------------------------

numbers = st.tuples(st.integers(0, 24), st.floats(-1e6, 1e6), st.sampled_from([0, 2]))
texts = st.tuples(st.integers(0, 24), st.sampled_from(["", "a", "@5", "@@", "Ü"]), st.just(0))
moments = st.tuples(st.integers(0, 24), st.integers(1, 2**60), st.just(0))
bad_numbers = st.tuples(st.integers(0, 24), st.just(248.0), st.just(BAD))
bad_objects = st.tuples(st.integers(0, 24), st.just(248), st.just(BAD))
kinds = st.sampled_from([numbers | bad_numbers, texts | bad_objects, moments])
writes = st.lists(st.tuples(st.sampled_from(UPDATE_OPTIONS), st.integers(1, 12)), min_size=1, max_size=6)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=kinds, steps=writes)
def test_writes_of_any_kind_in_any_order_read_as_those_of_a_list(
    points: list[int], small: None, data: st.DataObject, kind: Any, steps: list[tuple[str, int]]
) -> None:
    for model in (ArchivedEvent, ArchivedBlock, ValueChange):
        model.objects.all().delete()
    plain, point = PlainArchive(), points[0]
    before = Counter.last("values")
    for option, count in steps:
        changes = data.draw(st.lists(kind, min_size=count, max_size=count))
        archive.write({point: column(changes)}, option)
        plain.write(changes, option)
        if data.draw(st.booleans()):
            sealing.seal_point(point)
        start, end = sorted((data.draw(st.integers(-1, 25)), data.draw(st.integers(-1, 25))))
        outer, reverse, limit = (
            data.draw(st.booleans()),
            data.draw(st.booleans()),
            data.draw(st.none() | st.integers(1, 9)),
        )
        found = archive.read([point], start, end, outer=outer, reverse=reverse, limit=limit)[point]
        assert told(found) == plain.read(start, end, outer, limit, reverse)
        newest = archive.newest([point])
        assert (told(newest[point]) if newest else []) == plain.events[-1:]
    log = ValueChange.objects.order_by("sequence").values_list("sequence", "action", "ticks")
    names = dict(ValueChange.Action.choices)
    assert [(names[action], ticks) for _, action, ticks in log] == [(name, event[0]) for name, event in plain.log]
    assert [row[0] for row in log] == list(range(before + 1, before + 1 + len(plain.log)))


# -- blocks ------------------------------------------------------------------------------------


def fill(point: int, count: int, step: int = 10) -> list[Event]:
    events = [(place * step, place / 3, 0) for place in range(count)]
    archive.write({point: column(events)}, "Insert")
    return events


def test_settled_events_become_blocks_and_the_newest_stay_rows(points: list[int]) -> None:
    events = fill(points[0], 3 * 1024 + 300)
    assert sealing.seal() == 3 * 1024
    assert ArchivedBlock.objects.count() == 3
    assert ArchivedEvent.objects.count() == 300
    assert told(archive.read([points[0]], 0, 10**9)[points[0]]) == events


def test_a_value_between_the_events_of_a_block_finds_its_place(points: list[int]) -> None:
    events = fill(points[0], 2 * 1024 + 256)
    sealing.seal()
    archive.write({points[0]: column([(5005, -1.0, 0)])}, "Replace")
    assert ArchivedBlock.objects.count() == 1  # the other is rows again, until the next sealing
    assert told(archive.read([points[0]], 5000, 5010)[points[0]]) == [events[500], (5005, -1.0, 0), events[501]]
    assert sealing.seal() == 1024


def test_events_of_one_time_are_not_torn_apart(points: list[int], small: None) -> None:
    events: list[Event] = [(1, float(place), 0) for place in range(7)] + [(2, 9.0, 0), (3, 9.0, 0), (4, 9.0, 0)]
    archive.write({points[0]: column(events)}, "Insert")
    sealing.seal_point(points[0])
    assert list(ArchivedBlock.objects.values_list("first", "last", "count")) == [(1, 1, 7)]
    archive.write({points[0]: column([(1, 99.0, 0)])}, "Replace")
    assert told(archive.read([points[0]], 1, 1)[points[0]])[-1] == (1, 99.0, 4)


def test_values_decades_apart_are_read_in_order(points: list[int], small: None) -> None:
    moments = [10**17, -(10**17), 5, 10**16, -(10**16), 6, 7, 8]
    for moment in moments:
        archive.write({points[0]: column([(moment, 1.0, 0)])}, "Replace")
        sealing.seal_point(points[0])
    assert archive.read([points[0]], -(2**62), 2**62)[points[0]].times.tolist() == sorted(moments)


# -- writes ------------------------------------------------------------------------------------


def test_many_points_are_written_by_as_many_statements_as_one(points: list[int]) -> None:
    def cost(wanted: list[int]) -> int:
        with CaptureQueriesContext(connection) as captured:
            archive.write({point: column([(1, 1.0, 0), (2, 2.0, 0)]) for point in wanted}, "Replace")
        return len(captured)

    assert cost(points[:1]) >= cost(points)
    assert cost(points) <= 10


def test_of_many_changes_those_where_an_event_is_replace_it(points: list[int]) -> None:
    """The newest of the point is where they begin; another point is behind all of them."""
    fill(points[0], 3)
    fill(points[1], 2)
    changes = column([(20 + 10 * place, 9.0, 0) for place in range(6)])
    archive.write(dict.fromkeys(points, changes), "Replace")
    found = archive.read(points, 0, 1000)
    assert told(found[points[0]])[2:4] == [(20, 9.0, 4), (30, 9.0, 0)]
    assert [len(found[point]) for point in points] == [8, 8, 6]


def test_a_write_that_fails_leaves_nothing_behind(points: list[int]) -> None:
    fill(points[0], 3)
    last = Counter.last("values")
    with pytest.raises(Exception):  # noqa: B017  whatever the database says of a point that is not there
        from django.db import transaction

        with transaction.atomic():
            archive.write({points[0]: column([(1, 1.0, 0)]), 999_999: column([(1, 1.0, 0)])}, "Insert")
            connection.check_constraints()
    assert ArchivedEvent.objects.count() == 3
    assert Counter.last("values") == last


def test_old_entries_of_the_log_are_forgotten_and_it_is_known_up_to_where(points: list[int]) -> None:
    fill(points[0], 5)
    ValueChange.objects.filter(sequence__lte=3).update(at=timezone.now() - timedelta(hours=49))
    assert sealing.prune(timezone.now()) == 3
    assert list(ValueChange.objects.values_list("sequence", flat=True)) == [4, 5]
    assert Counter.last(sealing.PRUNED) == 3
