"""Rules as somebody makes them, and those of the demo plant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from events.models import EventFrame
from events.models.rules import EventRule, RuleBackfill, RuleFrame
from events.rules import evaluation, services
from piwebapi.core.errors import BadRequest
from piwebapi.core.times import TICKS_PER_SECOND, from_datetime
from piwebapi.models import AnalysisTemplate, Attribute
from streaming.streams import streams_of

from .test_rules import BASE, Plant
from .test_rules import plant as plant  # noqa: PLC0414 - the fixture


def values(plant: Plant) -> dict[str, object]:
    return {"name": "High level", "element_template": "Unit", "start_condition": "'Level' > 90"}


def test_a_rule_shows_as_an_analysis_template(plant: Plant) -> None:
    rule = services.create(plant.database, now=BASE, **values(plant), true_for_seconds=5, end_condition="'Level' < 50")
    template = AnalysisTemplate.objects.get()
    assert (template.name, template.target, template.create_enabled) == ("High level", plant.template, False)
    assert template.rule.plug_in == "EventFrame"
    assert template.rule.config_string == "StartTrigger='Level' > 90;EndTrigger='Level' < 50;TrueFor=5s"
    services.update(rule, now=BASE, start_condition="'Level' > 95", end_condition="", enabled=True)
    template = AnalysisTemplate.objects.get()
    assert template.create_enabled
    assert template.rule.config_string == "StartTrigger='Level' > 95;TrueFor=5s"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"start_condition": "'Levle' > 90"}, "Levle"),
        ({"start_condition": "'Level' > "}, "start condition"),
        ({"end_condition": "PrevVal('Level') > 3"}, "end condition"),
        ({"true_for_seconds": -1.0}, "True-for"),
        ({"element_template": "Nothing"}, "Nothing"),
        ({"severity": 9}, "Severity"),
        ({"constants": []}, "JSON object"),
    ],
)
def test_what_would_fail_later_is_refused_when_it_is_saved(
    plant: Plant, change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        services.create(plant.database, now=BASE, **values(plant) | change)
    assert sentence in " ".join(caught.value.messages)
    assert not EventRule.objects.exists()


LIMITS = {
    "High Temperature": ("Temperature", lambda values: values > 95),
    "High Level": ("Level", lambda values: values > 99.5),
    "High Power": ("Power", lambda values: values > 4900),
    "Low Pressure": ("Pressure", lambda values: values < 1.1),
    "Low Level": ("Level", lambda values: values < 0.5),
}


@pytest.mark.django_db
def test_every_alarm_of_the_demo_plant_agrees_with_the_history_that_it_points_at() -> None:
    """Each second of an alarm is beyond the limit, and the seconds before and after it are not. So it is for those that
    the plant is loaded with, and for those that its rules make."""
    call_command("load_demo", tags=128, verbosity=0)
    now = timezone.now()
    for backfill in RuleBackfill.objects.select_related("rule__database", "rule__frame_template"):
        wider = evaluation.request_backfill(
            backfill.rule, backfill.start - 3 * 86_400 * TICKS_PER_SECOND, backfill.end, now + timedelta(seconds=60)
        )
        assert evaluation.advance(wider, now).state == "done"
    alarms = list(EventFrame.objects.filter(template__name="AlarmTemplate").order_by("start"))
    made = [alarm for alarm in alarms if alarm.name.startswith("Alarm_Unit")]
    assert len(made) > 10
    assert EventFrame.objects.count() == 250 + len(made)
    assert RuleFrame.objects.count() == len(alarms) > len(made) + 10
    seen = set()
    for alarm in alarms:
        told = {row.name: row.value for row in alarm.attributes.all()}
        seen.add((alarm.primary_element_id, told["AlarmType"], alarm.start))
        _agrees(alarm, told, from_datetime(now))
    assert len(seen) == len(alarms)


def _agrees(alarm: EventFrame, told: dict[str, Any], now: int) -> None:
    name, is_beyond = LIMITS[told["AlarmType"]]
    attribute = Attribute.objects.select_related("point__server", "point__digital_set", "unit").get(
        element=alarm.primary_element, name=name
    )
    [stream] = streams_of([attribute])
    second = TICKS_PER_SECOND
    series = stream.reader.read(alarm.start - second, alarm.end, now=now)
    beyond = is_beyond(series.values).tolist()
    assert len(beyond) == (alarm.end - alarm.start) // second + 2
    assert (beyond[0], all(beyond[1:-1]), beyond[-1]) == (False, True, False)
    if name in told:
        assert told[name] == pytest.approx(series.values[1])


def test_the_command_tries_out_makes_and_lists(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    plant.rule(enabled=False)
    call_command("event_rules")
    assert capsys.readouterr().out == "High level (off): 'Level' > 'Limit'; up to never.\n"
    hours = {"start": "2026-03-02T11:00:00Z", "end": "2026-03-02T12:00:00Z"}
    plant.write(0, (-500, 95.0), (-480, 20.0))
    call_command("event_rules", trial="High level", **hours)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Plant\\Unit_0: 2026-03-02T11:51:40Z until 2026-03-02T11:52:00Z"
    assert not EventFrame.objects.exists()
    call_command("event_rules", backfill="High level", **hours)
    assert capsys.readouterr().out == "done: 1 event frames.\n"
    assert EventFrame.objects.get().name == "High level Unit_0 2026-03-02T11:51:40Z"
