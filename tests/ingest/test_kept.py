"""Recorded values of another server in this one's own archive: the same, value by value; the log tells recent ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from events.ingestion import backfills, jobs, kept, points
from events.models.ingest import Backfill, IngestionJob, IngestionQuality, IngestionSource, StreamMark
from piwebapi.models import (
    AssetDatabase,
    AssetServer,
    Attribute,
    DataServer,
    Element,
    EnumerationSet,
    EnumerationValue,
    Point,
)
from streaming.archive import archive, loading
from streaming.archive.sealing import seal
from streaming.models import ArchivedBlock, ArchivedEvent, ValueChange

from .conftest import NOW, SECOND, Place
from .plain_server import micros

BASE = micros("2026-03-02T12:00:00+00:00")
LEVEL = "Plant_Unit000_Level_PV"
FAULTS = ("429", "503", "cut", "slow", "garbage", "repeat", "empty", "skip")


def over_rest(name: str) -> list[dict[str, Any]]:
    """What this server tells of the point, as the source tells it of its own."""
    client = APIClient()
    point = Point.objects.select_related("server").get(name=name)
    query = {"startTime": "2026-03-01", "endTime": "2026-03-03", "maxCount": 10_000}
    answer = client.get(f"/piwebapi/streams/{point.web_id()}/recorded", query)
    told = ("Timestamp", "Value", "Good", "Questionable", "Substituted")
    return [{key: item[key] for key in told} for item in answer.json()["Items"]]


def at_the_source(place: Place, name: str) -> list[dict[str, Any]]:
    items = place.plain.stream(f"P-{name}", 0, 2**62, 10_000)["Items"]
    return [{key: value for key, value in item.items() if key != "UnitsAbbreviation"} for item in items]


def typed(place: Place, monkeypatch: pytest.MonkeyPatch, **kinds: str) -> None:
    """The points of the source have these types."""
    plain = place.plain.point
    monkeypatch.setattr(place.plain, "point", lambda name: plain(name) | {"PointType": kinds.get(name, "Float64")})


def test_rest_tells_of_the_point_here_what_the_source_tells_of_its_own(place: Place) -> None:
    place.fill(3, -120, 60)
    first = place.run()
    assert (first.written, first.kept) == (363, 363)
    place.run(60)
    point = Point.objects.select_related("server").get(name=LEVEL)
    assert (point.server.name, point.point_type, point.engineering_units) == ("PLAIN", "Float64", "bar")
    found = over_rest(LEVEL)
    expected = at_the_source(place, LEVEL)
    assert [item["Value"] for item in found] == [item["Value"] for item in expected]
    assert len(found) == 181
    assert place.lake() == place.kept() == place.source()


def test_texts_states_moments_and_bad_values_are_what_they_are_at_the_source(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(place, monkeypatch, Text="String", Mode="Digital", Moment="Timestamp", Small="Float32", Whole="Int32")
    server = DataServer.objects.create(name="PLAIN")
    modes = EnumerationSet.objects.create(data_server=server, name="Modes")
    EnumerationValue.objects.create(enumeration_set=modes, name="Auto", value=1)
    Point.objects.create(server=server, name="Mode", point_type="Digital", point_source="osipi", digital_set=modes)
    no_data = {"Name": "No Data", "Value": 248, "IsSystem": True}
    auto = {"Name": "Auto", "Value": 1, "IsSystem": False}
    place.plain.values = {
        "Text": [(BASE - 3 * SECOND, "open"), (BASE - 2 * SECOND, "12"), (BASE - SECOND, no_data, False)],
        "Mode": [(BASE - 2 * SECOND, auto), (BASE - SECOND, no_data, False)],
        "Moment": [(BASE - SECOND, "2026-01-02T03:04:05.6789012Z")],
        "Small": [(BASE - 2 * SECOND, 0.1), (BASE - SECOND, no_data, False), (BASE, 3.4e38)],
        "Whole": [(BASE - SECOND, 7)],
    }
    run = place.run()
    assert (run.kept, run.rejected) == (10, 2)  # a text and a moment are nothing for the lake
    for name in place.plain.values:
        found, expected = over_rest(name), at_the_source(place, name)
        for one, other in zip(found, expected, strict=True):
            assert micros(one.pop("Timestamp")) == micros(other.pop("Timestamp"))
        assert found == expected, name


def test_what_a_point_cannot_hold_is_told_and_a_bad_number_is_bad_input(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(place, monkeypatch, **{LEVEL: "Float32"})
    place.fill(1, -5, 0)
    rows = place.plain.values[LEVEL]
    rows[1], rows[2], rows[3] = (rows[1][0], "open"), (rows[2][0], 7.5, False), (rows[3][0], 1e39)
    run = place.run()
    assert (run.written, run.kept, run.rejected) == (5, 4, 2)
    assert IngestionQuality.objects.get().rejected == {kept.UNFIT: 1, "value: a text that is no number": 1}
    bad = [item for item in over_rest(LEVEL) if not item["Good"]]
    assert [item["Value"]["Name"] for item in bad] == ["Bad Input"]


def test_several_events_of_one_time_and_the_seventh_digit_are_kept(place: Place) -> None:
    place.fill(1, -5, 0)
    rows = place.plain.values[LEVEL]
    rows.insert(3, (rows[2][0], 88.0))
    plain = place.plain.stream

    def finer(*asked: Any) -> dict[str, Any]:
        body = plain(*asked)
        for item in body["Items"]:
            whole = item["Timestamp"].removesuffix("Z")
            item["Timestamp"] = f"{whole if '.' in whole else f'{whole}.000000'}7Z"
        return body

    place.plain.stream = finer  # type: ignore[method-assign]
    for seconds in (0, 3):
        assert place.run(seconds).state == "done"
    found = over_rest(LEVEL)
    assert [item["Value"] for item in found] == [row[1] for row in rows]
    assert all(item["Timestamp"].endswith("7Z") for item in found)
    assert len(place.lake()) == len(rows) - 1


def test_a_value_that_changed_is_not_marked_as_substituted(place: Place) -> None:
    place.fill(1, -60, 0)
    place.run()
    rows = place.plain.values[LEVEL]
    rows[-3] = (rows[-3][0], 99.0)
    place.run(10)
    found = over_rest(LEVEL)
    assert found[-3]["Value"] == 99.0
    assert not any(item["Substituted"] for item in found)


def test_recent_values_are_told_in_the_log_and_a_replay_is_not(place: Place) -> None:
    place.fill(2, -100, 0)
    place.run()
    assert ValueChange.objects.count() == 202
    place.run(5)
    assert ValueChange.objects.count() == 202


def test_a_flood_is_told_by_its_newest_values(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "TOLD", 50)
    place.fill(2, -100, 0)
    assert place.run().kept == 202
    told = ValueChange.objects.values_list("point_id", "ticks")
    points = Point.objects.filter(point_source="osipi").values_list("pk", flat=True)
    assert sorted(told) == sorted((pk, BASE * 10) for pk in points)


def test_a_backfill_is_kept_too_and_tells_nobody(place: Place) -> None:
    place.fill(2, -4000, 0)
    place.run()
    told = ValueChange.objects.count()
    backfill = backfills.create(place.job, (BASE - 4000 * SECOND) * 10, BASE * 10, chunk_seconds=1000)
    for _ in range(2):
        done = backfills.advance(Backfill.objects.select_related("job__source").get(pk=backfill.pk))
        assert (done.state, done.kept) == ("done", 2 * 4001 - 242)
        Backfill.objects.update(state="waiting", done_until=backfill.start)
    assert place.lake() == place.kept() == place.source()
    assert ValueChange.objects.count() == told
    assert sum(StreamMark.objects.values_list("kept", flat=True)) == 8002


def test_history_that_lies_in_blocks_is_compared_and_late_values_find_their_place(place: Place) -> None:
    place.job.first_seconds = 4000
    place.job.save()
    place.fill(1, -4000, 0)
    place.run()
    assert seal() > 2000
    rows = place.plain.values[LEVEL]
    rows.append((BASE - 3990 * SECOND + 500_000, 5.5))
    backfills.create(place.job, (BASE - 4000 * SECOND) * 10, BASE * 10)
    blocks = ArchivedBlock.objects.count()
    backfills.advance(Backfill.objects.select_related("job__source").get())
    assert place.kept() == place.source()
    assert ArchivedBlock.objects.count() == blocks - 1
    assert ArchivedEvent.objects.count() < 2500


def test_switched_off_it_keeps_nothing_and_switched_on_again_it_fills_the_gap(place: Place) -> None:
    place.fill(2, -60, 300)
    place.run()
    IngestionSource.objects.update(keep_values=False)
    assert (place.run(100).kept, place.run(200).kept) == (0, 0)
    IngestionSource.objects.update(keep_values=True)
    place.run(300)
    assert place.lake() == place.kept() == place.source()


def test_switched_on_later_it_begins_as_a_new_job_does(place: Place) -> None:
    IngestionSource.objects.update(keep_values=False)
    place.fill(1, -600, 300)
    place.run()
    place.run(300)
    assert not Point.objects.exists()
    IngestionSource.objects.update(keep_values=True)
    place.run(301)
    begin = BASE + (301 - 120) * SECOND
    found = [row for row in place.kept() if row[1] >= begin]
    assert found == [row for row in place.source() if row[1] >= begin]


def test_a_point_that_is_this_servers_own_is_left_alone(place: Place) -> None:
    place.fill(2, -30, 0)
    own = Point.objects.create(server=DataServer.objects.create(name="PLAIN"), name=LEVEL)
    run = place.run()
    assert (run.written, run.kept, run.rejected) == (62, 31, 1)
    assert not archive.newest([own.pk])


def test_an_attribute_that_waited_for_the_point_finds_it(place: Place) -> None:
    database = AssetDatabase.objects.create(server=AssetServer.objects.create(name="AF"), name="DB")
    unit = Element.objects.create(database=database, name="Unit", path="Unit")
    config = f"\\\\PLAIN\\{LEVEL}"
    level = Attribute.objects.create(element=unit, name="Level", data_reference="PI Point", config_string=config)
    place.fill(1, -30, 0)
    place.run()
    level.refresh_from_db()
    assert level.point == Point.objects.get(name=LEVEL)


def test_a_point_has_the_values_of_one_source_only(place: Place) -> None:
    place.fill(1, -30, 0)
    place.run()
    other = IngestionSource.objects.create(name="other", url=place.plain.url, requests_per_second=0)
    job = IngestionJob.objects.create(name="others", source=other, first_seconds=60)
    run = jobs.run(job, NOW)
    assert (run.kept, run.rejected) == (0, 1)
    assert StreamMark.objects.get(job=job).point is None


def test_a_point_that_was_deleted_is_made_anew(place: Place) -> None:
    place.fill(1, -60, 60)
    place.run()
    Point.objects.all().delete()
    place.run(10)
    points._searched.clear()
    place.run(60)
    assert place.kept() == place.source()
    assert place.lake() == place.source()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_fails_and_wherever_it_is_cut_off_all_three_are_equal(
    place: Place, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "AT_ONCE", 40)
    chance = random.Random(seed)
    place.fill(5, -120, 200)
    place.run()

    def dying(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if chance.random() < 0.2:
                raise KeyboardInterrupt
            return original(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(kept, "load", dying(kept.load))
        for seconds in range(20, 200, 20):
            place.plain.faults = lambda path: chance.choice(FAULTS) if chance.random() < 0.15 else ""
            try:
                place.run(seconds, patience=2)
            except KeyboardInterrupt:
                continue
    place.plain.faults = lambda path: ""
    assert place.run(200).state == "done"
    assert place.lake() == place.kept() == place.source(200)


def test_values_that_were_kept_do_not_go_into_the_lake_a_second_time(place: Place) -> None:
    place.fill(1, -30, 0)
    place.run()
    here = IngestionSource.objects.create(name="this server")
    told = IngestionJob.objects.create(name="written", kind="written", source=here, first_seconds=10**6)
    ValueChange.objects.update(at=NOW)
    run = jobs.run(told, NOW + timedelta(seconds=5))
    assert (run.state, run.read, run.written) == ("done", 0, 0)
    assert place.lake() == place.source()
