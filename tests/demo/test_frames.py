"""Event frames of the demo plant: as loaded, and as they go on while the server runs."""

from events import demo
from events.models import EventFrame, EventFrameReference
from events.services import delete
from piwebapi.demo import facts
from piwebapi.demo.frames import first_frames
from piwebapi.models import Counter, Element

from .conftest import HOUR, MOMENT

MINUTE = 600_000_000
DAY = 864_000_000_000


def test_250_frames_lie_in_the_30_days_before_the_load_and_five_are_open(frames: int) -> None:
    assert frames == EventFrame.objects.count() == 250
    starts = list(EventFrame.objects.values_list("start", flat=True))
    assert min(starts) >= HOUR - 30 * DAY
    assert max(starts) < HOUR
    assert EventFrame.objects.filter(end=None).count() == 5
    assert not EventFrame.objects.filter(end__gt=HOUR).exists()


def test_in_the_larger_sizes_five_plants_have_50_frames_each() -> None:
    plants = [plan.plant for plan in first_frames(1, facts.layout_for(10_000), HOUR, lambda *_: None)]
    assert {plant: plants.count(plant) for plant in plants} == {
        "Loy_Yang_A": 50,
        "Loy_Yang_B": 50,
        "Yallourn": 50,
        "Eraring": 50,
        "Bayswater": 50,
    }


def test_a_name_tells_kind_and_minute_and_no_two_are_the_same(frames: int) -> None:
    names = list(EventFrame.objects.order_by("start").values_list("name", flat=True))
    assert len(set(names)) == 250
    assert names[0].partition("_")[2][:7] == "2024051"  # 30 days before the 15th of June is the 16th of May
    for frame in EventFrame.objects.select_related("template").prefetch_related("categories"):
        kind = frame.name.partition("_")[0]
        assert frame.template.name == f"{kind}Template"
        assert [category.name for category in frame.categories.all()] == [kind]


def test_a_frame_says_that_it_is_simulated(frames: int) -> None:
    demo.advance(MOMENT + 60 * MINUTE)
    assert not EventFrame.objects.exclude(description__startswith="Simulated ").exists()


def test_the_severity_of_an_alarm_follows_its_priority(frames: int) -> None:
    expected = {"High": "Critical", "Medium": "Major", "Low": "Warning"}
    alarms = EventFrame.objects.filter(template__name="AlarmTemplate")
    seen = set()
    for alarm in alarms:
        priority = alarm.attributes.get(name="Priority").value
        seen.add(priority)
        assert alarm.get_severity_display() == expected[priority]
    assert seen == {"High", "Medium", "Low"}


def test_alarms_only_can_be_acknowledged_and_most_are(frames: int) -> None:
    alarms = EventFrame.objects.filter(can_be_acknowledged=True)
    assert {alarm.template.name for alarm in alarms} == {"AlarmTemplate"}
    done = [alarm for alarm in alarms if alarm.is_acknowledged]
    assert len(alarms) / 2 < len(done) < len(alarms)
    for alarm in done:
        assert alarm.start <= alarm.acknowledged_at <= alarm.end
        assert alarm.attributes.get(name="AcknowledgedBy").value == alarm.acknowledged_by


def test_the_primary_element_is_a_unit_and_the_first_reference(frames: int) -> None:
    for reference in EventFrameReference.objects.select_related("frame__primary_element__template"):
        assert reference.position == 0
        assert reference.element_id == reference.frame.primary_element_id
        assert reference.frame.primary_element.template.name == "ProcessUnitTemplate"
    assert EventFrameReference.objects.count() == 250


def test_the_changes_are_numbered_without_gaps(frames: int) -> None:
    assert sorted(EventFrame.objects.values_list("changed", flat=True)) == list(range(1, 251))
    assert Counter.last("eventframes") == 250


def test_a_batch_knows_its_actual_quantity_when_it_is_over(frames: int) -> None:
    for batch in EventFrame.objects.filter(template__name="BatchRunTemplate"):
        values = dict(batch.attributes.values_list("name", "value"))
        assert 1000 <= values["TargetQuantity"] <= 5000
        if batch.end is None:
            assert values["ActualQuantity"] is None
        else:
            assert 0.89 < values["ActualQuantity"] / values["TargetQuantity"] < 1.04


def test_nothing_changes_twice_at_one_moment(frames: int) -> None:
    later = MOMENT + 12 * 60 * MINUTE
    assert demo.advance(later) > 0
    before = list(EventFrame.objects.order_by("pk").values())
    assert demo.advance(later) == 0
    assert list(EventFrame.objects.order_by("pk").values()) == before


def test_each_ten_minutes_have_one_new_frame_and_the_open_ones_end(frames: int) -> None:
    demo.advance(HOUR + DAY - 1)
    new = EventFrame.objects.filter(start__gt=HOUR).order_by("start")
    assert len({frame.start // (10 * MINUTE) for frame in new}) == len(new)
    assert 143 <= len(new) <= 144
    first = EventFrame.objects.filter(start__lt=HOUR)
    assert not first.filter(end=None).exists()
    assert first.filter(end__gt=HOUR, values_captured=True).count() == 5


def test_many_small_steps_and_one_large_one_lead_to_the_same_frames(frames: int) -> None:
    columns = ("pk", "name", "start", "end", "severity", "acknowledged_by", "acknowledged_at")
    sid = demo.transaction.savepoint()
    for minutes in range(7, 600, 13):
        demo.advance(MOMENT + minutes * MINUTE)
    demo.advance(MOMENT + 600 * MINUTE)
    small = _state(columns)
    demo.transaction.savepoint_rollback(sid)
    assert EventFrame.objects.count() == 250
    demo.advance(MOMENT + 600 * MINUTE)
    assert _state(columns) == small


def _state(columns: tuple[str, ...]) -> list[object]:
    rows = EventFrame.objects.order_by("pk").prefetch_related("attributes")
    return [
        (
            *(getattr(row, column) for column in columns),
            sorted((item.name, str(item.value), item.value_ticks) for item in row.attributes.all()),
        )
        for row in rows
    ]


def test_after_a_long_pause_no_more_than_30_days_are_made_up_for(frames: int) -> None:
    demo.advance(MOMENT + 100 * DAY)
    new = EventFrame.objects.filter(start__gt=HOUR)
    assert new.order_by("start")[0].start > MOMENT + 70 * DAY
    assert 4315 <= new.count() <= 4321


def test_what_somebody_has_deleted_does_not_come_back(frames: int) -> None:
    demo.advance(MOMENT + 60 * MINUTE)
    made = EventFrame.objects.filter(start__gt=HOUR)[0]
    delete(made)
    demo.advance(MOMENT + 61 * MINUTE)
    assert not EventFrame.objects.filter(pk=made.pk).exists()


def test_no_alarm_is_made_up_later_the_rules_make_them(frames: int) -> None:
    demo.advance(MOMENT + 3 * DAY)
    later = EventFrame.objects.filter(start__gt=HOUR)
    kinds = set(later.values_list("template__name", flat=True))
    assert kinds == {"BatchRunTemplate", "MaintenanceTemplate", "DowntimeTemplate"}


def test_a_deleted_unit_gets_no_more_frames(frames: int) -> None:
    Element.objects.filter(template__name="ProcessUnitTemplate").delete()
    demo.advance(MOMENT + DAY)
    assert not EventFrame.objects.filter(start__gt=HOUR).exists()
