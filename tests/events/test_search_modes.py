"""Every search mode against its definition, with frames that begin and end exactly at the asked times."""

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import pytest

from events import search
from piwebapi.core.times import OPEN_END, format_ticks
from tests.api.conftest import Api

from .plant import Plant, ticks

TICK = 1
A, B = ticks(2026, 3, 1, 10), ticks(2026, 3, 1, 14)
EDGES = (A - TICK, A, A + TICK, B - TICK, B, B + TICK)


class Frame(NamedTuple):
    name: str
    start: int
    end: int


FRAMES = [
    Frame(f"F{number:02}", start, end)
    for number, (start, end) in enumerate(
        (start, end) for start, end in product(EDGES, (*EDGES, OPEN_END)) if start <= end
    )
]
WINDOWS: dict[str, Callable[[int, int], bool]] = {
    "Overlapped": lambda s, e: s <= B and e >= A,
    "Inclusive": lambda s, e: s >= A and e <= B,
    "StartInclusive": lambda s, e: A <= s <= B,
    "EndInclusive": lambda s, e: A <= e <= B,
    "InProgress": lambda s, e: A <= s <= B and e == OPEN_END,
}
RAYS: dict[str, tuple[Callable[[int, int], bool], Callable[[Frame], int]]] = {
    "ForwardFromStartTime": (lambda s, e: s >= A, lambda frame: frame.start),
    "BackwardFromStartTime": (lambda s, e: s <= A, lambda frame: -frame.start),
    "ForwardFromEndTime": (lambda s, e: e >= A, lambda frame: frame.end),
    "BackwardFromEndTime": (lambda s, e: e <= A, lambda frame: -frame.end),
    "ForwardInProgress": (lambda s, e: s >= A and e == OPEN_END, lambda frame: frame.start),
    "BackwardInProgress": (lambda s, e: s <= A and e == OPEN_END, lambda frame: -frame.start),
}


@pytest.fixture
def url(plant: Plant) -> str:
    for frame in FRAMES:
        plant.frame(frame.name, start=frame.start, end=None if frame.end == OPEN_END else frame.end)
    return f"assetdatabases/{plant.database.web_id()}/eventframes"


def test_the_frames_cover_each_edge_from_both_sides() -> None:
    assert len(FRAMES) == 21 + 6
    assert len({(frame.start, frame.end) for frame in FRAMES}) == 27


@pytest.mark.parametrize("few", [search.FEW, 3], ids=["few frames", "many frames"])
@pytest.mark.parametrize("mode", WINDOWS)
def test_a_mode_with_a_window_finds_what_its_definition_says(
    url: str, api: Api, mode: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FEW", few)
    found = api.names(url, searchMode=mode, startTime=format_ticks(A), endTime=format_ticks(B))
    assert found == [frame.name for frame in FRAMES if WINDOWS[mode](frame.start, frame.end)]
    assert 0 < len(found) < len(FRAMES)


@pytest.mark.parametrize("mode", RAYS)
def test_a_mode_from_one_time_finds_and_orders_as_its_definition_says(url: str, api: Api, mode: str) -> None:
    names = api.names(url, searchMode=mode, startTime=format_ticks(A))
    fits, key = RAYS[mode]
    by_name = {frame.name: frame for frame in FRAMES}
    assert sorted(names) == [frame.name for frame in FRAMES if fits(frame.start, frame.end)]
    keys = [key(by_name[name]) for name in names]
    assert keys == sorted(keys)


@pytest.mark.parametrize("mode", RAYS)
@pytest.mark.parametrize("given", [{"endTime": "*"}, {"sortField": "Name"}, {"sortOrder": "Descending"}])
def test_a_mode_from_one_time_refuses_what_it_cannot_mean(
    plant: Plant, api: Api, mode: str, given: dict[str, str]
) -> None:
    url = f"assetdatabases/{plant.database.web_id()}/eventframes"
    [sentence] = api.get(url, 400, searchMode=mode, startTime="*", **given)["Errors"]
    assert next(iter(given)) in sentence


@pytest.mark.parametrize("mode", WINDOWS)
def test_a_window_that_ends_before_it_begins_is_refused(plant: Plant, api: Api, mode: str) -> None:
    url = f"assetdatabases/{plant.database.web_id()}/eventframes"
    assert api.get(url, 400, searchMode=mode, startTime="*", endTime="*-1h")["Errors"] == [
        "The endTime must not be before the startTime."
    ]


def test_the_mode_none_and_unknown_ones_are_refused(plant: Plant, api: Api) -> None:
    url = f"assetdatabases/{plant.database.web_id()}/eventframes"
    for mode in ("None", "Sideways"):
        assert "searchMode" in api.get(url, 400, searchMode=mode)["Errors"][0]


def test_without_times_the_last_eight_hours_are_meant(plant: Plant, api: Api) -> None:
    url = f"assetdatabases/{plant.database.web_id()}/eventframes"
    plant.frame("long ago")
    plant.frame("going on", end=None)
    assert api.names(url) == ["going on"]


def test_pages_of_frames_that_begin_together_do_not_overlap(url: str, api: Api) -> None:
    asked = {"searchMode": "ForwardFromStartTime", "startTime": format_ticks(A - TICK), "maxCount": 4}
    pages = [api.names(url, startIndex=start, **asked) for start in range(0, 28, 4)]
    assert sorted(name for page in pages for name in page) == [frame.name for frame in FRAMES]
