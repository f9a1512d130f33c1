"""Who is no superuser does what the permissions say and no more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from events.models import EventFrame
from piwebapi.models import Element
from tests.api.signin import start_afresh

from .forms import change, said
from .plant import Plant


def test_who_may_look_may_not_change(plant: Plant, staff: Callable[..., Client]) -> None:
    anna = staff("view_element")
    address = reverse("admin:piwebapi_element_change", args=(plant.element.pk,))
    page = anna.get(address)
    assert page.status_code == 200
    assert 'name="_save"' not in said(page)
    assert anna.post(address, {"name": "Other"}).status_code == 403
    assert (
        anna.post(reverse("admin:piwebapi_element_delete", args=(plant.element.pk,)), {"post": "y"}).status_code == 403
    )
    assert Element.objects.get(pk=plant.element.pk).name == "Pump_1"


def test_an_action_needs_the_right_to_change(plant: Plant, staff: Callable[..., Client]) -> None:
    form = {"action": "acknowledge", "_selected_action": [plant.frame.pk], "index": 0}
    staff("view_eventframe").post("/admin/events/eventframe/", form)
    assert not EventFrame.objects.get(pk=plant.frame.pk).is_acknowledged
    staff("view_eventframe", "change_eventframe", name="otto").post("/admin/events/eventframe/", form)
    assert EventFrame.objects.get(pk=plant.frame.pk).acknowledged_by == "otto"


def test_what_lives_in_an_object_goes_only_with_the_right_to_delete_that_too(
    plant: Plant, staff: Callable[..., Client]
) -> None:
    address = reverse("admin:piwebapi_element_delete", args=(plant.element.pk,))
    anna = staff("view_element", "delete_element")
    assert "your account doesn't have permission to delete the following types of objects" in said(
        anna.get(address)
    ).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    assert anna.post(address, {"post": "yes"}).status_code == 403
    assert Element.objects.filter(pk=plant.element.pk).exists()


def test_a_database_is_deleted_only_by_who_may_delete_what_is_in_it(plant: Plant, staff: Callable[..., Client]) -> None:
    address = reverse("admin:piwebapi_assetdatabase_delete", args=(plant.database.pk,))
    assert staff("view_assetdatabase", "delete_assetdatabase").post(address, {"post": "yes"}).status_code == 403


def test_what_an_object_holds_is_told_in_numbers_before_it_is_deleted(browser: Client, plant: Plant) -> None:
    page = said(browser.get(reverse("admin:piwebapi_assetdatabase_delete", args=(plant.database.pk,))))
    assert "3 elements" in page
    assert "1 event frames" in page
    page = said(browser.get(reverse("admin:piwebapi_element_delete", args=(plant.unit.pk,))))
    assert "Elements: 2" in page.replace("elements: 2", "Elements: 2")


def test_staff_does_not_make_itself_superuser(plant: Plant, staff: Callable[..., Client]) -> None:
    anna = staff("view_user", "change_user", "add_user")
    me = User.objects.get(username="anna")
    every = [permission.pk for permission in Permission.objects.all()]
    change(anna, me, is_superuser="on", user_permissions=every, first_name="Anna")
    me.refresh_from_db()
    assert (me.first_name, me.is_superuser, me.user_permissions.count()) == ("Anna", False, 3)


def test_staff_does_not_touch_a_superuser(plant: Plant, staff: Callable[..., Client]) -> None:
    anna = staff("view_user", "change_user", "delete_user")
    for page in ("change", "delete"):
        assert anna.post(reverse(f"admin:auth_user_{page}", args=(plant.boss.pk,)), {"post": "yes"}).status_code == 403
    password = reverse("admin:auth_user_password_change", args=(plant.boss.pk,))
    assert anna.post(password, {"password1": "x", "password2": "x"}).status_code == 403
    anna.post("/admin/auth/user/", {"action": "delete_selected", "_selected_action": [plant.boss.pk], "post": "yes"})
    assert User.objects.filter(pk=plant.boss.pk).exists()


def test_only_a_superuser_changes_what_a_group_may(plant: Plant, staff: Callable[..., Client]) -> None:
    anna = staff("view_group", "change_group")
    group = Group.objects.create(name="Operators")
    assert anna.post(reverse("admin:auth_group_change", args=(group.pk,)), {"name": "Other"}).status_code == 403


def test_lists_to_choose_from_tell_namesakes_apart(browser: Client, plant: Plant) -> None:
    address = "/admin/autocomplete/?app_label=piwebapi&model_name=attribute&field_name=element&term=pump"
    assert [row["text"] for row in browser.get(address).json()["results"]] == ["Unit_1\\Pump_1"]


def test_pages_of_the_site_lead_to_forms_by_webid_and_back(browser: Client, plant: Plant) -> None:
    answer = browser.get(f"/admin/object/{plant.element.web_id()}/")
    form = reverse("admin:piwebapi_element_change", args=(plant.element.pk,))
    assert answer["Location"] == form
    on_site = f'href="/piwebapi/elements/{plant.element.web_id()}"'
    assert on_site in said(browser.get(form))
    assert browser.get("/admin/object/F1Emnonsense/").status_code == 404


def test_pages_of_the_site_offer_the_form_to_staff_only(browser: Client, plant: Plant) -> None:
    links = {
        f"/elements/?webid={plant.element.web_id()}": f'href="/admin/object/{plant.element.web_id()}/"',
        f"/events/?id={plant.frame.web_id()}&start=2026-01-01": f'href="/admin/object/{plant.frame.web_id()}/"',
    }
    for page, link in links.items():
        assert link in said(browser.get(page)), page
        assert "/admin/object/" not in said(Client().get(page)), page


def test_a_search_takes_a_path_a_webid_an_id_and_wildcards(browser: Client, plant: Plant) -> None:
    def found(text: str) -> list[str]:
        answer = browser.get("/admin/piwebapi/element/", {"q": text})
        return [row.name for row in answer.context["cl"].result_list]

    assert found("\\\\AFDEMO\\ProductionDB\\Unit_1\\Pump_1") == ["Pump_1"]
    assert found(plant.element.web_id()) == ["Pump_1"]
    assert found(str(plant.element.pk)) == ["Pump_1"]
    assert found("unit_") == ["Unit_1", "Unit_2"]
    assert found("*_1") == ["Unit_1", "Pump_1"]
    assert found("\\\\nowhere\\at\\all") == []
    assert found("nothing") == []


@pytest.mark.parametrize("address", ["/admin/login/", "/sign-in/"])
def test_an_address_that_has_failed_too_often_waits_even_with_the_right_password(address: str, plant: Plant) -> None:
    start_afresh()
    for _ in range(10):
        assert Client().post(address, {"username": "boss", "password": "wrong"}).status_code == 200
    answer = Client().post(address, {"username": "boss", "password": "pw-boss-1234"})
    assert "Too many attempts have failed from this address; wait a minute." in said(answer)
    start_afresh()
    assert Client().post(address, {"username": "boss", "password": "pw-boss-1234"}).status_code == 302
