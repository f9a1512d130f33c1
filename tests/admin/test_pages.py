"""Every page of the admin answers, only to those who may, without a secret and with few queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, SolarSchedule

from piwebapi.admin.base import ReadOnlyAdmin

from .conftest import browser_of
from .plant import MOMENT, SECRET, Plant

OURS = ("piwebapi", "streaming", "events")
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
#: session, user, count, rows, and one for each filter that offers rows of a table
MOST_QUERIES = 12


def url(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def pages(model: type[Model]) -> Iterator[str]:
    yield url(model, "changelist")
    yield url(model, "add")
    row = model._default_manager.order_by("-pk").first()
    if row is not None:
        yield url(model, "change", row.pk)


@pytest.fixture
def full(plant: Plant) -> Plant:
    """With a row of every kind, schedules too."""
    plant.fill()
    CrontabSchedule.objects.create()
    SolarSchedule.objects.create(event="sunrise", latitude=0, longitude=0)
    ClockedSchedule.objects.create(clocked_time=MOMENT)
    return plant


def test_every_model_of_ours_is_in_the_admin() -> None:
    ours = {model for model in apps.get_models() if model._meta.app_label in OURS}
    assert ours <= set(MODELS)


def test_every_form_answers_a_superuser_without_a_secret(full: Plant) -> None:
    browser = browser_of(full.boss)
    for model in MODELS:
        for address in list(pages(model))[1:]:
            answer = browser.get(address)
            refused = address.endswith("/add/") and answer.status_code == 403 and not can_be_added(model)
            assert answer.status_code == 200 or refused, address
            assert not secrets_in(answer.content.decode(), full), address


def test_a_list_costs_as_many_queries_for_many_rows_as_for_one(full: Plant) -> None:
    browser = browser_of(full.boss)
    browser.get("/admin/auth/group/")  # fills the cache of content types
    for model in MODELS:
        few, page = listed(browser, url(model, "changelist"))
        assert few <= MOST_QUERIES, model
        assert not secrets_in(page, full), model
        if multiplied(model):
            assert listed(browser, url(model, "changelist"))[0] <= few, model


def secrets_in(page: str, plant: Plant) -> list[str]:
    stored = plant.boss.password
    secrets = (plant.token_text, plant.token.digest, stored, stored.rpartition("$")[2], SECRET, plant.source.sealed)
    return [secret for secret in secrets if secret in page]


def listed(browser: Client, address: str) -> tuple[int, str]:
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(address)
    assert answer.status_code == 200, address
    return len(captured), answer.content.decode()


def can_be_added(model: type[Model]) -> bool:
    """As the admin of the model declares it."""
    chosen = admin.site.get_model_admin(model)
    return not isinstance(chosen, ReadOnlyAdmin) and (not hasattr(chosen, "writing") or bool(chosen.writing.create))


def test_nobody_else_gets_any_page(full: Plant, staff: Callable[..., Client]) -> None:
    nobody, anna = Client(), staff()
    reader = browser_of(User.objects.create_user("reader"))
    for model in MODELS:
        for address in pages(model):
            assert nobody.get(address)["Location"] == f"/admin/login/?next={address}"
            assert reader.get(address)["Location"] == f"/admin/login/?next={address}"
            assert anna.get(address).status_code == 403, address


def multiplied(model: type[Model]) -> bool:
    """Adds three copies of a row where names are all that must differ."""
    row = model._default_manager.order_by("pk").first()
    columns = {field.name for field in model._meta.concrete_fields}
    named = model._meta.app_label in OURS and model._meta.model_name != "notificationrulesubscriber"
    if row is None or not named or not {"name", "id"} <= columns:
        return False
    for number in range(3):
        values = {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields}
        values |= {"id": uuid4() if isinstance(row.pk, UUID) else None, "name": f"{row.name} {number}"}
        values |= {name: f"{values[name]} {number}" for name in ("trail", "path", "web_id") if name in columns}
        values |= {"analysis_id": None} if model._meta.model_name == "eventrule" else {}
        values |= {"digest": f"{number:064}"} if "digest" in columns else {}
        values |= {"value": 100 + number} if model._meta.model_name == "enumerationvalue" else {}
        model(**values).save(force_insert=True)
    return True


def test_the_first_page_and_the_sidebar_show_only_what_somebody_may_see(
    sidebar: None, staff: Callable[..., Client]
) -> None:
    text = staff("view_element", "view_point").get("/admin/").content.decode()
    assert '/admin/piwebapi/element/"' in text
    assert '/admin/piwebapi/point/"' in text
    assert "/admin/events/eventframe/" not in text
    assert "/admin/auth/user/" not in text


def test_pages_of_the_admin_may_evaluate_but_hold_no_script_or_style_of_their_own(browser: Client) -> None:
    answer = browser.get("/admin/events/eventframe/")
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "default-src 'self'" in policy
    assert "<style" not in answer.content.decode()
    assert "unsafe" not in browser.get("/health?", headers={"accept": "text/html"})["Content-Security-Policy"]


def test_the_number_of_failed_runs_of_a_day_stands_in_the_sidebar(sidebar: None, browser: Client) -> None:
    runs = apps.get_model("events", "SyncRun")
    now = timezone.now()
    for _ in range(2):
        runs.objects.create(target="delta:frames", state="failed", started=now, finished=now, error="frozen")
    groups = admin.site.get_sidebar_list(browser.get("/admin/").wsgi_request)
    badges = {item["title"]: item["badge"] for group in groups for item in group["items"] if "badge" in item}
    assert badges == {"Sync runs": "2"}
