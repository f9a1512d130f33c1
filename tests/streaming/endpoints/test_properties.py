"""What must hold for any data: the verbs agree with each other."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from piwebapi.models import Point
from streaming.archive import archive
from streaming.models import ArchivedEvent

from .plant import SECOND, Client, Plant, at, series, stamp, web_id

# up to 40 events within two days, at 100 ns, numbers or a system state
moments = st.integers(at(0), at(48))
numbers = st.floats(-1e6, 1e6).map(float)
histories = st.dictionaries(moments, numbers | st.just((246,)), min_size=1, max_size=40)
any_data = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LATER = Client.__init__.__defaults__[0] + 48 * 3600 * SECOND  # type: ignore[index]


@pytest.fixture
def point(plant: Plant) -> Point:
    return plant.point("p")


@pytest.fixture
def client(db: None) -> Client:
    """A clock behind all events."""
    return Client(now=LATER)


def filled(point: Point, history: dict[int, Any]) -> str:
    ArchivedEvent.objects.all().delete()
    archive.write({point.pk: series(sorted(history.items()))}, "Insert")
    return f"streams/{web_id(point)}"


@any_data
@given(history=histories)
def test_interpolated_at_the_times_of_events_is_what_was_recorded(
    client: Client, point: Point, history: dict[int, Any]
) -> None:
    path = filled(point, history)
    recorded = client.get(f"{path}/recorded", startTime=stamp(at(0)), endTime=stamp(at(48))).rows
    times = [time for time, _ in recorded]
    assert client.get(f"{path}/interpolatedattimes", time=times).rows == recorded
    assert len(recorded) == len(history)


@any_data
@given(history=histories, cut=st.integers(at(1), at(47)))
def test_summaries_of_two_parts_make_up_that_of_the_whole(
    client: Client, point: Point, history: dict[int, Any], cut: int
) -> None:
    path = filled(point, history)

    def summary(start: int, end: int) -> dict[str, float | None]:
        kinds = ["Average", "Count", "Minimum", "Maximum", "PercentGood"]
        items = client.get(f"{path}/summary", startTime=stamp(start), endTime=stamp(end), summaryType=kinds).items
        return {item["Type"]: item["Value"]["Value"] if item["Value"]["Good"] else None for item in items}

    left, right, whole = summary(at(0), cut), summary(cut, at(48)), summary(at(0), at(48))
    parts = [part for part in (left, right) if part["Count"]]
    assert whole["Count"] == pytest.approx(sum(part["Count"] for part in (left, right)), abs=1e-3)  # type: ignore[misc]
    if parts and all(part["Average"] is not None for part in parts):
        area = math.fsum(part["Average"] * part["Count"] for part in parts)  # type: ignore[operator]
        assert whole["Average"] == pytest.approx(area / math.fsum(p["Count"] for p in parts), rel=1e-6, abs=1e-3)  # type: ignore[misc]
    for kind, pick in (("Minimum", min), ("Maximum", max)):
        known = [part[kind] for part in (left, right) if part[kind] is not None]
        if known:
            assert whole[kind] == pytest.approx(pick(known), rel=1e-6, abs=1e-3)  # type: ignore[type-var]


@any_data
@given(history=histories, intervals=st.integers(1, 12))
def test_a_plot_holds_the_extremes_and_stays_within_its_size(
    client: Client, point: Point, history: dict[int, Any], intervals: int
) -> None:
    path = filled(point, history)
    query = {"startTime": stamp(at(0)), "endTime": stamp(at(48))}
    shown = [value for _, value in client.get(f"{path}/plot", intervals=intervals, **query).rows]
    good = [value for value in history.values() if isinstance(value, float)]
    numbers = [value for value in shown if isinstance(value, float)]
    assert len(shown) <= 5 * intervals + 2
    if good:
        assert (min(numbers), max(numbers)) == (min(good), max(good))


@any_data
@given(history=histories, start=moments, end=moments, count=st.integers(1, 50))
def test_a_range_told_backwards_is_the_range_turned_round(
    client: Client, point: Point, history: dict[int, Any], start: int, end: int, count: int
) -> None:
    path = filled(point, history)
    forward = client.get(f"{path}/recorded", startTime=stamp(min(start, end)), endTime=stamp(max(start, end))).rows
    back = client.get(
        f"{path}/recorded", startTime=stamp(max(start, end)), endTime=stamp(min(start, end)), maxCount=count
    )
    assert back.rows == forward[::-1][:count]


@any_data
@given(history=histories, low=moments, high=moments, kind=st.sampled_from(["Inside", "Outside", "Interpolated"]))
def test_a_boundary_adds_at_most_one_row_on_each_side(
    client: Client, point: Point, history: dict[int, Any], low: int, high: int, kind: str
) -> None:
    path = filled(point, history)
    low, high = min(low, high), max(low, high)
    query = {"startTime": stamp(low), "endTime": stamp(high)}
    times = [time for time, _ in client.get(f"{path}/recorded", boundaryType=kind, **query).rows]
    inside = [stamp(moment) for moment in sorted(history) if low <= moment <= high]
    if kind == "Inside":
        expected = inside
    elif kind == "Outside":
        before = [stamp(m) for m in sorted(history) if m < low][-1:] if low not in history else []
        after = [stamp(m) for m in sorted(history) if m > high][:1] if high not in history else []
        expected = before + inside + after
    else:
        edges = {low, high} if any(m <= low for m in history) else {high} if any(m <= high for m in history) else set()
        expected = sorted(
            {*inside, *(stamp(edge) for edge in edges)}, key=lambda text: (text[:19], float(f"0{text[19:-1]}"))
        )
    assert times == expected
