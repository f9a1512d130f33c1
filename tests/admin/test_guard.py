"""The admin heeds OSIPI_READ_ONLY and the security entries of objects, as REST does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from events.models import EventFrame
from osipi_site import admin_guard
from piwebapi.core.rights import BITS
from piwebapi.models import Element, SecurityEntry, SecurityIdentity, SecurityMapping

from .forms import said
from .plant import Plant

RIGHTS = (
    "view_element",
    "change_element",
    "delete_element",
    "view_eventframe",
    "change_eventframe",
    "delete_eventframe",
)


@pytest.fixture
def read_only(settings: Any) -> None:
    settings.OSIPI_READ_ONLY = True


def test_a_read_only_server_shows_everything_and_takes_nothing(read_only: None, browser: Client, plant: Plant) -> None:
    page = said(browser.get("/admin/"))
    assert "Read only" in page
    for name, key in (("piwebapi_element", plant.element.pk), ("auth_user", plant.boss.pk)):
        change, delete = (reverse(f"admin:{name}_{act}", args=(key,)) for act in ("change", "delete"))
        page = said(browser.get(change))
        assert 'name="_save"' not in page
        assert "Delete" not in page.split("<main")[-1].split("</main")[0]
        assert browser.post(change, {"name": "Other"}).status_code == 403
        assert browser.post(delete, {"post": "yes"}).status_code == 403
        assert browser.get(reverse(f"admin:{name}_add")).status_code == 403
    form = {"action": "acknowledge", "_selected_action": [plant.frame.pk], "index": 0}
    browser.post("/admin/events/eventframe/", form)
    assert not EventFrame.objects.get(pk=plant.frame.pk).is_acknowledged
    export = {"action": "export_csv", "_selected_action": [plant.frame.pk], "index": 0}
    assert browser.post("/admin/events/eventframe/", export)["Content-Type"].startswith("text/csv")


def test_no_row_of_an_owner_is_open_on_a_read_only_server(read_only: None, browser: Client, plant: Plant) -> None:
    page = said(browser.get(reverse("admin:piwebapi_enumerationset_change", args=(plant.modes.pk,))))
    assert "Off" in page
    assert 'name="values-0-name"' not in page


@pytest.fixture
def entry(plant: Plant) -> Callable[..., SecurityEntry]:
    """An entry for whoever is called anna."""
    identity = SecurityIdentity.objects.create(server=plant.server, name="Annas")
    SecurityMapping.objects.create(server=plant.server, name="anna", account="anna", identity=identity)

    def make(kind: str, obj: Any, *denied: str) -> SecurityEntry:
        deny = sum(BITS[name] for name in denied)
        return SecurityEntry.objects.create(kind=kind, object_id=obj.pk, identity=identity, deny=deny)

    return make


def test_what_one_may_not_read_is_in_no_list_and_on_no_page(
    plant: Plant, staff: Callable[..., Client], entry: Callable[..., Any], browser: Client
) -> None:
    anna = staff(*RIGHTS)
    assert "Pump_1" in said(anna.get("/admin/piwebapi/element/"))
    entry("Element", plant.unit, "Read")
    page = said(anna.get("/admin/piwebapi/element/"))
    assert "Unit_2" in page
    assert "Pump_1" not in page
    address = reverse("admin:piwebapi_element_change", args=(plant.element.pk,))
    assert anna.get(address).status_code == 302  # as for an object that is not there
    assert browser.get(address).status_code == 200


def test_what_one_may_only_read_has_no_button_and_refuses_the_form(
    plant: Plant, staff: Callable[..., Client], entry: Callable[..., Any]
) -> None:
    anna = staff(*RIGHTS)
    entry("Element", plant.unit, "Write", "Delete")
    for element, open_ in ((plant.element, False), (Element.objects.get(name="Unit_2"), True)):
        address = reverse("admin:piwebapi_element_change", args=(element.pk,))
        assert ('name="_save"' in said(anna.get(address))) is open_
    address = reverse("admin:piwebapi_element_change", args=(plant.element.pk,))
    assert anna.post(address, {"name": "Other"}).status_code == 403
    assert Element.objects.get(pk=plant.element.pk).name == "Pump_1"


@pytest.mark.parametrize(
    ("denied", "action"), [("Write", "acknowledge"), ("Write", "close"), ("Delete", "delete_selected")]
)
def test_an_action_on_many_needs_the_right_on_each(
    denied: str, action: str, plant: Plant, staff: Callable[..., Client], entry: Callable[..., Any]
) -> None:
    anna = staff(*RIGHTS, "delete_eventframeattribute", "delete_eventframereference", "delete_annotation")
    entry("EventFrame", plant.frame, denied)
    before = EventFrame.objects.get(pk=plant.frame.pk)
    form = {"action": action, "_selected_action": list(EventFrame.objects.values_list("pk", flat=True)), "index": 0}
    for more in ({}, {"select_across": "1"}, {"post": "yes"}):
        answer = anna.post("/admin/events/eventframe/", form | more, follow=True)
        assert "the security entries do not allow it on" in said(answer)
    after = EventFrame.objects.get(pk=plant.frame.pk)
    assert (after.is_acknowledged, after.end) == (before.is_acknowledged, before.end)


@pytest.mark.parametrize("across", [{}, {"select_across": "1"}])
def test_an_action_looks_at_so_many_objects_and_not_at_more(
    across: dict[str, str],
    plant: Plant,
    staff: Callable[..., Client],
    entry: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    anna = staff(*RIGHTS)
    entry("Element", plant.unit, "Read")  # of another object: decisions are in force
    many = EventFrame.objects.bulk_create(
        EventFrame(database=plant.frame.database, name=f"More {number}", start=number, can_be_acknowledged=True)
        for number in range(3)
    )
    for most, taken in ((2, False), (3, True)):
        monkeypatch.setattr(admin_guard, "MOST", most if not across else EventFrame.objects.count() - (not taken))
        form = {"action": "acknowledge", "_selected_action": [frame.pk for frame in many], "index": 0}
        page = said(anna.post("/admin/events/eventframe/", form | across, follow=True))
        assert ("choose at most" in page) is not taken
        assert EventFrame.objects.get(pk=many[0].pk).is_acknowledged is taken
