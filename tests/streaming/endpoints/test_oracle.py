"""The verbs against a slow model of them, over histories in which times meet, values are bad, windows are odd."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from piwebapi.models import Point
from streaming.archive import archive
from streaming.core.series import BAD, QUESTIONABLE, Series
from streaming.models import ArchivedEvent

from .plain_streams import Event, on_grid, picked, plotted, recorded, value_at
from .plant import HOUR, NOW, Client, Plant, at, stamp, web_id

QUARTER = HOUR // 4
IO_TIMEOUT = 246
slots = st.integers(0, 48)  # of a quarter of an hour: times meet often
history = st.lists(st.tuples(slots, st.none() | st.integers(-50, 50).map(Fraction), st.booleans()), max_size=40).map(
    lambda rows: sorted(((at(0) + slot * QUARTER, *rest) for slot, *rest in rows), key=lambda row: row[0])
)
moments = st.builds(
    lambda slot, fine: at(0) + slot * QUARTER + fine, st.integers(-8, 56), st.sampled_from([0, 0, 0, 1, -1])
)
any_data = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def points(plant: Plant) -> dict[bool, Point]:
    """One with lines between its values, and one that holds them."""
    return {step: plant.point(f"p{step}", step=step) for step in (False, True)}


def filled(point: Point, events: list[Event]) -> str:
    ArchivedEvent.objects.all().delete()
    flags = [(BAD if value is None else 0) | (QUESTIONABLE if doubtful else 0) for _, value, doubtful in events]
    values = [float(IO_TIMEOUT if value is None else value) for _, value, _ in events]
    if events:
        archive.write({point.pk: Series.of([event[0] for event in events], values, flags)}, "Insert")
    return f"streams/{web_id(point)}"


def expected(events: list[Event]) -> list[tuple[str, Any, bool]]:
    return [
        (
            stamp(time),
            "I/O Timeout" if value is None else value if isinstance(value, str) else pytest.approx(float(value)),
            doubtful,
        )
        for time, value, doubtful in events
    ]


def told(items: list[dict[str, Any]]) -> list[tuple[str, Any, bool]]:
    return [
        (item["Timestamp"], item["Value"] if item["Good"] else item["Value"]["Name"], item["Questionable"])
        for item in items
    ]


@any_data
@given(history, moments, moments, st.integers(1, 40), moments, st.booleans(), st.booleans())
def test_samples(
    client: Client, points: dict[bool, Point], events: list[Event], start: int, end: int, quarters: int, sync: int,
    outside: bool, step: bool,
) -> None:  # fmt: skip
    path, low, high = filled(points[step], events), min(start, end), max(start, end)
    query = {"startTime": stamp(start), "endTime": stamp(end), "interval": f"{15 * quarters}m"}
    times = on_grid(low, high, quarters * QUARTER, sync, outside)
    kind = "Outside" if outside else "Inside"
    items = client.get(f"{path}/interpolated", syncTime=stamp(sync), syncTimeBoundaryType=kind, **query).items
    model = expected([value_at(events, time, step, NOW) for time in times])
    assert told(items) == (model if start <= end else model[::-1])


@any_data
@given(
    history,
    st.lists(moments, min_size=1, max_size=5),
    st.sampled_from(["Before", "After", "Exact", "Auto", "AtOrAfter"]),
)
def test_picked_events(
    client: Client, points: dict[bool, Point], events: list[Event], times: list[int], mode: str
) -> None:
    path = filled(points[False], events)
    model = expected([picked(events, time, mode) for time in sorted(times)])
    query = {"time": [stamp(time) for time in times], "retrievalMode": mode}
    assert told(client.get(f"{path}/recordedattimes", **query).items) == model
    one = client.get(f"{path}/recordedattime", time=stamp(min(times)), retrievalMode=mode)
    missing = mode == "Exact" and model[0][1] == "No Data"
    assert (one.status == 404) if missing else (told([one.body]) == model[:1])


@any_data
@given(
    history,
    moments,
    moments,
    st.sampled_from(["Inside", "Outside", "Interpolated"]),
    st.integers(1, 60),
    st.none() | st.integers(-50, 50),
)
def test_recorded_events(
    client: Client, points: dict[bool, Point], events: list[Event], start: int, end: int, boundary: str, count: int,
    least: int | None,
) -> None:  # fmt: skip
    path = filled(points[False], events)
    query = {"startTime": stamp(start), "endTime": stamp(end), "boundaryType": boundary, "maxCount": count}
    if least is not None:
        query |= {"filterExpression": f"'.' >= {least}", "includeFilteredValues": True}
    keep = None if least is None else lambda event: event[1] is not None and event[1] >= least
    assert told(client.get(f"{path}/recorded", **query).items) == expected(
        recorded(events, start, end, boundary, NOW, keep)[:count]
    )


@any_data
@given(history, moments, moments, st.integers(1, 9))
def test_plots(
    client: Client, points: dict[bool, Point], events: list[Event], start: int, end: int, intervals: int
) -> None:
    path, low, high = filled(points[False], events), min(start, end), max(start, end)
    items = client.get(f"{path}/plot", startTime=stamp(low), endTime=stamp(high), intervals=intervals).items
    assert told(items) == expected(plotted(events, low, high, intervals, NOW))
