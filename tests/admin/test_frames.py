"""Event frames in the admin: every change is numbered, and what goes away leaves a tombstone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events import bulk
from events.models import Annotation, EventFrame, EventFrameAttribute, EventFrameTombstone
from piwebapi.core.times import from_datetime
from piwebapi.models import Counter

from .forms import change, filled, said
from .plant import HOUR, MOMENT, NOW, Plant

LIST = "/admin/events/eventframe/"


def act(browser: Client, action: str, *frames: EventFrame) -> Any:
    form = {"action": action, "_selected_action": [str(frame.pk) for frame in frames], "index": 0}
    return browser.post(LIST, form, follow=True)


def changed(frame: EventFrame) -> int:
    return EventFrame.objects.get(pk=frame.pk).changed


def test_a_changed_frame_takes_a_number(browser: Client, plant: Plant) -> None:
    before = Counter.last("eventframes")
    assert change(browser, plant.frame, description="A fuse.", severity="4").status_code == 302
    frame = EventFrame.objects.get(pk=plant.frame.pk)
    assert (frame.description, frame.severity) == ("A fuse.", 4)
    assert frame.changed > before


def test_times_are_read_as_rest_reads_them(browser: Client, plant: Plant) -> None:
    change(browser, plant.frame, start="2026-03-02T08:00:00.1234567Z", end="2026-03-02T09:00:00Z")
    frame = EventFrame.objects.get(pk=plant.frame.pk)
    assert frame.start == from_datetime(MOMENT.replace(hour=8)) + 1_234_567
    assert frame.end == from_datetime(MOMENT.replace(hour=9))
    change(browser, plant.frame, end="")
    assert EventFrame.objects.get(pk=plant.frame.pk).end is None


def test_an_end_before_the_start_is_refused(browser: Client, plant: Plant) -> None:
    answer = change(browser, plant.frame, end="2026-01-01T00:00:00Z", name="Other")
    assert "EndTime must not be before StartTime." in said(answer)
    assert EventFrame.objects.get(pk=plant.frame.pk).name == "Downtime_1"


def test_a_time_that_nobody_can_read_is_refused(browser: Client, plant: Plant) -> None:
    assert "soon" in said(change(browser, plant.frame, end="soon"))


def test_the_first_chosen_element_is_the_primary_one(browser: Client, plant: Plant) -> None:
    change(browser, plant.frame, elements=[str(plant.unit.pk), str(plant.element.pk)])
    frame = EventFrame.objects.get(pk=plant.frame.pk)
    assert frame.primary_element == plant.unit
    assert [row.element for row in frame.references.all()] == [plant.unit, plant.element]


def test_a_new_frame_has_what_its_template_says(browser: Client, plant: Plant) -> None:
    template = plant.database.elementtemplate_set.get(name="Downtime")
    template.severity = 3
    template.save()
    form = filled(browser, f"{LIST}add/") | {"database": plant.database.pk, "name": "New", "template": template.pk}
    assert browser.post(f"{LIST}add/", form | {"start": "*-1h"}).status_code == 302
    frame = EventFrame.objects.get(name="New")
    assert (frame.severity, frame.can_be_acknowledged, frame.end) == (3, True, None)


def test_a_deleted_frame_and_its_children_leave_tombstones(browser: Client, plant: Plant) -> None:
    child = plant.add_frame("Child")
    EventFrame.objects.filter(pk=child.pk).update(parent=plant.frame)
    before = Counter.last("eventframes")
    browser.post(reverse("admin:events_eventframe_delete", args=(plant.frame.pk,)), {"post": "yes"})
    assert not EventFrame.objects.exists()
    left = EventFrameTombstone.objects.filter(changed__gt=before)
    assert {(row.frame_id, row.name) for row in left} == {(plant.frame.pk, "Downtime_1"), (child.pk, "Child")}
    assert len({row.changed for row in left}) == 2


def test_deleting_many_frames_leaves_a_tombstone_for_each_and_asks_a_bounded_number_of_times(
    browser: Client, plant: Plant
) -> None:
    frames = [plant.add_frame(f"Frame_{number}") for number in range(30)]
    form = {"action": "delete_selected", "_selected_action": [str(frame.pk) for frame in frames], "post": "yes"}
    with CaptureQueriesContext(connection) as captured:
        browser.post(LIST, form)
    assert EventFrameTombstone.objects.filter(name__startswith="Frame_").count() == 30
    assert list(EventFrame.objects.all()) == [plant.frame]
    assert len(captured) < 60


def test_acknowledging_bears_the_name_of_who_did_it(browser: Client, plant: Plant) -> None:
    other = plant.add_frame("Plain", template="")
    before = Counter.last("eventframes")
    answer = act(browser, "acknowledge", plant.frame, other)
    assert "1 acknowledged. 1 need none or have been." in said(answer)
    frame = EventFrame.objects.get(pk=plant.frame.pk)
    assert (frame.acknowledged_by, frame.changed > before) == ("boss", True)
    assert changed(other) <= before


def test_acknowledging_costs_no_query_per_frame(plant: Plant) -> None:
    for number in range(30):
        plant.add_frame(f"Frame_{number}")
    with CaptureQueriesContext(connection) as captured:
        assert bulk.acknowledge(EventFrame.objects.all(), "anna", NOW) == 31
    assert len(captured) <= 10
    assert len(set(EventFrame.objects.values_list("changed", flat=True))) == 31


def test_closing_ends_open_frames_and_leaves_locked_ones(browser: Client, plant: Plant) -> None:
    locked = plant.add_frame("Locked")
    EventFrame.objects.filter(pk=locked.pk).update(is_locked=True)
    answer = act(browser, "close", plant.frame, locked)
    assert "1 closed. 1 are closed already or locked." in said(answer)
    assert EventFrame.objects.get(pk=plant.frame.pk).end > NOW
    assert EventFrame.objects.get(pk=locked.pk).end is None


def test_a_frame_that_begins_later_cannot_be_closed_and_none_is(browser: Client, plant: Plant) -> None:
    later = plant.add_frame("Later", start="2999-01-01T00:00:00Z")
    answer = act(browser, "close", plant.frame, later)
    assert "EndTime must not be before StartTime." in said(answer)
    assert EventFrame.objects.get(pk=plant.frame.pk).end is None


@pytest.mark.parametrize("part", ["attribute", "annotation"])
def test_a_changed_or_deleted_part_is_a_change_of_its_frame(part: str, browser: Client, plant: Plant) -> None:
    row = EventFrameAttribute.objects.get(name="Reason") if part == "attribute" else Annotation.objects.get()
    before = changed(plant.frame)
    assert change(browser, row, description="another").status_code == 302
    between = changed(plant.frame)
    assert between > before
    browser.post(reverse(f"admin:events_{row._meta.model_name}_delete", args=(row.pk,)), {"post": "yes"})
    assert not type(row).objects.filter(pk=row.pk).exists()
    assert changed(plant.frame) > between


def test_a_list_is_filtered_by_state_severity_and_start(browser: Client, plant: Plant) -> None:
    plant.add_frame("Closed", end=NOW - HOUR // 2, severity=5)

    def shown(query: str) -> list[str]:
        return [row.name for row in browser.get(f"{LIST}?{query}").context["cl"].result_list]

    assert shown("state=0") == ["Downtime_1"]
    assert shown("state=1") == ["Closed"]
    assert shown("severity=5") == ["Closed"]
    assert shown("start=0") == []  # the last hour by the clock of today
    assert shown("q=down") == ["Downtime_1"]
    assert shown("q=*ose*") == ["Closed"]
    assert shown("state=nonsense") == ["Closed", "Downtime_1"]


def test_a_table_of_frames_is_safe_for_spreadsheets(browser: Client, plant: Plant) -> None:
    plant.add_frame("=HYPERLINK(1)", end=NOW)
    form = {"action": "export_csv", "_selected_action": [plant.frame.pk], "select_across": 1, "index": 0}
    lines = browser.post(LIST, form).getvalue().decode().splitlines()
    assert lines[0] == "name,Severity,State,Start,End,template,Element,acknowledged by"
    assert lines[1] == "'=HYPERLINK(1),None,Closed,2026-03-02T11:00:00Z,2026-03-02T12:00:00Z,Downtime,,"
    assert lines[2] == "Downtime_1,None,Open,2026-03-02T11:00:00Z,,Downtime,Unit_1\\Pump_1,"
