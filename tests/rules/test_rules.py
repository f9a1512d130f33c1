"""Rules on a small plant with stored values: what they make, when, and that they make it once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events import services
from events.models import EventFrame, EventFrameTombstone
from events.models.rules import EventRule, RuleFrame
from events.rules import evaluation, following, scope
from piwebapi.core.errors import BadRequest
from piwebapi.core.times import from_datetime
from piwebapi.models import (
    AssetDatabase,
    AssetServer,
    Attribute,
    AttributeTemplate,
    DataServer,
    Element,
    ElementTemplate,
    Point,
)
from streaming.archive import archive
from streaming.core.series import Series

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BASE = from_datetime(NOW)
SECOND = 10_000_000


class Plant:
    """Units whose level stands at 10 and is written by the test. Times are seconds after NOW."""

    def __init__(self, units: int = 2) -> None:
        self.database = AssetDatabase.objects.create(server=AssetServer.objects.create(name="AF"), name="Db")
        server = DataServer.objects.create(name="PI")
        self.template = ElementTemplate.objects.create(database=self.database, name="Unit")
        self.frames = ElementTemplate.objects.create(
            database=self.database, name="Alarm", instance_type="EventFrame", severity=3, can_be_acknowledged=True
        )
        AttributeTemplate.objects.create(element_template=self.frames, name="Priority", trail="Priority", type="String")
        self.points, self.units = [], []
        for number in range(units):
            unit = Element.objects.create(
                database=self.database, name=f"Unit_{number}", path=f"Plant\\Unit_{number}", template=self.template
            )
            point = Point.objects.create(
                server=server, name=f"L{number}", point_type="Float64", step=True, created_ticks=0
            )
            Attribute.objects.create(
                element=unit, name="Level", trail="Level", data_reference="PI Point", point=point, type="Double"
            )
            Attribute.objects.create(element=unit, name="Limit", trail="Limit", value=90.0, type="Double")
            self.points.append(point)
            self.units.append(unit)
            self.write(number, (-10_000, 10.0))

    def write(self, unit: int, *values: tuple[float, float]) -> None:
        series = Series.of([BASE + round(at * SECOND) for at, _ in values], [value for _, value in values])
        archive.write({self.points[unit].pk: series}, "Insert")

    def rule(self, **more: Any) -> EventRule:
        values = {
            "name": "High level",
            "database": self.database,
            "element_template": self.template,
            "frame_template": self.frames,
            "start_condition": "'Level' > 'Limit'",
            "enabled": True,
            "delay_seconds": 0,
        }
        return EventRule.objects.create(**values | more)


@pytest.fixture
def plant(db: None, monkeypatch: pytest.MonkeyPatch) -> Plant:
    monkeypatch.setattr(scope, "_remembered", {})
    return Plant()


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def told() -> list[tuple[str, float, float | None]]:
    frames = EventFrame.objects.order_by("start", "primary_element__name")
    return [
        (
            frame.primary_element.name,
            (frame.start - BASE) / SECOND,
            None if frame.end is None else (frame.end - BASE) / SECOND,
        )
        for frame in frames
    ]


def run(rule: EventRule, seconds: float) -> evaluation.Outcome:
    outcome = evaluation.evaluate(EventRule.objects.get(pk=rule.pk), at(seconds))
    assert outcome.error == ""
    return outcome


def test_a_frame_lasts_as_long_as_the_history_exceeds_the_limit(plant: Plant) -> None:
    rule = plant.rule()
    run(rule, 0)
    plant.write(0, (10, 95.0), (25, 20.0), (50, 99.0))
    plant.write(1, (30, 90.0), (31, 91.0), (33, 90.0))
    outcome = run(rule, 60)
    assert (outcome.elements, outcome.begun, outcome.ended) == (2, 3, 0)
    assert told() == [("Unit_0", 10, 25), ("Unit_1", 31, 33), ("Unit_0", 50, None)]
    plant.write(0, (70, 12.0))
    run(rule, 120)
    assert told()[2] == ("Unit_0", 50, 70)
    assert RuleFrame.objects.filter(end=None).count() == 0


def test_evaluating_again_makes_nothing_twice(plant: Plant) -> None:
    rule = plant.rule()
    run(rule, 0)
    plant.write(0, (10, 95.0), (25, 20.0))
    run(rule, 60)
    EventRule.objects.update(until=BASE)
    rule.states.all().delete()
    assert run(rule, 60).begun == 0
    assert told() == [("Unit_0", 10, 25)]


def test_a_frame_carries_template_severity_name_constants_and_what_was_captured(plant: Plant) -> None:
    rule = plant.rule(
        true_for_seconds=5,
        severity=5,
        captured="Level, limit",
        constants={"Priority": "High"},
        name_pattern="{rule} of {element}",
    )
    run(rule, 0)
    plant.write(0, (10, 95.5), (14, 20.0), (20, 97.25), (30, 5.0))
    run(rule, 60)
    frame = EventFrame.objects.get()
    assert (frame.name, frame.severity, frame.template.name) == ("High level of Unit_0", 5, "Alarm")
    assert (frame.can_be_acknowledged, frame.primary_element) == (True, plant.units[0])
    assert (frame.start - BASE) // SECOND == 20
    values = {row.name: row.value for row in frame.attributes.all()}
    assert values == {"Priority": "High", "Level": 97.25, "limit": 90.0}
    assert [reference.element for reference in frame.references.all()] == [plant.units[0]]


def test_a_frame_that_somebody_deletes_is_not_made_again(plant: Plant) -> None:
    rule = plant.rule()
    run(rule, 0)
    plant.write(0, (10, 95.0))
    run(rule, 30)
    services.delete(EventFrame.objects.select_related("database__server").get())
    plant.write(0, (40, 3.0))
    run(rule, 60)
    assert told() == []
    assert EventFrameTombstone.objects.count() == 1


def test_a_locked_frame_stays_as_it_is(plant: Plant) -> None:
    rule = plant.rule()
    run(rule, 0)
    plant.write(0, (10, 95.0))
    run(rule, 30)
    EventFrame.objects.update(is_locked=True)
    plant.write(0, (40, 3.0))
    run(rule, 60)
    assert told() == [("Unit_0", 10, None)]


def test_an_end_condition_ends_it_and_nothing_else(plant: Plant) -> None:
    rule = plant.rule(end_condition="'Level' < 50")
    run(rule, 0)
    plant.write(0, (10, 95.0), (20, 80.0), (30, 40.0))
    run(rule, 60)
    assert told() == [("Unit_0", 10, 30)]


def test_the_scope_leaves_out_other_elements(plant: Plant) -> None:
    rule = plant.rule(scope="Plant\\*_1")
    run(rule, 0)
    for unit in (0, 1):
        plant.write(unit, (10, 95.0), (20, 1.0))
    assert run(rule, 60).elements == 1
    assert told() == [("Unit_1", 10, 20)]


def test_every_change_takes_a_number_so_that_the_lake_sees_it(plant: Plant) -> None:
    rule = plant.rule()
    run(rule, 0)
    plant.write(0, (10, 95.0))
    run(rule, 30)
    before = EventFrame.objects.get().changed
    plant.write(0, (40, 3.0))
    run(rule, 60)
    assert EventFrame.objects.get().changed > before > 0


def test_a_trial_tells_what_would_be_made_and_writes_nothing(plant: Plant) -> None:
    plant.write(0, (-500, 95.0), (-480, 20.0), (-100, 96.0))
    rule = plant.rule()
    trial = evaluation.try_out(rule, BASE - 600 * SECOND, BASE, BASE)
    assert [(one["element"], (one["start"] - BASE) // SECOND) for one in trial.episodes] == [
        ("Plant\\Unit_0", -500),
        ("Plant\\Unit_0", -100),
    ]
    assert trial.episodes[1]["end"] is None
    assert not EventFrame.objects.exists()


def test_a_backfill_makes_the_frames_of_a_past_range_once(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "CELLS", 150)  # pieces of 75 times
    plant.write(0, (-500, 95.0), (-480, 20.0), (-420, 91.0), (-280, 20.0), (-100, 96.0))
    rule = plant.rule()
    for _ in range(2):
        backfill = evaluation.request_backfill(rule, BASE - 600 * SECOND, BASE - 50 * SECOND, NOW)
        assert evaluation.advance(backfill, NOW).state == "done"
    assert told() == [("Unit_0", -500, -480), ("Unit_0", -420, -280)]  # the last one goes on: not its business


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("TagAvg('Level', '-1h', '*') > 3", "looks at the values of the present"),
        ("3 > 2", "names no attribute"),
        ("'Level' >", "start condition"),
        ("'Colour' > 3", "Colour"),
        ("__import__('os')", "start condition"),
    ],
)
def test_a_condition_that_a_rule_cannot_use_is_told(plant: Plant, text: str, sentence: str) -> None:
    with pytest.raises(BadRequest) as caught:
        evaluation.try_out(plant.rule(start_condition=text), BASE - 60 * SECOND, BASE, BASE)
    assert sentence in " ".join(caught.value.messages)


def test_a_rule_with_a_fault_holds_up_no_other(plant: Plant) -> None:
    plant.rule(name="broken", start_condition="'Colour' > 3")
    rule = plant.rule()
    run(rule, 0)
    plant.write(0, (10, 95.0), (25, 20.0))
    outcomes = {one.rule: one for one in evaluation.evaluate_due(at(60))}
    assert "Colour" in outcomes["broken"].error
    assert outcomes["High level"].begun == 1
    assert "Colour" in EventRule.objects.get(name="broken").error
